"""One digit of a page, as the network was shown it."""

import numpy as np
from numpy.typing import NDArray

from digitile.errors import PictureError
from digitile.normalise import normalise
from digitile.pictures import Page
from digitile.reader.pieces import Piece, find_pieces, join
from digitile.reader.reading import Box
from digitile.reader.recognise import cut_out
from digitile.reader.writing import find_writing

KEPT = 0.3
"""Ink of which less than this share lies in a digit's box belongs to its neighbours."""


def seen(page: Page, box: Box) -> NDArray[np.uint8]:
    """Return the ink within a digit's box, normalised, 28×28.

    Parameters
    ----------
    page : Page
    box : Box
        As the reader gave it, in pixels of the page before it was scaled down.

    Raises
    ------
    PictureError
        Where there is no ink in the box.
    """
    writing = find_writing(page)
    nothing = PictureError(f"there is no ink at {box.x},{box.y}. Give the box of a digit.")
    if writing is None:
        raise nothing
    edges = writing.place.within(box)
    parts = []
    for piece in find_pieces(writing.found):
        part = _within(piece, *edges)
        if part is not None and part.area >= KEPT * piece.area:
            parts.append(part)
    if not parts:
        raise nothing
    return normalise(cut_out(writing.found, join(parts)))


def _within(piece: Piece, left: int, top: int, right: int, bottom: int) -> Piece | None:
    """Return what of a piece lies in a box, or None where nothing does."""
    rows = slice(max(0, top - piece.top), max(0, bottom - piece.top))
    columns = slice(max(0, left - piece.left), max(0, right - piece.left))
    mask = piece.mask[rows, columns]
    if not mask.any():
        return None
    down, across = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    own = mask[down[0] : down[-1] + 1, across[0] : across[-1] + 1]
    x, y = piece.left + columns.start + int(across[0]), piece.top + rows.start + int(down[0])
    return Piece(x, y, x + own.shape[1], y + own.shape[0], own)
