"""From a photo of one digit to the picture of it that MNIST would hold."""

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.data.fit import to_channels
from digitile.data.normalise import normalise
from digitile.errors import PictureError

LONGEST = 400
"""Larger pictures are scaled down to this many pixels of the longer side."""

LIGHT = 0.25
"""Light is what changes over this share of the longer side."""

LEAST_CONTRAST = 24
"""Ink and paper whose grays are closer are one."""

PART = 0.1
"""Pieces of ink with less than this share of the largest one's area are no part of the digit."""


def isolate(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the digit of a picture as MNIST would hold it, 28×28.

    Slow changes of light are taken away; then Otsu's threshold (1979) parts ink from paper, which
    is what most of the picture's edge is.

    Raises `PictureError` where there is no ink, or only specks.

    Parameters
    ----------
    picture : ndarray, uint8, H×W×1 (gray), H×W×3 (RGB) or H×W×4 (RGBA)
    """
    gray = to_channels(picture, 1)[:, :, 0]
    scale = min(1.0, LONGEST / max(gray.shape))
    size = max(1, round(scale * gray.shape[1])), max(1, round(scale * gray.shape[0]))
    small = cv2.resize(gray, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    flat = small - cv2.GaussianBlur(small, (0, 0), LIGHT * max(size)) + 128
    gray = np.clip(flat, 0, 255).astype(np.uint8)
    threshold, _ = cv2.threshold(gray, 0, 255, cv2.THRESH_OTSU)
    bright = gray > threshold
    edge = np.concatenate([bright[[0, -1]].ravel(), bright[:, [0, -1]].ravel()])
    inked = bright ^ (edge.mean() > 0.5)
    if inked.all() or not inked.any():
        raise PictureError("no ink stands out from the paper. Give a picture of one digit.")
    paper, strokes = float(np.median(gray[~inked])), float(np.median(gray[inked]))
    if abs(strokes - paper) < LEAST_CONTRAST:
        raise PictureError("no ink stands out from the paper. Give a picture of one digit.")
    ink = np.clip((gray.astype(np.float32) - paper) / (strokes - paper), 0, 1)
    return normalise(_cut_out(ink, inked.astype(np.uint8)))


def _cut_out(ink: NDArray[np.float32], inked: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the largest piece of ink, and what is nearly as large, within their box."""
    _, pieces, about, _ = cv2.connectedComponentsWithStats(inked, connectivity=8)
    areas = about[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0  # the paper
    own = np.isin(pieces, np.flatnonzero(areas >= PART * areas.max()))
    near = cv2.dilate(own.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    rows, columns = (np.flatnonzero(own.any(axis=axis)) for axis in (1, 0))
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return np.where(near, ink, np.float32(0))[box]
