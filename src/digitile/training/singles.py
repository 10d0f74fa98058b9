"""A data set's digits as pictures of their own, for a reader of pages.

MNIST's pictures are shown as they are and changed; those of 8×8 pixels are too small as they are.
"""

from collections.abc import Callable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

INK = 51
"""Brighter pixels are ink: a fifth of white."""


def _enlarged(picture: Picture, times: int) -> Picture:
    height, width = picture.shape
    size = times * width, times * height
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC), np.uint8)


def _cut(picture: Picture) -> Picture:
    """Return the part with ink, all of a picture without any."""
    left, top, width, height = cv2.boundingRect((picture > INK).astype(np.uint8))
    return picture[top : top + height, left : left + width] if width else picture


VERSIONS: Mapping[str, Mapping[str, Callable[[Picture], Picture]]] = {
    "mnist": {
        "bare": lambda picture: picture,
        "three times as large": lambda picture: _enlarged(picture, 3),
        "negative": lambda picture: 255 - picture,
        "cut to the edge of the ink": _cut,
    },
    "digits": {"six times as large": lambda picture: _enlarged(picture, 6)},
}
"""Of each data set, what is made of its pictures, uint8 H×W, bright on black."""
