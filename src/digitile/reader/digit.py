"""From a picture of one digit to what a network is shown: ink, pieces, normalised picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitile.normalise import normalise
from digitile.reader.gray import to_gray
from digitile.reader.ink import find_ink
from digitile.reader.pieces import Piece, find_digit, find_pieces
from digitile.reader.recognise import cut_out
from digitile.reader.rules import without_rules


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


def _box(piece: Piece, scale: float, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Return a piece's box in pixels of the picture."""
    edges = np.array([piece.left, piece.top, piece.right, piece.bottom]) / scale
    left, top = np.floor(edges[:2]).astype(int)
    right, bottom = np.minimum(np.ceil(edges[2:]).astype(int), (shape[1], shape[0]))
    return int(left), int(top), int(right), int(bottom)
