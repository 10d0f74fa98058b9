"""Ink of a line that its text leaves unread: what a digit that was dropped leaves behind."""

import numpy as np
from numpy.typing import NDArray

from digitile.contrast import even_contrast
from digitile.nn.preprocess import MIDDLE
from digitile.reader.candidates import Boxes
from digitile.reader.sight import Gray
from digitile.reader.tuned import MOST_UNREAD, PAPER, UNREAD_ENDS


def unread(strip: Gray, boxes: Boxes) -> float:
    """Return the most ink between two signs of a text, or at its ends, as a share of a sign's.

    Ink is how far the grays are from their mean, summed over the line's height, less that of the
    emptiest columns.

    Parameters
    ----------
    strip : ndarray, uint8, H×W
        The line lies level in it.
    boxes : ndarray, float64, n×4
        Of the text's signs, one or more, in pixels of the strip.

    Returns
    -------
    float
        0 … `MOST_UNREAD`.
    """
    top, bottom = np.median(boxes[:, 1]), np.median(boxes[:, 3])
    height, width = bottom - top, len(strip[0])
    rows = even_contrast(strip)[max(int(top), 0) : int(np.ceil(bottom))].astype(np.float64)
    first, last = boxes[:, 0].min() - UNREAD_ENDS * height, boxes[:, 2].max() + UNREAD_ENDS * height
    reach = slice(max(int(first), 0), max(min(int(np.ceil(last)), width), 0))
    if not rows[:, reach].size:
        return 0.0
    ink = np.abs(rows - MIDDLE).mean(axis=0)
    ink = np.maximum(ink - np.percentile(ink[reach], PAPER), 0)
    covered = _covered(boxes, width)
    own = ink[covered].sum() / len(boxes)
    parts = np.split(np.where(covered, 0, ink)[reach], np.flatnonzero(covered[reach]))
    return min(max(float(part.sum()) for part in parts) / max(float(own), 1e-6), MOST_UNREAD)


def _covered(boxes: Boxes, width: int) -> NDArray[np.bool_]:
    """Return which columns of a strip a box lies on."""
    covered = np.zeros(width, bool)
    for left, right in np.clip(boxes[:, [0, 2]], 0, width):
        covered[int(left) : int(np.ceil(right))] = True
    return covered
