"""Takes ruled lines, squares and frames out of an ink map; the writing across them stays.

A ruled line is long, straight, level or upright, and thinner than the strokes of the writing.
"""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.reader.ink import InkMap

LENGTH = 0.6
"""A line is this share of the picture's width or height long, or longer."""

TILT = 0.03
"""Over its length a line leaves its direction by this share of the length, or less."""

THIN = 0.5
"""A line is this share of the stroke width thick, or less."""

THINNEST = 0.01
"""What is thinner than this share of the picture's longer side may be a line as well."""


def without_lines(found: InkMap) -> InkMap:
    """Return the ink map without its ruled lines."""
    thick = 1 + int(max(THIN * found.stroke, THINNEST * max(found.ink.shape)))
    if thick < 3:
        return found  # in so small a picture a line looks like a thin stroke
    ink = found.ink - _level_lines(found.ink, thick)
    ink -= _level_lines(np.ascontiguousarray(ink.T), thick).T
    return replace(found, ink=ink)


def _level_lines(ink: NDArray[np.float32], thick: int) -> NDArray[np.float32]:
    """Return the ink of level lines less than `thick` pixels thick."""
    length = round(LENGTH * ink.shape[1])
    spread = 1 + 2 * round(TILT * length / 2)
    tall = np.asarray(cv2.dilate(ink, np.ones((spread, 1), np.uint8)), np.float32)
    return np.asarray(np.minimum(ink - _opened(ink, thick, 1), _opened(tall, 1, length)))


def _opened(ink: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    """Return only what height×width boxes of full ink can cover."""
    box = np.ones((height, width), np.uint8)
    # opposite anchors: OpenCV's own opening shifts what it keeps where a side is even
    kept = cv2.erode(ink, box, anchor=(0, 0))
    return np.asarray(cv2.dilate(kept, box, anchor=(width - 1, height - 1)), np.float32)
