"""Which of a line's candidates are its text: the best way through them, and the sum over all.

Candidates from left to right are the nodes of a lattice. A way takes some of them, none of which
overlap, and leaves out the rest; its score is

    Σ ln p(sign), over those it takes  +  Σ ln p(none), over those left out

except for what is left out because it overlaps one that is taken: that ink has been read. So what
the network nearly saw lowers the confidence of a text without it. Dynamic programming finds the
best texts and the sum over all ways (LeCun et al. 1998, section V).
"""

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitile.reader.candidates import NONE, SIGNS, Candidates
from digitile.reader.tuned import BACK, KEPT, OVERLAP, UNLIKELY, UNUSUAL

WRITTEN = re.compile(
    r"-?\d*"  # a number
    r"|-?\d+[.,](\d{1,3}|-)"  # an amount
    r"|-?\d{1,3}([.,]\d{3})+([.,](\d{1,3}|-))?"  # … with its thousands apart
    r"|\d{1,4}(?P<mark>[./-])\d{1,2}((?P=mark)\d{2,4})?"  # a date
    r"|\d{1,3}/\d{1,4}"  # a fraction
    r"|\d{2,}(-\d{2,})+|\d{2,4}(\.\d{2,4})+"  # groups
)
"""How numbers, amounts and dates are written."""


class Way(NamedTuple):
    """A text, with its best way through the candidates.

    Attributes
    ----------
    text : str
    score : float
        The logarithm of the sum over all ways of this text.
    path : tuple of int
        The candidate of each sign.
    best : float
        The score of this way.
    """

    text: str
    score: float
    path: tuple[int, ...]
    best: float


def choose(line: Candidates, most: int) -> tuple[list[Way], float]:
    """Return the likeliest texts of a line, and the logarithm of the sum over all ways.

    Parameters
    ----------
    line : Candidates
        From left to right.
    most : int
        How many texts.
    """
    count = len(line.p)
    log_p = np.log(np.clip(line.p, 1e-6, 1.0))
    steps = steps_of(line)
    likeliest = np.argsort(-log_p[:, :NONE], axis=1, kind="stable")[:, :KEPT]
    ways = [[Way("", 0.0, (), 0.0)]]  # those that end with the start, candidate 0, 1, …
    for stop in range(1, count + 2):  # the last one is the end
        found: dict[str, Way] = {}
        for start in range(max(0, stop - BACK), stop):
            step = steps[start, stop]
            if step == -np.inf:
                continue
            if stop > count:
                _extend(found, ways[start], "", step, ())
                continue
            for sign in likeliest[stop - 1]:
                score = log_p[stop - 1, sign]
                if sign == likeliest[stop - 1][0] or score > UNLIKELY:
                    _extend(found, ways[start], SIGNS[sign], step + score, (stop - 1,))
        ways.append(sorted(found.values(), key=lambda way: (-way.score, way.text))[:most])
    return ways[-1], total_of(line, steps)


def as_written(ways: list[Way], total: float) -> tuple[list[Way], float]:
    """Return what `choose` does, with texts less likely that nobody writes.

    A 1 is a slash, and a speck a point, to a network that does not know what stands around it.
    """
    weighed = [
        way if WRITTEN.fullmatch(way.text) else way._replace(score=way.score + UNUSUAL)
        for way in ways
    ]
    before = np.exp([way.score - total for way in ways]).sum()
    after = np.exp([way.score - total for way in weighed]).sum()
    rest = max(1 - float(before), 0.0)  # of the texts that are not among these
    weighed.sort(key=lambda way: (-way.score, way.text))
    return weighed, total + float(np.log(rest + after))


def _extend(
    found: dict[str, Way], ways: list[Way], sign: str, step: float, path: tuple[int, ...]
) -> None:
    """Add ways, longer by one sign, to those found; ways of one text become one."""
    for way in ways:
        new = Way(way.text + sign, way.score + step, way.path + path, way.best + step)
        known = found.get(new.text)
        if known is not None:
            better = new if new.best > known.best else known
            new = better._replace(score=float(np.logaddexp(known.score, new.score)))
        found[new.text] = new


def total_of(line: Candidates, steps: NDArray[np.float64]) -> float:
    """Return the logarithm of the sum over all ways of any text; `steps` are the line's."""
    any_sign = np.log(np.maximum(1 - line.p[:, NONE], 1e-6))
    total = [0.0]
    for stop in range(1, len(steps)):
        own = any_sign[stop - 1] if stop < len(steps) - 1 else 0.0
        total.append(float(np.logaddexp.reduce(np.array(total) + steps[:stop, stop]) + own))
    return total[-1]


def steps_of(line: Candidates) -> NDArray[np.float64]:
    """Return what a step costs from each candidate to each, start and end among them.

    It is what leaving out all between them costs; −∞ where there is no step: back, too far, or
    where the two overlap.
    """
    log_none = np.log(np.clip(line.p[:, NONE], 1e-6, 1.0))
    count = len(log_none)
    clash = _clashes(line)
    cost = np.full((count + 2, count + 2), -np.inf)
    for start in range(count + 1):
        for stop in range(start + 1, min(start + BACK, count + 1) + 1):
            if not clash[start, stop]:
                between = np.arange(start, stop - 1)
                read = clash[start, between + 1] | clash[stop, between + 1]
                cost[start, stop] = log_none[between[~read]].sum()
    return cost


def _clashes(line: Candidates) -> NDArray[np.bool_]:
    """Return which candidates overlap, start and end among them, which overlap none."""
    clash = np.zeros((len(line.p) + 2,) * 2, bool)
    overlaps = []
    for low, high, size in ((0, 2, line.width), (1, 3, line.height)):
        ends, starts = line.boxes[:, high], line.boxes[:, low]
        both = np.minimum(ends[:, None], ends) - np.maximum(starts[:, None], starts)
        overlaps.append(both > OVERLAP * np.minimum(size[:, None], size))
    clash[1:-1, 1:-1] = overlaps[0] & overlaps[1]
    return clash
