"""Evened contrast: what the page network is shown of a picture, in training and in reading.

    y = 128 + 40·(x − m)/(s + 6)        m, s: mean and standard deviation of a square around

cut off at 0 and 255, 3.2 standard deviations from the mean.

Light and contrast of a photo change from place to place; the mean and spread of a square of two to
three digits do not depend on what else is on the page.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.nn.preprocess import MIDDLE, SPREAD

SQUARE = 97
"""Side of the square in pixels: twice the tallest digit that the network is trained to read."""

LEAST = 6.0
"""Added to the spread, in grays, so that the noise of blank paper stays small."""


def even_contrast(gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a gray picture, uint8 H×W, with the same mean and spread everywhere."""
    x = gray.astype(np.float32)
    size = (SQUARE, SQUARE)
    mean = cv2.blur(x, size, borderType=cv2.BORDER_REFLECT_101)
    square = cv2.sqrBoxFilter(x, cv2.CV_32F, size, borderType=cv2.BORDER_REFLECT_101)
    spread = np.sqrt(np.maximum(square - mean * mean, 0))
    even = MIDDLE + SPREAD * (x - mean) / (spread + LEAST)
    return np.clip(even, 0, 255).astype(np.uint8)
