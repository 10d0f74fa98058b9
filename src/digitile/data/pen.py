"""What a pen draws: ink as float32, h×w, 0 on paper and 1 in the middle of strokes."""

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.data.spoil import smooth_fields

LARGE = 64
"""Side in pixels of what is drawn before it is normalised."""

Ink = NDArray[np.float32]
Rng = np.random.Generator


def as_ink(pixels: NDArray[np.uint8]) -> Ink:
    """Return bytes, 0 … 255, as ink."""
    return np.divide(pixels, 255, dtype=np.float32)


def box_of(ink: Ink) -> tuple[slice, slice] | None:
    """Return where the ink is, or None where there is none to speak of."""
    rows = np.flatnonzero((ink > 0.2).any(axis=1))
    columns = np.flatnonzero((ink > 0.2).any(axis=0))
    if len(rows) == 0:
        return None
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def pen_width(rng: Rng) -> int:
    """Draw the width of a pen's strokes, in pixels of `LARGE`."""
    return int(rng.integers(2, 8))


def strokes(points: NDArray[np.float64], width: int, closed: bool = False) -> Ink:
    """Return lines from point to point, P×2 in 0 … 1: x to the right, y down."""
    ink = np.zeros((LARGE, LARGE), np.uint8)
    fixed = [np.rint((6 + 52 * points) * 16).astype(np.int32)]
    cv2.polylines(ink, fixed, closed, 255, width, cv2.LINE_AA, 4)
    return as_ink(ink)


def warped(ink: Ink, rng: Rng, turned: float = 0.12) -> Ink:
    """Return the piece sheared, turned and bent a little.

    The matrix of the shear and turn is the identity and normal noise of deviation `turned`.
    """
    height, width = ink.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    fields = smooth_fields(rng, 2, height, width, 12)
    x, y = x - width / 2, y - height / 2
    turn = np.eye(2) + rng.normal(0, turned, (2, 2))
    u = turn[0, 0] * x + turn[0, 1] * y + 2 * fields[0] + width / 2
    v = turn[1, 0] * x + turn[1, 1] * y + 2 * fields[1] + height / 2
    bent = cv2.remap(ink, u.astype(np.float32), v.astype(np.float32), cv2.INTER_LINEAR)
    return np.asarray(bent, np.float32)
