"""A page that may be upside down or sideways: it is read from all sides, the likeliest wins."""

from collections.abc import Callable

import numpy as np

from digitile.reader.reading import Line

Read = tuple[Line, ...] | str
"""Lines, or why there are none."""

TURNS = (0, 90, 180, 270)

LEAST = 1e-3
"""A digit less likely than this counts as one so likely."""

CLEARLY = 0.1
"""A page is turned where this makes its digits likelier by so many nats each, or more."""


def read_turned(read: Callable[[int], Read]) -> tuple[Read, int]:
    """Return what is read from the likeliest side, and by how many degrees clockwise that turns.

    Parameters
    ----------
    read : callable
        Reads the page, turned clockwise by so many degrees.
    """
    found = {turned: read(turned) for turned in TURNS}
    worth = {turned: evidence(lines) for turned, lines in found.items()}
    best = max(TURNS, key=lambda turned: worth[turned])
    if worth[best] < worth[0] + CLEARLY:
        best = 0  # 0, 1, 8 and 69 look alike upside down
    return found[best], best


def evidence(lines: Read) -> float:
    """Return the mean log-probability of the digits that were read, −∞ where there are none.

    A line's doubt whether its digits are parted rightly, and whether it is writing at all, counts
    as one digit more.
    """
    if isinstance(lines, str):
        return -np.inf
    likely = [digit.confidence for line in lines for digit in line.digits]
    whole = [line.confidence for line in lines]
    return float(np.log(np.maximum(likely + whole, LEAST)).mean())
