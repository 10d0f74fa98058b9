"""Targets: what the network should answer at each place of its last maps.

Place (i, j) looks at the middle of its 4×4 pixels, (cx, cy) = (4j + 2, 4i + 2). Around the middle
(mx, my) of a box of w×h pixels,

- within r(w) across and r(h) down, r(s) = max(0.22·s, min(3, max(s, 4)/2)), the class is the
  digit's or mark's, the nearest one's where several are, and the box
  ((mx − cx)/16, (my − cy)/16, ln(w/16), ln(h/16));
- up to `BAND` pixels farther, nothing counts;
- nor within max(w/2, 4) and max(h/2, 4) of what is ignored, or cut off a little;
- everywhere else the class is none, also in the digit's box: so what is between the middles of two
  digits that touch parts them, and no part of a digit is a digit, nor what the edge of the picture
  leaves of one.

A place of a digit that has n of them weighs 3/√n, so that large digits do not outweigh small ones
and points as much as they are larger; a place of none weighs 1.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitile.nn.loss import Places
from digitile.scenes.camera import View
from digitile.scenes.page import CLASSES, IGNORED

STRIDE = 4
UNIT = 16
"""Pixels that boxes are measured in."""

BAND = 2
"""Pixels around a middle in which either answer is right; half a place."""

VISIBLE, CUT_OFF = 0.85, 0.6
"""What is less visible than the first is ignored, and than the second none: what is left of a 0 or
4 would be a 1."""

NONE = CLASSES.index("none")


def places_of(view: View, shape: tuple[int, int]) -> Places:
    """Return the target of one picture.

    Parameters
    ----------
    view : View
    shape : tuple of int
        H and W of the picture, multiples of `STRIDE`.

    Returns
    -------
    Places
        Of H/4×W/4 places, without the axis of pictures.
    """
    rows, columns = shape[0] // STRIDE, shape[1] // STRIDE
    known = view.classes != NONE
    x, y, w, h = view.boxes[known].T[:, :, None]
    classes, visible = view.classes[known], view.visible[known]
    mx, my = x + w / 2, y + h / 2
    cx = (np.arange(columns, dtype=np.float32) + 0.5) * STRIDE
    cy = (np.arange(rows, dtype=np.float32) + 0.5) * STRIDE
    dx, dy = np.abs(cx - mx), np.abs(cy - my)
    taught = (visible >= VISIBLE) & (classes != IGNORED)
    middle = _outer(dy <= _radius(h), dx <= _radius(w))
    middle[~taught] = False
    around = _outer(dy <= _radius(h) + BAND, dx <= _radius(w) + BAND)
    whole = _outer(dy <= np.maximum(h / 2, STRIDE), dx <= np.maximum(w / 2, STRIDE))
    whole[(visible < CUT_OFF) & (classes != IGNORED)] = False
    open_to_both = np.where(taught[:, None, None], around, whole)
    # the nearest in units of its own box, G×rows×columns
    far = ((dy / np.maximum(h, 6)) ** 2)[:, :, None] + ((dx / np.maximum(w, 6)) ** 2)[:, None]
    far[~middle] = np.inf
    target = np.full((rows, columns), NONE, np.int64)
    weights = np.ones((rows, columns), np.float32)
    boxes = np.zeros((4, rows, columns), np.float32)
    if not len(classes):
        return Places(target, weights, boxes)
    weights[open_to_both.any(axis=0)] = 0
    which = far.argmin(axis=0)
    i, j = np.nonzero(middle.any(axis=0))
    one = which[i, j]
    target[i, j] = classes[one]
    weights[i, j] = 3 / np.sqrt(np.bincount(one))[one]
    boxes[:, i, j] = (
        (mx[one, 0] - cx[j]) / UNIT,
        (my[one, 0] - cy[i]) / UNIT,
        np.log(w[one, 0] / UNIT),
        np.log(h[one, 0] / UNIT),
    )
    return Places(target, weights, boxes)


def _radius(size: NDArray[Any]) -> NDArray[Any]:
    """Return r(s)."""
    radius: NDArray[Any] = np.maximum(0.22 * size, np.minimum(3, np.maximum(size, STRIDE) / 2))
    return radius


def _outer(down: NDArray[np.bool_], across: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return where both are true, G×rows×columns."""
    both: NDArray[np.bool_] = down[:, :, None] & across[:, None]
    return both
