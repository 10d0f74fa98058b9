"""From a picture of one digit to what a network is shown: ink, pieces, normalised picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitile.errors import PictureError
from digitile.normalise import SIDE, normalise
from digitile.reader.gray import to_gray
from digitile.reader.ink import find_ink
from digitile.reader.pieces import Piece, find_digit, find_pieces
from digitile.reader.recognise import cut_out
from digitile.reader.rules import without_rules

BLACK = 32
"""A normalised picture's edge is darker than this."""


@dataclass(frozen=True, eq=False)
class Isolated:
    """The digit of a picture, apart from everything else on it.

    Attributes
    ----------
    image : ndarray, uint8, 28×28
        As MNIST would hold it.
    box : (int, int, int, int)
        Left, top, right and bottom of the ink in pixels of the picture; right and bottom are
        outside.
    """

    image: NDArray[np.uint8]
    box: tuple[int, int, int, int]


def isolate(picture: NDArray[np.uint8]) -> Isolated | str:
    """Return the digit of a picture as a network is shown it, or why there is none.

    Parameters
    ----------
    picture : ndarray, uint8, H×W×1 (gray), H×W×3 (RGB) or H×W×4 (RGBA)
    """
    reduced = to_gray(picture)
    found = find_ink(reduced.gray)
    if found is None:
        return "no ink stands out from the paper"
    found = without_rules(found)
    digit = find_digit(find_pieces(found), found)
    if digit is None:
        return "the ink is only specks, blots or lines"
    return Isolated(normalise(cut_out(found, digit)), _box(digit, reduced.scale, picture.shape))


def as_shown(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a labelled picture of one digit as a network is shown it, 28×28.

    A picture of 28×28 pixels, light on black, is taken as it is: so the web page keeps what it has
    shown to the network, and to normalise that again would change it. Of any other, the digit is
    isolated as by `isolate`, as if it was to be read.

    Parameters
    ----------
    picture : ndarray, uint8, H×W×1 (gray), H×W×3 (RGB) or H×W×4 (RGBA)

    Raises
    ------
    PictureError
        Where there is no digit.
    """
    if picture.shape in ((SIDE, SIDE, 1), (SIDE, SIDE, 3)):
        gray = np.asarray(np.rint(picture.mean(axis=2)), np.uint8)
        edge = np.concatenate([gray[[0, -1]].ravel(), gray[1:-1, [0, -1]].ravel()])
        if np.median(edge) < BLACK and gray.any():
            return gray
    found = isolate(picture)
    if isinstance(found, str):
        raise PictureError(f"{found}. Give a picture of one digit.")
    return found.image


def _box(piece: Piece, scale: float, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Return a piece's box in pixels of the picture."""
    edges = np.array([piece.left, piece.top, piece.right, piece.bottom]) / scale
    left, top = np.floor(edges[:2]).astype(int)
    right, bottom = np.minimum(np.ceil(edges[2:]).astype(int), (shape[1], shape[0]))
    return int(left), int(top), int(right), int(bottom)
