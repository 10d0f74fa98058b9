"""From a picture of one digit to what a network is shown: ink, pieces, normalised picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitile.normalise import normalise
from digitile.pictures import Page
from digitile.reader.pieces import find_digit, find_pieces
from digitile.reader.reading import Box
from digitile.reader.recognise import cut_out
from digitile.reader.writing import find_writing


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
