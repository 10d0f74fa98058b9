"""From a line of text to slices: ink that is one digit's at most (LeCun et al. 1998, section V).

Touching digits are cut wherever they could be; which cuts are right is settled by the lattice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from digitile.reader.lines import TextLine
from digitile.reader.pieces import Piece, join

NARROW = 0.6
"""Pieces narrower than this share of the line's height are not cut."""

STEP = 0.16
"""Cuts are this share of the height apart, and from the piece's ends, or more."""

THICKEST = 0.5
"""A cut goes through ink of this share of the height or less."""

CUTS_PER_HEIGHT = 2.5
"""At most so many cuts for each height that a piece is wide."""

INSIDE = 0.75
"""A small piece that lies so far over, under or in another is a part of it."""

MAX_SLICES = 120


@dataclass(frozen=True, eq=False)
class Slice:
    """Ink between two possible cuts.

    Attributes
    ----------
    piece : Piece
    cut : float
        How much ink the cut at its left goes through, as a share of the line's height; 0 where
        it begins with paper.
    settled : bool
        Whether the piece is one digit, surely: it is not joined to another such.
    uncut : Piece
        What it was cut from; the piece itself where it was not.
    """

    piece: Piece
    cut: float
    settled: bool
    uncut: Piece


def slices_of(
    pieces: Sequence[Piece], settled: Sequence[bool], height: float, stroke: float
) -> list[Slice]:
    """Return the slices of a line's pieces from left to right.

    Parameters
    ----------
    pieces : sequence of Piece
        As `whole_pieces` gives them.
    settled : sequence of bool
        Which of them are one digit, surely, and are not cut.
    height, stroke : float
        Of the line's digits, in pixels.
    """
    slices: list[Slice] = []
    for piece, is_settled in zip(pieces, settled, strict=True):
        slices += [Slice(piece, 0.0, True, piece)] if is_settled else _cut(piece, height, stroke)
    slices.sort(key=lambda s: s.piece.left + s.piece.right)
    return slices[:MAX_SLICES]


def whole_pieces(line: TextLine) -> list[Piece]:
    """Return the pieces, small ones joined to the piece that they lie over, under or in."""
    order = sorted(line.pieces, key=lambda p: -p.area)
    whole: list[Piece] = []
    for p in order:
        for index, q in enumerate(whole):
            common = min(p.right, q.right) - max(p.left, q.left)
            near = max(p.top - q.bottom, q.top - p.bottom) <= 0.25 * line.height
            if common >= INSIDE * (p.right - p.left) and near and p.area < 0.7 * q.area:
                whole[index] = join([q, p])
                break
        else:
            whole.append(p)
    return whole


def _cut(piece: Piece, height: float, stroke: float) -> list[Slice]:
    """Return a piece in slices, whole where it is narrow or nothing thin is in it."""
    width = piece.right - piece.left
    if width < NARROW * height:
        return [Slice(piece, 0.0, False, piece)]
    ink = piece.mask.sum(axis=0).astype(float)
    step = max(2, round(STEP * height))
    most = max(THICKEST * height, 1.5 * stroke)
    places: list[int] = []
    for x in np.argsort(_smooth(ink, max(1, round(stroke / 2))), kind="stable"):
        if ink[x] > most or len(places) >= CUTS_PER_HEIGHT * width / height:
            break
        if step <= x <= width - step and all(abs(x - other) >= step for other in places):
            places.append(int(x))
    slices = []
    edges = [0, *sorted(places), width]
    for left, right in pairwise(edges):
        part = _trimmed(piece, left, right)
        if part is not None:
            through = float(ink[left]) / height if left else 0.0
            slices.append(Slice(part, through, False, piece))
    return slices


def _smooth(values: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    kernel = np.ones(2 * reach + 1) / (2 * reach + 1)
    return np.convolve(np.pad(values, reach, mode="edge"), kernel, mode="valid")


def _trimmed(piece: Piece, left: int, right: int) -> Piece | None:
    """Return the columns of a piece as one of its own, without empty rows and columns."""
    mask = piece.mask[:, left:right]
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    top, bottom, first, last = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    return Piece(
        piece.left + left + int(first),
        piece.top + int(top),
        piece.left + left + int(last),
        piece.top + int(bottom),
        mask[top:bottom, first:last],
    )
