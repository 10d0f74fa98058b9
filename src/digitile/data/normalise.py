"""From the ink of one digit to the 28×28 picture that MNIST's networks are trained on.

MNIST's pictures hold the digit's ink box scaled so that its longer side has 20 pixels, placed so
that its centre of mass is the picture's centre. Its strokes are 2 to 4 pixels wide.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 28
LONGEST = 20
THINNEST = 1.9
"""Strokes thinner than this many pixels of the 28 are thickened to it."""

FINE = 4
"""Pixels to each of the 28×28's while strokes are thickened."""


def normalise(ink: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return one digit as MNIST would hold it.

    Parameters
    ----------
    ink : ndarray, float32, h×w
        The digit cut out to its box: 0 on paper, 1 in the middle of strokes, h and w ≥ 1.

    Returns
    -------
    ndarray, uint8, 28×28
        Bright on black.
    """
    small = _resized(_thickened(ink), LONGEST)
    height, width = small.shape
    mass = max(float(small.sum()), 1e-6)
    top = _start(float(small.sum(axis=1) @ np.arange(height)) / mass, height)
    left = _start(float(small.sum(axis=0) @ np.arange(width)) / mass, width)
    digit = np.zeros((SIDE, SIDE), np.uint8)
    digit[top : top + height, left : left + width] = np.rint(255 * np.clip(small, 0, 1))
    return digit


def stroke_width(ink: NDArray[np.float32]) -> float:
    """Return the mean width of strokes in pixels: twice their area over their outline's length."""
    area = float(ink.sum())
    around = cv2.copyMakeBorder(ink, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    half = np.array([[-0.5, 0, 0.5]], np.float32)
    dx, dy = (cv2.filter2D(around, -1, k, borderType=cv2.BORDER_REPLICATE) for k in (half, half.T))
    outline = float(cv2.magnitude(dx, dy).sum())
    return 2 * area / max(outline, 1e-6)


def _start(centre: float, size: int) -> int:
    """Return where a side of `size` begins, its centre of mass in the middle if it fits so."""
    return min(max(round(SIDE / 2 - centre), 0), SIDE - size)


def _thickened(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the digit with strokes wide enough to survive the scaling down."""
    width = stroke_width(ink) * LONGEST / max(ink.shape)
    if width >= THINNEST:
        return ink
    fine = _resized(ink, FINE * LONGEST)
    more = round(FINE * (THINNEST - width))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (more + 1, more + 1))
    wide = cv2.copyMakeBorder(fine, more, more, more, more, cv2.BORDER_CONSTANT, value=0)
    return np.asarray(cv2.dilate(wide, kernel), np.float32)


def _resized(ink: NDArray[np.float32], longest: int) -> NDArray[np.float32]:
    """Return the picture with its longer side of `longest` pixels."""
    scale = longest / max(ink.shape)
    height, width = (max(1, round(scale * side)) for side in ink.shape)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(ink, (width, height), interpolation=how), np.float32)
