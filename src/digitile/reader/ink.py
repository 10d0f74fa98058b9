"""From a gray picture to its ink map: bright where there is writing, on any paper, in any light.

The paper is what most of the picture shows. Written on it is whatever differs: darker
(a pen) or lighter (chalk), told from the side on which the differences lie. Light multiplies, so
the ink is measured as a share of the paper's brightness at the same place.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Gray = NDArray[np.uint8]
Ink = NDArray[np.float32]

MIN_CONTRAST = 0.08
"""Fainter ink than this share of the paper's brightness is not told from paper."""

MIN_OVER_GRAIN, MIN_OVER_NOISE = 2.5, 6.0
"""Ink, averaged over 3×3 pixels, is this many standard deviations or more of the noise from pixel
to pixel, and of the paper's own average over 3×3 pixels."""

BROAD, CLEAR = 0.6, 20.0
"""Strokes are so broad that the average over 3×3 pixels keeps this share of their strength; finer
ones are told from noise where they are this many of its standard deviations strong."""

BLACK = 16
"""Darker paper (0 … 255) is taken as this bright, so that noise on black does not count as ink."""

SLOW = 1 / 6
"""What changes over this share of the picture's longer side, or more, is light, not ink."""

GLANCE_SIDE = 128
"""The size at which light on dark is told from dark on light."""

WIDEST = 0.4
"""What is wider than this share of the picture's longer side is shade, not ink."""

STRIP = 8
"""A picture's longer side counts for no more than so many shorter ones."""

FEW = 2
"""Noise is measured on every so-manieth row and column."""

STROKES = 4
"""What is wider than this many strokes is shade as well."""


@dataclass(frozen=True, eq=False)
class InkMap:
    """Where a picture holds ink.

    Attributes
    ----------
    ink : ndarray, float32, h×w
        0 on paper, 1 where ink is as strong as the picture's strongest.
    noise : float
        Standard deviation of the noise in `ink`.
    stroke : float
        Width of most strokes in pixels.
    """

    ink: Ink
    noise: float
    stroke: float


def find_ink(gray: Gray) -> InkMap | None:
    """Return the ink map of a gray picture, h×w, or None where no ink stands out."""
    if _is_light_on_dark(gray):
        gray = 255 - gray
    side = min(max(gray.shape), STRIP * min(gray.shape))
    widest = max(3, round(WIDEST * side) | 1)
    rough = _ink(gray, widest, beyond=widest // 2)
    strongest = _peak(rough)
    if strongest < MIN_CONTRAST:
        return None
    stroke = stroke_width(rough > strongest / 2)
    ink = _ink(gray, max(3, min(widest, round(STROKES * (stroke + 1)) | 1)), beyond=0)
    paper, noise = _level_and_noise(ink)
    ink = np.maximum(ink - paper, 0)
    peak, grain, broad = _peak(ink), _grain(ink), _peak(cv2.blur(ink, (3, 3)))
    if peak < MIN_CONTRAST or broad < max(MIN_OVER_GRAIN * grain, MIN_OVER_NOISE * noise):
        return None
    if broad < BROAD * peak and peak < CLEAR * grain:
        return None
    return InkMap(np.minimum(ink / peak, 1), noise / peak, stroke)


def _is_light_on_dark(gray: Gray) -> bool:
    """Return whether what differs from most of the picture is mostly lighter than it.

    Slow changes of light are taken away first. Cubes let ink, which differs more and in fewer
    places, outweigh the paper beside it.
    """
    scale = min(1.0, GLANCE_SIDE / max(gray.shape))
    height, width = (max(1, round(scale * side)) for side in gray.shape)
    small = cv2.resize(gray, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    sharp = small - cv2.GaussianBlur(small, (0, 0), SLOW * max(height, width))
    differs = sharp - quantile(sharp, 0.5)
    return float((differs * differs * differs).sum()) > 0  # a power takes ten times as long


def _ink(gray: Gray, widest: int, beyond: int) -> Ink:
    """Return by what share each pixel is darker than the paper around it.

    The paper is a closing: of all squares of `widest` pixels, an odd number, over a place, the
    least of their largest values. Ink narrower than the square is filled; shade wider than it is
    kept as paper. Squares may lie `beyond` the picture by so many pixels: this keeps shade at the
    border, and takes for shade what lies along it.
    """
    half = widest // 2
    calm = _bordered(np.asarray(cv2.medianBlur(gray, 3), np.uint8), half + beyond, 0)
    lightest = _over_squares(cv2.max, calm, widest)
    paper = _over_squares(cv2.min, _bordered(lightest, half - beyond, 255), widest)
    bright = paper.astype(np.float32)
    return np.asarray((bright - gray) / np.maximum(bright, BLACK), np.float32)


def _bordered(values: Gray, width: int, value: int) -> Gray:
    sides = (width, width, width, width)
    border = cv2.copyMakeBorder(values, *sides, cv2.BORDER_CONSTANT, value=value)
    return np.asarray(border, np.uint8)


def _over_squares(pick: Callable[[Any, Any], Any], values: Gray, side: int) -> Gray:
    """Return the largest or least value in each square of a picture, h×w → h−side+1×w−side+1.

    Squares grow by pairs: log₂(side) steps, where OpenCV's own dilation takes `side`.
    """
    reach = 1
    while reach < side:
        step = min(reach, side - reach)
        values = pick(values[step:], values[:-step])
        values = pick(values[:, step:], values[:, :-step])
        reach += step
    return values


def stroke_width(mask: NDArray[np.bool_]) -> float:
    """Return the width of most strokes in a mask, h×w, in pixels, 1 or more."""
    # to the nearest pixel outside it is half a pixel farther than to the edge
    bordered = cv2.copyMakeBorder(mask.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    depth = cv2.distanceTransform(bordered, cv2.DIST_L2, 3)
    depths = np.asarray(depth[depth > 0], np.float32)
    return max(2 * quantile(depths, 0.95) - 1, 1.0) if len(depths) else 1.0


def quantile(values: NDArray[np.float32], share: float) -> float:
    """Return the value that a share of values are smaller than: one of them, at least one given."""
    place = int(share * (values.size - 1))
    # one place at a time: NumPy's own quantile finds two, and takes ten times as long
    return float(np.partition(values, place, axis=None)[place])


def _level_and_noise(ink: Ink) -> tuple[float, float]:
    """Return the middle and the standard deviation of the paper's part of an ink map.

    The deviation is taken below the middle only, where there is no ink.
    """
    some = np.ascontiguousarray(cv2.blur(ink, (3, 3))[::FEW, ::FEW], np.float32)
    low, middle = quantile(some, 0.05), quantile(some, 0.3)
    return middle, (middle - low) / 1.12


def _grain(ink: Ink) -> float:
    """Return the standard deviation of noise from pixel to pixel (Immerkær 1996, by a median)."""
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
    return quantile(np.abs(cv2.filter2D(ink, -1, kernel)[::FEW, ::FEW]), 0.5) / 0.6745


def _peak(ink: Ink) -> float:
    """Return the value that the strongest 4 pixels, or one of 5000, reach."""
    count = max(min(4, ink.size), ink.size // 5000)
    return float(np.partition(ink, -count, axis=None)[-count])
