"""From a picture of one digit to what a network is shown: ink, pieces, normalised picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitile.errors import PictureError
from digitile.normalise import SIDE, normalise
from digitile.pictures import Page
from digitile.reader.pieces import find_digit, find_pieces
from digitile.reader.reading import Box
from digitile.reader.recognise import cut_out
from digitile.reader.writing import find_writing

BLACK = 32
"""A normalised picture's edge is darker than this."""


@dataclass(frozen=True, eq=False)
class Isolated:
    """The digit of a picture, apart from everything else on it.

    Attributes
    ----------
    image : ndarray, uint8, 28×28
        As MNIST would hold it.
    box : Box
        The ink's, in pixels of the picture.
    """

    image: NDArray[np.uint8]
    box: Box


def isolate(picture: NDArray[np.uint8]) -> Isolated | str:
    """Return the digit of a picture as a network is shown it, or why there is none.

    Parameters
    ----------
    picture : ndarray, uint8, H×W×1 (gray), H×W×3 (RGB) or H×W×4 (RGBA)
    """
    writing = find_writing(Page(picture, picture.shape[1], picture.shape[0]))
    if writing is None:
        return "no ink stands out from the paper"
    digit = find_digit(find_pieces(writing.found), writing.found)
    if digit is None:
        return "the ink is only specks, blots or lines"
    box = writing.place.box(digit.left, digit.top, digit.right, digit.bottom)
    return Isolated(normalise(cut_out(writing.found, digit)), box)


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
