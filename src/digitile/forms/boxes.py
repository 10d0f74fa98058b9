"""What is printed on a form: boxes, alone or side by side, a frame around them, and black marks."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.reader.grid import find_boxes, printed_ink
from digitile.reader.sight import Gray

Points = NDArray[np.float64]

SMALLEST = 0.012
"""Height of a box, as a share of the picture's longer side: 3.5 mm of A4. Smaller ones are the
insides of printed letters."""

NARROW = 1.3
"""A cell for one digit is at most so many times as wide as tall; others are fields of their own."""

SIDE_BY_SIDE, LEVEL = 0.3, 0.15
"""Cells of one field: gaps between them, and differences of their sizes and places, in heights."""

FEWEST_CELLS = 3
"""Of a field in cells: two boxes side by side are as often two choices."""

MARK_SIDES = 0.006, 0.08
"""Sides of a mark, as shares of the picture's longer side."""

MARK_FILLED, MARK_SQUARE, MARK_DARK = 0.85, 1.6, 0.6
"""A mark fills so much of its upright or turned rectangle, whose sides differ by this factor at
most, and its gray is at most this share of the paper's around it."""


class Comb(NamedTuple):
    """A printed field: one box, or several cells side by side."""

    corners: Points  # float64, 4×2: of all of it: upper left, upper right, lower right, lower left
    cells: int


def clockwise(points: Points) -> Points | None:
    """Return four points from the upper left one clockwise; None where they are not convex."""
    middle = points.mean(axis=0)
    order = np.argsort(np.arctan2(*(points - middle).T[::-1]))
    quad = points[order]
    along = np.roll(quad, -1, axis=0) - quad
    turns = along[:, 0] * np.roll(along[:, 1], -1) - along[:, 1] * np.roll(along[:, 0], -1)
    if turns.min() <= 0:
        return None
    return np.roll(quad, -int(quad.sum(axis=1).argmin()), axis=0)


def boxes_of(gray: Gray) -> Points:
    """Return the printed boxes of a page, n×4×2, except those as small as letters."""
    corners = find_boxes(gray)
    tall = np.linalg.norm(corners[:, 3] - corners[:, 0], axis=1)
    return np.asarray(corners[tall > SMALLEST * max(gray.shape)])


def outer_frame(boxes: Points) -> Points | None:
    """Return the box, 4×2, that holds all others, two or more."""
    outer = boxes[_holds(boxes).all(axis=1)]
    return outer[0] if len(outer) and len(boxes) > 2 else None


def innermost(boxes: Points) -> Points:
    """Return the boxes, n×4×2, that hold no other."""
    return np.asarray(boxes[_holds(boxes).sum(axis=1) == 1])


def _holds(boxes: Points) -> NDArray[np.bool_]:
    """Return which boxes lie within which, n×n: [i, j] where i holds j, as each holds itself."""
    low, high = boxes.min(axis=1), boxes.max(axis=1)
    return np.asarray((low[:, None] <= low).all(axis=2) & (high <= high[:, None]).all(axis=2))


def combs(boxes: Points) -> list[Comb]:
    """Return boxes, n×4×2, as fields, in the order of reading: cells side by side are one."""
    left, found = set(range(len(boxes))), []
    for start in np.argsort(boxes[:, :, 0].min(axis=1), kind="stable").tolist():
        if start in left:
            chain = _chain(boxes, start, left)
            left -= set(chain)
            first, last = boxes[chain[0]], boxes[chain[-1]]
            found.append(Comb(np.array([first[0], last[1], last[2], first[3]]), len(chain)))
    return _in_reading_order(found)


def _chain(boxes: Points, start: int, left: set[int]) -> list[int]:
    """Return a box and the cells of its size that follow it to the right, of those left."""
    low, high = boxes.min(axis=1), boxes.max(axis=1)
    size, chain = high - low, [start]
    narrow, tall = size[:, 0] < NARROW * size[:, 1], float(size[start, 1])
    while narrow[chain[-1]]:
        last = chain[-1]
        level = (abs(low[:, 1] - low[last, 1]) < LEVEL * tall) & narrow
        alike = (abs(size - size[last]) < LEVEL * tall).all(axis=1)
        near = abs(low[:, 0] - high[last, 0]) < SIDE_BY_SIDE * tall
        further = left.intersection(np.flatnonzero(level & alike & near).tolist()) - set(chain)
        if not further:
            break
        chain.append(min(further))
    return chain if len(chain) >= FEWEST_CELLS else [start]


def _in_reading_order(found: list[Comb]) -> list[Comb]:
    """Return fields from top to bottom, those whose middles are level from left to right."""
    rows: list[list[Comb]] = []
    for comb in sorted(found, key=lambda one: float(one.corners[:, 1].mean())):
        first = rows[-1][0].corners[:, 1] if rows else np.zeros(1)
        if first.min() < comb.corners[:, 1].mean() < first.max():
            rows[-1].append(comb)
        else:
            rows.append([comb])
    return [one for row in rows for one in sorted(row, key=lambda own: own.corners[:, 0].min())]


def find_marks(gray: Gray) -> Points:
    """Return the corners of the solid dark squares of a page, n×4×2, largest first."""
    ink, scale = printed_ink(gray)
    contours, tree = cv2.findContours(ink, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    least, most = (share * max(ink.shape) for share in MARK_SIDES)
    found = []
    for contour, (_, _, _, parent) in zip(contours, tree[0] if contours else (), strict=True):
        if parent >= 0:  # a hole
            continue
        middle, sides, angle = cv2.minAreaRect(contour)
        if not least < min(sides) <= max(sides) < min(most, MARK_SQUARE * min(sides)):
            continue
        if cv2.contourArea(contour) < MARK_FILLED * sides[0] * sides[1]:
            continue
        corners = cv2.boxPoints((middle, sides, angle)).astype(np.float64) / scale
        if _is_dark(gray, corners):
            found.append(corners)
    found.sort(key=lambda corners: -float(np.linalg.norm(corners[0] - corners[2])))
    return np.array(found).reshape(-1, 4, 2)


def _is_dark(gray: Gray, corners: Points) -> bool:
    """Return whether what is within corners is dark throughout, compared with what is around."""
    middle = corners.mean(axis=0)
    around = np.rint(middle + 2.0 * (corners - middle)).astype(np.int32)
    x, y, width, height = cv2.boundingRect(around)
    start = np.maximum((x, y), 0)
    part = gray[start[1] : y + height, start[0] : x + width]
    masks = []
    for share in (0.6, 1.5, 2.0):
        shape = np.rint(middle + share * (corners - middle)).astype(np.int32) - start
        masks.append(cv2.fillConvexPoly(np.zeros_like(part), shape, 1) > 0)
    inner, ring = part[masks[0]], part[masks[2] & ~masks[1]]
    if not inner.size or not ring.size:
        return False
    return float(np.quantile(inner, 0.9)) < MARK_DARK * float(np.median(ring))
