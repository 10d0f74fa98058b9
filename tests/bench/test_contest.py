"""Windows are measured in turn, and ratios round by round, on a clock of our own."""

from types import SimpleNamespace

import pytest

from digitile.bench import contest as module
from digitile.bench.contest import Rates, Work, contest, rate

NOW = [0.0]


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        module, "time", SimpleNamespace(perf_counter=lambda: NOW[0], sleep=lambda _: None)
    )


def takes(*seconds: float) -> Work:
    """Return a work that takes these seconds in turn, the last for ever."""
    left = list(seconds)

    def work() -> None:
        NOW[0] += left.pop(0) if len(left) > 1 else left[0]

    return work


def test_rate_counts_pictures_by_the_clock() -> None:
    assert rate(takes(0.25), 5, 1.0) == 20
    assert rate(takes(0.375), 6, 1.0) == 16  # three calls until a second is over
    assert rate(takes(8.0), 4, 0.0) == 0.5  # at least one call


def test_ratio_is_to_the_fastest_other_round_by_round() -> None:
    ours = takes(9.0, 1.0, 9.0, 2.0, 9.0, 4.0)  # each window's first call does not count
    result = contest({"ours": ours, "slow": takes(8.0), "fast": takes(4.0)}, 8, 0.5, 3)
    assert result.rates == {
        "ours": Rates(4.0, 2.0, 8.0, (8.0, 4.0, 2.0)),
        "slow": Rates(1.0, 1.0, 1.0, (1.0,) * 3),
        "fast": Rates(2.0, 2.0, 2.0, (2.0,) * 3),
    }
    assert result.ratio == 2.0  # the median of 4, 2 and 1
    assert result.fastest == "fast"


def test_works_aside_are_not_compared_with() -> None:
    works = {"ours": takes(1.0), "peak": takes(0.1), "other": takes(2.0)}
    result = contest(works, 8, 0.5, 3, aside=["peak"])
    assert (result.ratio, result.fastest) == (2.0, "other")
    assert len(result.rates["peak"].rounds) == 3


def test_alone() -> None:
    result = contest({"ours": takes(0.5)}, 1, 0.5, 1)
    assert result.rates["ours"].rounds == (2.0,)
    assert (result.ratio, result.fastest) == (None, None)


def test_works_take_turns() -> None:
    calls = ""

    def entrant(name: str) -> Work:
        def work() -> None:
            nonlocal calls
            calls += name
            NOW[0] += 1

        return work

    contest({name: entrant(name) for name in "abc"}, 1, 2.0, 2)
    assert calls == "aaabbbccc" * 2  # one call that does not count, and two that fill the window
