"""Where a form lies on a scan: the homography from places on its sheet to pixels.

What the form is anchored by gives candidates: quadruples of marks, frames, sheets of paper. Each is
tried in the four ways a sheet can lie; the one whose printed boxes lie best on ink wins, and is
moved until they lie on those of the scan. Without such an anchor, the boxes of the scan are matched
with those of the form.
"""

import math
from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.forms.boxes import Points, boxes_of, clockwise, find_marks
from digitile.forms.form import Form
from digitile.reader.grid import printed_ink
from digitile.reader.sight import Gray

Homography = NDArray[np.float64]

MOST_MARKS = 12
"""Dark squares that may be marks, the largest: 495 quadruples of them are tried."""

MOST_FRAMES = 6
"""Boxes that may be the frame, and sheets that may be the form's, the largest."""

SMALLEST_SHEET = 0.2
"""Of a picture, that a sheet or a frame takes."""

ALIKE = 2.0
"""Sizes of a form's four marks on a scan differ by this factor at most, and its two scales."""

OUTLINE_POINTS, MOST_POINTS = 25, 5000
"""Places along each side of a box at which ink is looked for, and of all boxes, at most."""

SAME_SCORE = 0.05
"""Ways to lie whose shares of ink differ by less are as good: the one that turns less is taken."""

OUTLINED = 0.5
"""Matched boxes lie on the right form where so much of its boxes' outlines is ink."""

LIKELIEST, TRIED = 4, 12
"""Boxes of the form that are compared with each of the scan, and matches that are refined."""

MOST_CELLS, MOST_BOXES = 200, 300
"""Cells of the form and boxes of the scan that are compared, the largest."""

ENOUGH = 0.8
"""Where so many cells lie on boxes, no other direction of the sheet is tried."""

NEAR = 0.3
"""A box of the scan is that of the form where their middles are nearer than this share of the
shorter side."""

FEWEST_MATCHES = 0.4, 2
"""Boxes of a form that must be matched on a scan: a share of them, and two or more."""

NOT_FOUND = {
    "marks": "the four black squares at the corners were not found",
    "frame": "the frame was not found",
}
"""Why a form was not found; a sheet is always one: the picture itself."""

ROUNDS = 6
"""Times that a match is refined; it takes three or four to grow over a sheet."""


def find_form(form: Form, gray: Gray) -> Homography | str:
    """Return the homography from a form's sheet to a scan's pixels, or why it was not found.

    Parameters
    ----------
    gray : ndarray, uint8, H×W
        The sheet may lie in any of the four directions and be seen in perspective.
    """
    if form.anchor == "boxes":
        return _by_boxes(form, gray)
    outline, best, most = _Outline.of(form, gray), None, -math.inf
    for quad in {"marks": _marks, "frame": _frames, "sheet": _sheets}[form.anchor](gray):
        for turn in (0, 2, 1, 3):  # upright first, then upside down
            to = _homography(form.corners, np.roll(quad, turn, axis=0))
            share = outline.share(to)
            if share > most + SAME_SCORE:
                best, most = to, share
    return NOT_FOUND[form.anchor] if best is None else _on_boxes(form, gray, best)


def moved(points: Points, to: Homography) -> Points:
    """Return points, …×2, where a homography takes them."""
    away = points @ to[:, :2].T + to[:, 2]
    return np.asarray(away[..., :2] / away[..., 2:])


class _Outline(NamedTuple):
    """Ink of a scan, and where a form's boxes should have some."""

    ink: NDArray[np.bool_]  # bool, h×w
    scale: float  # of the ink's picture, in that of the scan's
    points: Points  # float64, n×2: On the form's sheet

    @classmethod
    def of(cls, form: Form, gray: Gray) -> "_Outline":
        ink, scale = printed_ink(gray)
        thick = cv2.dilate(ink, np.ones((7, 7), np.uint8)) > 0
        steps = np.linspace(0, 1, OUTLINE_POINTS, endpoint=False)[:, None, None]
        corners = np.array([field.corners for field in form.fields])
        along = corners + steps[:, None] * (np.roll(corners, -1, axis=1) - corners)
        points = along.reshape(-1, 2)
        return cls(thick, scale, points[:: -(-len(points) // MOST_POINTS)])

    def share(self, to: Homography) -> float:
        """Return how many of the points lie on ink, if the form lies so."""
        places = np.nan_to_num(self.scale * moved(self.points, to), nan=-1.0)
        height, width = self.ink.shape
        inside = ((places >= 0) & (places < (width, height))).all(axis=1)
        x, y = places[inside].astype(np.int64).T
        return float(self.ink[y, x].sum() / len(places))


def _homography(start: Points, end: Points) -> Homography:
    """Return the homography that takes four points to four others."""
    to = cv2.getPerspectiveTransform(start.astype(np.float32), end.astype(np.float32))
    return np.asarray(to, np.float64)


def _marks(gray: Gray) -> Iterator[Points]:
    """Yield the middles of four dark squares that may be a form's marks."""
    marks = find_marks(gray)[:MOST_MARKS]
    sizes = np.linalg.norm(marks[:, 0] - marks[:, 2], axis=1)
    for four in map(list, combinations(range(len(marks)), 4)):
        quad = clockwise(marks[four].mean(axis=1))
        if quad is None or sizes[four].max() > ALIKE * sizes[four].min():
            continue
        sides = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)
        if np.maximum(sides[:2] / sides[2:], sides[2:] / sides[:2]).max() < ALIKE:
            yield quad


def _frames(gray: Gray) -> Iterator[Points]:
    """Yield the largest boxes of a page, which may be a form's frame."""
    for box in _largest(boxes_of(gray), MOST_FRAMES):
        if cv2.contourArea(box.astype(np.float32)) > SMALLEST_SHEET * gray.size:
            yield box


def _sheets(gray: Gray) -> Iterator[Points]:
    """Yield what may be the sheet: a light quadrilateral before something dark, the whole scan."""
    height, width = gray.shape
    smooth = cv2.GaussianBlur(gray, (0, 0), max(1.0, max(gray.shape) / 400))
    _, light = cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    contours, _ = cv2.findContours(light, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:MOST_FRAMES]:
        hull = cv2.convexHull(contour)
        area = cv2.contourArea(hull)
        if not SMALLEST_SHEET * gray.size < area < 0.98 * gray.size:
            continue
        four = cv2.approxPolyDP(hull, 0.03 * cv2.arcLength(hull, True), True).reshape(-1, 2)
        quad = clockwise(four.astype(np.float64)) if len(four) == 4 else None
        if quad is not None and cv2.contourArea(quad.astype(np.float32)) > 0.9 * area:
            yield quad
    yield np.array([(0.0, 0.0), (width, 0), (width, height), (0, height)])


def _by_boxes(form: Form, gray: Gray) -> Homography | str:
    """Find a form by its printed boxes alone."""
    cells = _largest(np.concatenate([field.cell_corners for field in form.fields]), MOST_CELLS)
    boxes = _largest(boxes_of(gray), MOST_BOXES)
    best, most = None, 0
    for turn in (0, 2, 1, 3):
        found = np.roll(boxes, turn, axis=1)
        for to, count in _matches(cells, found):
            if count > most:
                best, most = to, count
        if most >= ENOUGH * len(cells):
            break
    if best is None or most < _fewest(cells):
        return f"only {most} of the form's {len(cells)} printed boxes were found"
    if _Outline.of(form, gray).share(best) < OUTLINED:
        return "printed boxes were found, but they do not lie as the form's do"
    return best


def _on_boxes(form: Form, gray: Gray, to: Homography) -> Homography:
    """Return a homography that takes a form's boxes to those printed on a scan, where these agree.

    A sheet that is not quite flat, or whose corner is bent, is found a few pixels beside its place.
    """
    cells, boxes = np.concatenate([field.cell_corners for field in form.fields]), boxes_of(gray)
    if not len(boxes):
        return to
    # the form may lie sideways, but the corners of a printed box begin with its upper left one
    there = moved(cells, to)
    turn = int((there[0] - there[0].mean(axis=0)).sum(axis=1).argmin())
    better, count = _refined(cells, to, np.roll(boxes, turn, axis=1))
    return better if count >= _fewest(cells) else to


def _fewest(cells: Points) -> float:
    """Return how many of a form's cells must be found for these to say where it lies."""
    return max(FEWEST_MATCHES[0] * len(cells), FEWEST_MATCHES[1])


def _largest(boxes: Points, most: int) -> Points:
    """Return so many boxes, n×4×2, of the largest area, the largest first."""
    areas = np.prod(np.linalg.norm(boxes[:, [1, 3]] - boxes[:, [0]], axis=2), axis=1)
    return np.asarray(boxes[np.argsort(-areas, kind="stable")[:most]])


def _matches(cells: Points, boxes: Points) -> list[tuple[Homography, int]]:
    """Return ways in which cells of a form may lie on boxes of a scan, with how many agree.

    Of the cells, the first ones are the largest.
    """
    if not len(boxes):
        return []
    guesses = []
    for cell in cells[:LIKELIEST]:
        for box in boxes:
            to = _similarity(cell, box)
            if to is not None:
                guesses.append((_pairs(cells, to, boxes)[0].size, to))
    guesses.sort(key=lambda guess: -guess[0])
    return [_refined(cells, to, boxes) for _, to in guesses[:TRIED]]


def _similarity(start: Points, end: Points) -> Homography | None:
    """Return the similarity that takes a box nearest to another; None where their shapes differ."""
    p, q = (shape[:, 0] + 1j * shape[:, 1] for shape in (start, end))
    p0, q0 = p - p.mean(), q - q.mean()
    a = (p0.conj() @ q0) / (p0.conj() @ p0)
    if np.abs(a * p0 - q0).max() > NEAR * np.abs(np.roll(q0, -1) - q0).min():
        return None
    b = q.mean() - a * p.mean()
    return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag], [0, 0, 1]])


def _pairs(
    cells: Points, to: Homography, boxes: Points
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which cells lie on a box of the scan, and on which."""
    there = moved(cells, to)
    side = np.linalg.norm(np.roll(there, -1, axis=1) - there, axis=2).min(axis=1)
    own, others = (shapes.mean(axis=1).astype(np.float32) for shapes in (there, boxes))
    away, which = (np.asarray(of)[:, 0] for of in cv2.batchDistance(own, others, cv2.CV_32F, K=1))
    apart = np.abs(there - boxes[which]).max(axis=(1, 2))
    near = np.flatnonzero((away < NEAR * side) & (apart < 2 * NEAR * side))
    return near, which[near]


def _refined(cells: Points, to: Homography, boxes: Points) -> tuple[Homography, int]:
    """Return a homography that fits all boxes that agree with it, and how many do."""
    for _ in range(ROUNDS):
        near, which = _pairs(cells, to, boxes)
        if len(near) < FEWEST_MATCHES[1]:
            break
        start, end = cells[near].reshape(-1, 2), boxes[which].reshape(-1, 2)
        better, _ = cv2.findHomography(start, end)
        if better is None or not np.isfinite(better).all():
            break
        to = np.asarray(better, np.float64)
    return to, len(_pairs(cells, to, boxes)[0])
