"""Points, commas and dashes between digits: read as no digits, they part groups."""

from collections.abc import Sequence
from itertools import pairwise

from digitile.reader.pieces import Piece

SMALL = 0.35
"""A point or comma is this share as tall and as wide as the digits, or less."""

FOOT = 0.3
"""Its top is this share of their height above their foot, or lower."""

FLAT, MIDDLE = 0.2, 0.25
"""A dash is this share as tall as they are, or less, and so near the middle of their height."""

LEAST = 0.4
"""A mark's area is so many squares of a stroke's width, or more."""

BESIDE = 0.1
"""It reaches into the digits beside it by this share of their height, or less."""


def marked_gaps(
    digits: Sequence[Piece], pieces: Sequence[Piece], height: float, stroke: float
) -> set[int]:
    """Return after which of a line's digits a mark stands, counted from 0.

    Parameters
    ----------
    digits : sequence of Piece
        From left to right.
    pieces : sequence of Piece
        All ink; what is part of a digit among it is too large, or lies in the digit's columns.
    height, stroke : float
        Of the line's digits and of their strokes, in pixels.
    """
    small = [
        p
        for p in pieces
        if p.width <= 2 * SMALL * height
        and p.height <= SMALL * height
        and p.area >= LEAST * stroke**2
    ]
    slack = BESIDE * height
    return {
        index
        for index, (left, right) in enumerate(pairwise(digits))
        if any(
            p.left >= left.right - slack
            and p.right <= right.left + slack
            and _is_mark(p, left, right, height)
            for p in small
        )
    }


def _is_mark(p: Piece, left: Piece, right: Piece, height: float) -> bool:
    foot, top = (left.bottom + right.bottom) / 2, (left.top + right.top) / 2
    low = p.width <= SMALL * height and foot - FOOT * height <= p.top <= foot + FOOT * height
    middle = abs((p.top + p.bottom) / 2 - (foot + top) / 2) <= MIDDLE * height
    return low or (p.height <= FLAT * height and middle)
