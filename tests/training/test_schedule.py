"""Learning rates by hand."""

import pytest

from digitile.errors import NotationError
from digitile.training.schedule import Schedule, plateaus


def lrs(text: str, iterations: list[int], errors: tuple[float, ...] = ()) -> list[float]:
    schedule = Schedule.parse(text)
    assert str(schedule) == text
    return [schedule.lr(0.8, i, 10, 41, errors) for i in iterations]


def test_each_kind() -> None:
    assert lrs("constant", [0, 40]) == [0.8, 0.8]
    assert lrs("linear(0.4)", [0, 10, 40]) == pytest.approx([0.8, 0.7, 0.4])
    assert lrs("linear(0)", [20, 40]) == pytest.approx([0.4, 0.0])
    assert lrs("step(0.5,1,3)", [0, 9, 10, 29, 30]) == [0.8, 0.8, 0.4, 0.4, 0.2]
    assert lrs("half-life(2)", [0, 10, 20, 40]) == pytest.approx([0.8, 0.8 / 2**0.5, 0.4, 0.2])
    assert lrs("cosine", [0, 10, 20, 40]) == pytest.approx([0.8, 0.4 + 0.4 / 2**0.5, 0.4, 0.0])
    assert lrs("cosine(0.2)", [0, 20, 40]) == pytest.approx([0.8, 0.5, 0.2])
    assert lrs("plateau(10,2)", [5], (0.3, 0.2, 0.2, 0.25)) == pytest.approx([0.08])


def test_warmup() -> None:
    """Of 41 iterations the first 8 rise; then 32 steps fall, 16 of them half-way."""
    rates = lrs("cosine(0.2,0.2)", [0, 2, 4, 8, 16, 24, 32, 40])
    half = 0.3 / 2**0.5  # cos 45° of half the way from 0.8 to 0.2
    assert rates == pytest.approx([0, 0.2, 0.4, 0.8, 0.5 + half, 0.5, 0.5 - half, 0.2])
    assert Schedule.parse("cosine(0.2,0.2)").lr(0.8, 0, 1, 1, []) == 0  # no division by 0
    assert Schedule.parse("cosine").lr(0.8, 0, 1, 1, []) == 0.8


def test_plateaus() -> None:
    assert plateaus([], 2) == 0
    assert plateaus([0.3, 0.2, 0.1], 1) == 0
    assert plateaus([0.3, 0.3, 0.4, 0.2, 0.2, 0.2, 0.2], 2) == 2
    assert plateaus([0.3, 0.3, 0.3, 0.3], 1) == 3


@pytest.mark.parametrize(
    "text",
    [
        *("cosine(-1)", "cosine(0,1)", "cosine(0,-0.1)", "cosine(0,0,0)"),
        *("sine", "step(0.5)", "half-life(0)", "plateau(10)", "linear", "constant(1)"),
        "step(a,b)",
    ],
)
def test_errors(text: str) -> None:
    with pytest.raises(NotationError, match="schedule"):
        Schedule.parse(text)
