"""Works that do the same, timed in turn, so that a machine's moods meet all of them."""

import statistics
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

Work = Callable[[], object]


@dataclass(frozen=True)
class Rates:
    """An entrant's pictures a second."""

    # over the rounds
    median: float
    min: float
    max: float
    rounds: tuple[float, ...]  # in each round

    @classmethod
    def of(cls, rounds: Sequence[float]) -> "Rates":
        """Return what these rounds show."""
        return cls(statistics.median(rounds), min(rounds), max(rounds), tuple(rounds))


@dataclass(frozen=True)
class ContestResult:
    """What a contest has shown."""

    rates: dict[str, Rates]
    # the first entrant against the fastest of the others, round by round: the median
    ratio: float | None
    fastest: str | None  # the fastest other, by its median


def contest(
    works: Mapping[str, Work],
    pictures: int,
    seconds: float,
    rounds: int,
    aside: Collection[str] = (),
) -> ContestResult:
    """Time works in turn, round after round.

    Parameters
    ----------
    works : mapping of str to callable
        Each takes `pictures` pictures through; the first is the one that is compared.
    seconds : float
        Length of one window.
    rounds : int
        Windows for each work.
    aside : collection of str
        Works that are timed, but not compared with.
    """
    first, *others = (name for name in works if name not in aside)
    measured: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            measured[name].append(rate(work, pictures, seconds))
    rates = {name: Rates.of(values) for name, values in measured.items()}
    if not others:
        return ContestResult(rates, None, None)
    best = [max(each) for each in zip(*(measured[name] for name in others), strict=True)]
    ratio = statistics.median(a / b for a, b in zip(measured[first], best, strict=True))
    return ContestResult(rates, ratio, max(others, key=lambda name: rates[name].median))


SETTLE = 0.05
"""Seconds before a window: threads that the work before left spinning go to sleep."""


def rate(work: Work, pictures: int, seconds: float) -> float:
    """Return how many pictures a second `work` takes through in one window, at least one call.

    A first call does not count.
    """
    time.sleep(SETTLE)
    work()  # caches are warm and threads awake
    start, done = time.perf_counter(), 0
    while True:
        work()
        done += pictures
        passed = time.perf_counter() - start
        if passed >= seconds:
            return done / passed
