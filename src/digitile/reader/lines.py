"""From pieces of ink to lines of text: pieces beside each other at about the same height."""

from dataclasses import dataclass

import numpy as np

from digitile.reader.ink import InkMap
from digitile.reader.pieces import Piece, has_strokes, lies_along_border

TALL = 0.45
"""A piece this share as tall as a line's tallest ones may be a digit; smaller ones are parts."""

OVERLAP = 0.4
"""Neighbours in a line overlap upright by this share of the lower one's height, or more."""

GAP = 3.0
"""Digits of one line are no farther apart than this many times their height."""

SMALLEST = 0.35
"""Lines lower than this share of the tallest are dirt."""

MIN_HEIGHT = 7
"""A line is this many pixels tall or more."""

MAX_LINES = 100


@dataclass(frozen=True, eq=False)
class TextLine:
    """Pieces of ink in one line, from left to right by their middles.

    Attributes
    ----------
    pieces : tuple of Piece
    height : float
        How tall its digits are, in pixels of the ink map.
    """

    pieces: tuple[Piece, ...]
    height: float

    @property
    def middle(self) -> float:
        """The mean height of its pieces' middles in the ink map."""
        return float(np.mean([p.top + p.bottom for p in self.pieces])) / 2


def find_lines(pieces: list[Piece], found: InkMap) -> list[TextLine]:
    """Return the lines of text from top to bottom."""
    shape = found.ink.shape
    inner = [p for p in pieces if not lies_along_border(p, shape)]
    # a point is drawn round: what is no larger holds no stroke
    writing = [p for p in inner if p.area >= max(6, found.stroke**2)]
    if not writing:
        return []
    tallest = _usual_height(writing)
    seeds = [p for p in writing if p.height >= TALL * tallest and has_strokes(p, found)]
    if not seeds:
        return []
    groups = _joined(seeds)
    usual = [_usual_height(group) for group in groups]
    most = max(usual)
    lines = [
        (group, height)
        for group, height in zip(groups, usual, strict=True)
        if height >= max(SMALLEST * most, MIN_HEIGHT)
    ]
    small = [p for p in writing if p.height < TALL * tallest]
    members = [list(group) for group, _ in lines]
    for p in small:
        home = _home(p, lines)
        if home is not None:
            members[home].append(p)
    found_lines = [
        TextLine(tuple(sorted(all_of, key=lambda p: (p.left + p.right, p.top))), height)
        for all_of, (_, height) in zip(members, lines, strict=True)
    ]
    return sorted(found_lines, key=lambda line: line.middle)[:MAX_LINES]


def _usual_height(pieces: list[Piece]) -> float:
    """Return the height that half of all ink is at least as tall as, by pieces."""
    heights = np.array([p.height for p in pieces], float)
    order = np.argsort(heights)
    share = np.cumsum(heights[order]) / heights.sum()
    return float(heights[order][np.searchsorted(share, 0.5)])


def _joined(pieces: list[Piece]) -> list[list[Piece]]:
    """Return groups of pieces, each beside another of its group."""
    order = sorted(pieces, key=lambda p: p.left)
    groups: list[list[Piece]] = []
    for p in order:
        mine = [group for group in groups if any(_beside(q, p) for q in group[-6:])]
        merged = [p]
        if mine:
            # of several lines a tall piece could belong to, the one it overlaps most
            best = max(mine, key=lambda group: max(_overlap(q, p) for q in group[-6:]))
            best.append(p)
            continue
        groups.append(merged)
    return groups


def _beside(left: Piece, right: Piece) -> bool:
    gap = right.left - left.right
    tall = max(left.height, right.height)
    return gap <= GAP * tall and _overlap(left, right) >= OVERLAP


def _overlap(one: Piece, other: Piece) -> float:
    """Return how much two pieces overlap upright, as a share of the lower one's height."""
    common = min(one.bottom, other.bottom) - max(one.top, other.top)
    return common / min(one.height, other.height)


def _home(p: Piece, lines: list[tuple[list[Piece], float]]) -> int | None:
    """Return the line that a small piece stands in or close to, if any."""
    best, nearest = None, 0.35
    for index, (group, height) in enumerate(lines):
        near = min(group, key=lambda q: max(q.left - p.right, p.left - q.right))
        if max(near.left - p.right, p.left - near.right) > 0.6 * height:
            continue
        middle = (p.top + p.bottom) / 2
        outside = max(near.top - middle, middle - near.bottom, 0) / height
        if outside < nearest:
            best, nearest = index, outside
    return best
