"""What a sweep varies, read from text."""

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitile.errors import SettingError
from digitile.sweep.grid import MOST, Choices, Range, read_grid

WORDS = st.text("abcdefgh 0123456789.-+", min_size=1).map(str.strip).filter(bool)
VALUES = st.one_of(WORDS, st.builds("step({}, {})".format, WORDS, WORDS))


@given(st.lists(VALUES, min_size=1, unique=True))
def test_values_come_back_as_they_were(values: list[str]) -> None:
    grid = read_grid([f"schedule={','.join(values)}"])
    assert grid.axes == (Choices("schedule", tuple(values)),)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for name in ("lr", "batch_size", "seed", "network", "layer_lr"):
        with contextlib.suppress(SettingError):
            read_grid([f"{name}={text}"])
    with contextlib.suppress(SettingError):
        read_grid([text])


@given(st.integers(0, 10**9), st.integers(0, 50))
def test_whole_numbers(first: int, more: int) -> None:
    grid = read_grid([f"seed={first}..{first + more}"])
    assert grid.seeds == tuple(range(first, first + more + 1))


@given(
    st.floats(1e-6, 1e6), st.floats(1e-6, 1e6), st.booleans(), st.sampled_from(["lr", "momentum"])
)
def test_ranges(a: float, b: float, log: bool, name: str) -> None:
    low, high = sorted((a, b))
    if low == high:
        return
    grid = read_grid([f"{name}={low!r}:{high!r}{':log' if log else ''}"])
    assert grid.axes == (Range(name, low, high, log, False),)
    with pytest.raises(SettingError, match="--search tpe"):
        grid.points()


def test_a_grid_by_hand() -> None:
    grid = read_grid(
        [
            "lr=0.1, 1,0.1",
            "batch_size=8..10,64",
            "epochs=3",
            "schedule=step(0.1, 5),constant",
            "layer_lr=1,0.5;1,1",
            "seed=3..4,9",
        ]
    )
    assert grid.seeds == (3, 4, 9)
    assert grid.varied == ["lr", "batch_size", "schedule", "layer_lr"]
    points = grid.points()
    assert len(points) == len(set(points)) == math.prod((2, 4, 1, 2, 2))
    assert points[0] == (
        "lr=0.1", "batch_size=8", "epochs=3", "schedule=step(0.1, 5)", "layer_lr=1,0.5",
    )  # fmt: skip
    assert read_grid(["batch_size=8:64:log"]).axes == (Range("batch_size", 8, 64, True, True),)
    assert read_grid([]).points() == [()]


@pytest.mark.parametrize(
    ("assignment", "words"),
    [
        ("lr", "not name=values"),
        ("lr=", "not name=values"),
        ("lr=1,,2", "empty value"),
        ("batch_size=9..3", "counts up"),
        (f"seed=0..{MOST}", "counts up"),
        ("seed=a", "whole numbers"),
        (f"seed={2**31}", "whole numbers"),
        ("seed=0:9", "whole numbers"),
        ("lr=1:0.1", "below the second"),
        ("lr=0:1:log", "above 0"),
        ("batch_size=1:2.5", "whole numbers"),
    ],
)
def test_what_cannot_be_read(assignment: str, words: str) -> None:
    with pytest.raises(SettingError, match=words):
        read_grid([assignment])


def test_too_much() -> None:
    with pytest.raises(SettingError, match="set twice"):
        read_grid(["lr=1", "lr=2"])
    with pytest.raises(SettingError, match="runs, more than"):
        read_grid(["epochs=1..200", "seed=0..99"]).points()
