"""From slices to digits: which slices make up each digit, settled together with what it is.

Every run of a few slices that could be one digit is an arc of a lattice, from the cut at its left
to the one at its right. The network scores all of them in one batch. A way through the lattice is
a segmentation with a text; its score is the sum of its arcs' log-probabilities, and dynamic
programming finds the best ones and the sum over all (LeCun et al. 1998, section V).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf, log1p
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitile.reader.pieces import Piece, join
from digitile.reader.slices import Slice

MOST_SLICES = 5
"""A digit is made of this many slices or fewer."""

WIDEST = 1.7
"""A digit is this many times as wide as the line is tall, or less."""

FARTHEST = 0.3
"""Pieces of a digit are no farther apart than this share of the line's height."""

APART = 8.0
"""What a gap of one height between two pieces of a digit costs, in nats."""

WIDE, WIDE_FROM = 3.0, 1.0
"""What each height of width beyond so many heights costs."""

LOW, LOW_FROM = 10.0, 0.7
"""What each height that a digit lacks costs below this share of the line's height."""

CUT, CUT_FIRST = 2.0, 1.0
"""What a cut costs: for ink as tall as the line, and in any case."""

DROP, DROP_AREA = 1.5, 30.0
"""What leaving out ink costs: in any case, and for as much as a square of the height holds."""

DEAREST = 4.0
"""Ink whose shape costs so much or more is not shown to the network."""

KEPT, UNLIKELY = 4, -12.0
"""So many digits are kept of each arc in the search, and of these the best and those whose
log-probability is no lower."""


@dataclass(frozen=True, eq=False)
class Arc:
    """Slices `start` … `stop` − 1 as one digit, or as none.

    Attributes
    ----------
    start, stop : int
    cost : float
        What its shape speaks against it, in nats, 0 or more.
    piece : Piece or None
        Its ink; None where the ink is left out.
    """

    start: int
    stop: int
    cost: float
    piece: Piece | None


class Way(NamedTuple):
    """A way through the lattice: a text, its log-score, and its best segmentation's arcs.

    `score` sums over all segmentations that give the text.
    """

    text: str
    score: float
    arcs: tuple[int, ...]
    best: float


def arcs_of(slices: Sequence[Slice], height: float) -> list[Arc]:
    """Return the runs of slices that could be a digit, and each slice left out."""
    arcs = []
    for start in range(len(slices)):
        first = slices[start]
        arcs.append(Arc(start, start + 1, _drop_cost(first, slices, start, height), None))
        for stop in range(start + 1, min(start + MOST_SLICES, len(slices)) + 1):
            parts = [s.piece for s in slices[start:stop]]
            left, right = min(p.left for p in parts), max(p.right for p in parts)
            if stop > start + 1 and right - left > WIDEST * height:
                break
            if sum(s.settled for s in slices[start:stop]) > 1:
                break
            gap = _largest_gap(parts) / height
            if gap > FARTHEST:
                break
            one = first.uncut
            # put together again, it is what the network has seen already
            again = (left, right) == (one.left, one.right)
            again = again and all(s.uncut is one for s in slices[start:stop])
            whole = one if again else join(parts)
            cost = APART * max(gap, 0)
            cost += WIDE * max((right - left) / height - WIDE_FROM, 0)
            cost += LOW * max(LOW_FROM - whole.height / height, 0)
            cost += _cut_cost(first) / 2
            cost += _cut_cost(slices[stop]) / 2 if stop < len(slices) else 0
            if cost < DEAREST:
                arcs.append(Arc(start, stop, cost, whole))
    return arcs


def _cut_cost(right: Slice) -> float:
    return CUT_FIRST + CUT * right.cut if right.cut > 0 else 0.0


def _drop_cost(one: Slice, slices: Sequence[Slice], index: int, height: float) -> float:
    cost = DROP + DROP_AREA * one.piece.area / height**2
    cost += _cut_cost(one) / 2
    return cost + (_cut_cost(slices[index + 1]) / 2 if index + 1 < len(slices) else 0)


def _largest_gap(parts: list[Piece]) -> float:
    """Return the widest gap between pieces from left to right, negative where all overlap."""
    right, gap = parts[0].right, -np.inf
    for p in parts[1:]:
        gap = max(gap, p.left - right)
        right = max(right, p.right)
    return float(gap) if len(parts) > 1 else 0.0


def decode(
    arcs: Sequence[Arc], log_p: NDArray[np.floating], length: int, most: int
) -> tuple[list[Way], float]:
    """Return the best ways through a lattice, and the log of the sum over all ways.

    Parameters
    ----------
    arcs : sequence of Arc
    log_p : ndarray, float, arcs×10
        Log-probabilities of the digits; ignored for arcs that leave ink out.
    length : int
        The number of slices.
    most : int
        How many texts are kept at each cut.

    Returns
    -------
    list of Way
        Different texts, best first, at most `most`.
    float
        No less than the best way's score.
    """
    ending: list[list[int]] = [[] for _ in range(length + 1)]
    for index, arc in enumerate(arcs):
        ending[arc.stop].append(index)
    likeliest = np.argsort(-log_p, axis=1, kind="stable")[:, :KEPT].tolist()
    likely = np.take_along_axis(log_p, np.array(likeliest, int).reshape(len(arcs), -1), 1).tolist()
    any_digit = np.logaddexp.reduce(log_p, axis=1).tolist()
    total = [0.0] + [-inf] * length
    ways: list[list[Way]] = [[Way("", 0.0, (), 0.0)]] + [[] for _ in range(length)]
    for stop in range(1, length + 1):
        found: dict[str, Way] = {}
        for index in ending[stop]:
            arc = arcs[index]
            before = total[arc.start] - arc.cost
            if arc.piece is None:
                total[stop] = _log_add(total[stop], before)
                for way in ways[arc.start]:
                    _add(found, way, "", -arc.cost, index)
                continue
            total[stop] = _log_add(total[stop], before + any_digit[index])
            for digit, score in zip(likeliest[index], likely[index], strict=True):
                if digit != likeliest[index][0] and score < UNLIKELY:
                    break
                for way in ways[arc.start]:
                    _add(found, way, str(digit), score - arc.cost, index)
        ways[stop] = sorted(found.values(), key=lambda w: (-w.score, w.text))[:most]
    return ways[length], total[length]


def _add(found: dict[str, Way], way: Way, text: str, step: float, index: int) -> None:
    """Add a way, longer by one arc, to those found; ways of one text become one."""
    longer = way.text + text
    score, best = way.score + step, way.best + step
    known = found.get(longer)
    if known is None:
        found[longer] = Way(longer, score, (*way.arcs, index), best)
        return
    arcs = known.arcs if known.best >= best else (*way.arcs, index)
    found[longer] = Way(longer, _log_add(known.score, score), arcs, max(known.best, best))


def _log_add(a: float, b: float) -> float:
    """Return log(eᵃ + eᵇ); NumPy's takes four times as long for two numbers."""
    more, less = (a, b) if a > b else (b, a)
    return more if less == -inf else more + log1p(exp(less - more))
