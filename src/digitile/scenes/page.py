"""Pages: what was written, where, and what was printed under it."""

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.scenes.glyphs import INSIDE, OUTLINE, Glyph, Ink, Points, halved

CLASSES = (*"0123456789", "point", "comma", "dash", "slash", "none")
"""What there may be at a place."""

IGNORED = -1
"""The class of what may be a digit to the eye, or not: its places do not count."""


class Marks(NamedTuple):
    """Digits and marks, with their points.

    Attributes
    ----------
    classes : ndarray, int64, G
        Of `CLASSES`, or `IGNORED`.
    points : ndarray, float32, G×P×2
        Pixels of each one's ink: `OUTLINE` farthest ones, then others.
    strokes : ndarray, float32, G
        The width of its strokes in pixels.
    heights : ndarray, float32, G
        The height of the digits it is among.
    """

    classes: NDArray[np.int64]
    points: Points
    strokes: NDArray[np.float32]
    heights: NDArray[np.float32]


class Put(NamedTuple):
    """Where a glyph was put: its points, and the sides of its box."""

    points: Points
    right: float
    top: float
    bottom: float


@dataclass(eq=False)
class ScenePage:
    """A page as its ink is put on it.

    Attributes
    ----------
    ink : ndarray, uint8, H×W
        What was written or printed; 255 is full ink.
    rules : ndarray, uint8, H×W
        Lines that were there before.
    lines : list of tuple of str and list of int
        Each number's text, and which of the marks are its signs.
    """

    ink: Ink
    rules: Ink
    classes: list[int] = field(default_factory=list)
    points: list[Points] = field(default_factory=list)
    strokes: list[float] = field(default_factory=list)
    heights: list[float] = field(default_factory=list)
    lines: list[tuple[str, list[int]]] = field(default_factory=list)

    @classmethod
    def blank(cls, height: int, width: int) -> "ScenePage":
        """Return a page without ink."""
        return cls(np.zeros((height, width), np.uint8), np.zeros((height, width), np.uint8))

    def put(
        self,
        glyph: Glyph,
        size: tuple[float, float],
        at: tuple[float, float],
        lean: tuple[float, float] = (0.0, 0.0),
        strength: float = 1.0,
    ) -> Put:
        """Put a glyph's ink on the page; what lies outside is lost.

        Parameters
        ----------
        glyph : Glyph
        size : tuple of float
            Width and height of its box before it is slanted and turned.
        at : tuple of float
            x of its left side and y of its middle, after that.
        lean : tuple of float
            How far its top leans to the right, in heights; and how far it is turned then, in
            radians clockwise.
        strength : float
            Of the ink, 0 … 1.
        """
        sx, sy = size[0] / glyph.width, size[1] / glyph.height
        c, s = math.cos(lean[1]), math.sin(lean[1])
        # turned · slanted · scaled
        a, b = c * sx, -(c * lean[0] + s) * sy
        d, e = s * sx, (c - s * lean[0]) * sy
        points = glyph.points @ np.array([[a, d], [b, e]], np.float32)
        left, _ = points.min(axis=0).tolist()
        points += np.array([at[0] - left, at[1]], np.float32)
        x, y = at[0] - left, at[1]
        u, v = glyph.middle
        to = np.array([[a, b, x - a * u - b * v], [d, e, y - d * u - e * v]])
        (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
        _stamp(self.ink, glyph, to, (left, top, right, bottom), strength)
        return Put(points, right + 1, top, bottom + 1)

    def mark(self, kind: int, points: Points, stroke: float, height: float) -> int:
        """Note what points belong to, and return its number."""
        self.classes.append(kind)
        self.points.append(points)
        self.strokes.append(stroke)
        self.heights.append(height)
        return len(self.classes) - 1

    def line(self, points: NDArray[Any], width: float) -> None:
        """Draw a line through points, P×2, with a pen of some width in pixels."""
        fixed = np.rint(points * 16).astype(np.int32)
        cv2.polylines(self.ink, [fixed], False, 255, max(1, round(width)), cv2.LINE_AA, 4)

    def frame(self, corners: tuple[float, float, float, float], thick: int) -> None:
        """Print a frame: its left, top, right and bottom."""
        left, top, right, bottom = (round(v) for v in corners)
        cv2.rectangle(self.rules, (left, top), (right, bottom), 255, thick)

    def layers(self) -> list[NDArray[np.uint8]]:
        """Return ink, rules and where the page is, H×W×3: whole, a half, a quarter of the size."""
        whole = np.dstack([self.ink, self.rules, np.full_like(self.ink, 255)])
        half = halved(whole)
        return [whole, half, halved(half)]

    def marks(self) -> Marks:
        """Return what was noted."""
        points = np.array(self.points, np.float32).reshape(-1, OUTLINE + INSIDE, 2)
        return Marks(
            np.array(self.classes, np.int64),
            points,
            np.array(self.strokes, np.float32),
            np.array(self.heights, np.float32),
        )


class Sheet(NamedTuple):
    """A page that was drawn, for pictures to be taken of it.

    Attributes
    ----------
    layers : list of ndarray, uint8, H×W×3
        From `ScenePage.layers`.
    digits : ndarray, int64
        Which of the marks are digits that are wholly on the page.
    lines : list of list of int
        Which of the marks each number has, from its start.
    base : float
        The height of its digits in pixels.
    """

    layers: list[NDArray[np.uint8]]
    marks: Marks
    digits: NDArray[np.int64]
    lines: list[list[int]]
    base: float


def sheet_of(page: ScenePage, base: float) -> Sheet:
    """Return a page whose digits are about `base` pixels tall, as pictures are taken of it."""
    marks = page.marks()
    height, width = page.ink.shape
    low, high = marks.points.min(axis=1), marks.points.max(axis=1)
    inside = (low >= 0).all(axis=1) & (high <= (width - 1, height - 1)).all(axis=1)
    digits = np.flatnonzero(inside & (marks.classes < 10) & (marks.classes != IGNORED))
    lines = [signs for _, signs in page.lines]
    return Sheet(page.layers(), marks, digits, lines, base)


def _stamp(
    layer: Ink,
    glyph: Glyph,
    to: NDArray[np.float64],
    box: tuple[float, float, float, float],
    strength: float,
) -> None:
    """Draw a glyph where `to` takes it; its left, top, right and bottom are there."""
    height, width = layer.shape
    left, top = max(int(box[0]) - 2, 0), max(int(box[1]) - 2, 0)
    right, bottom = min(int(box[2]) + 4, width), min(int(box[3]) + 4, height)
    if left >= right or top >= bottom:
        return
    area = abs(float(to[0, 0] * to[1, 1] - to[0, 1] * to[1, 0]))
    level = 0 if area > 0.45 else 1 if area > 0.11 else 2
    # pixel i of a picture half the size lies at 2i + 1/2 of the whole
    step = 1 << level
    to[:, 2] += 0.5 * (step - 1) * (to[:, 0] + to[:, 1])
    to[:, :2] *= step
    to[:, 2] -= (left, top)
    drawn = cv2.warpAffine(glyph.sizes[level], to, (right - left, bottom - top))
    if strength < 1:
        drawn = cv2.convertScaleAbs(drawn, alpha=strength)
    part = layer[top:bottom, left:right]
    cv2.max(part, drawn, dst=part)
