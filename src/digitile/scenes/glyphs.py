"""Glyphs: what a pen wrote, as ink at one size, ready to be put on a page at any size.

A glyph is drawn once, `HEIGHT` pixels tall or `WIDTH` wide, and used many times: each use scales,
slants and turns it by one affine map. Some of its points go the same way, so that the box of what
was put on the page is known as exactly as the points, whatever becomes of the page.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Ink = NDArray[np.uint8]
Points = NDArray[np.float32]
Rng = np.random.Generator

HEIGHT = 64
WIDTH = 640
MARGIN = 3
"""Pixels of paper around the ink of a glyph."""

OUTLINE = 24
"""So many of a glyph's points are the farthest ones in as many directions."""

INSIDE = 24
"""So many more are anywhere in its ink."""

SOLID = 110
"""Ink above this counts as ink: about half, where the edge of a stroke is."""

_angles = np.arange(OUTLINE) * (2 * np.pi / OUTLINE)
_DIRECTIONS = np.stack([np.cos(_angles), np.sin(_angles)]).astype(np.float32)


class Glyph(NamedTuple):
    """Ink, 0 … 255.

    Attributes
    ----------
    sizes : tuple of ndarray, uint8, h×w
        The whole, a half, a quarter of its size.
    points : ndarray, float32, P×2
        x and y of pixels of the whole, from the middle of its ink's box: `OUTLINE` farthest
        ones, then `INSIDE` others.
    middle : tuple of float
        x and y of that middle.
    width, height : float
        Of that box.
    stroke : float
        The width of its strokes in pixels.
    """

    sizes: tuple[Ink, Ink, Ink]
    points: Points
    middle: tuple[float, float]
    width: float
    height: float
    stroke: float


class Pen(NamedTuple):
    """How a pen draws.

    Attributes
    ----------
    width : float
        Of its strokes, in heights of a digit.
    pressure : float
        How much the width varies along a stroke, 0 … 1.
    nib : float
        Length of a broad nib, in heights of a digit; 0 for a round point.
    nib_angle : float
        In radians.
    """

    width: float
    pressure: float
    nib: float
    nib_angle: float


def draw_pen(rng: Rng) -> Pen:
    """Draw a pen: mostly a round point, from a hard pencil to a thick marker."""
    width = float(np.exp(rng.uniform(np.log(0.03), np.log(0.17))))
    pressure = rng.uniform(0.1, 0.5) if rng.random() < 0.3 else 0.0
    nib = rng.uniform(0.3, 1.2) * width if rng.random() < 0.2 else 0.0
    return Pen(width, pressure, nib, rng.uniform(0, np.pi))


def make_glyph(ink: Ink, rng: Rng) -> Glyph | None:
    """Return the glyph of some ink, or None where there is none."""
    _, solid = cv2.threshold(ink, SOLID, 1, cv2.THRESH_BINARY)
    x, y, width, height = cv2.boundingRect(solid)
    if not width:
        return None
    # whole fours, so that pixels of a quarter are those of the whole
    w, h = (-(-(side + 2 * MARGIN) // 4) * 4 for side in (width, height))
    room = np.zeros((h, w), np.uint8)
    box = slice(MARGIN, MARGIN + height), slice(MARGIN, MARGIN + width)
    room[box] = ink[y : y + height, x : x + width]
    solid = np.asarray(solid[y : y + height, x : x + width])
    pixels = np.asarray(cv2.findNonZero(solid), np.float32).reshape(-1, 2)
    outline = (pixels @ _DIRECTIONS).argmax(axis=0)
    chosen = np.concatenate([outline, rng.integers(len(pixels), size=INSIDE)])
    # the mean distance to the edge of a strip is a quarter of its width
    edge = cv2.distanceTransform(np.pad(solid, 1), cv2.DIST_L2, 3)
    stroke = max(1.0, 4 * float(edge.sum()) / len(pixels) - 1)
    half = halved(room)
    middle = (width - 1) / 2, (height - 1) / 2
    points = pixels[chosen] - np.array(middle, np.float32)
    at = middle[0] + MARGIN, middle[1] + MARGIN
    return Glyph((room, half, halved(half)), points, at, width, height, stroke)


def halved(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the means of 2×2 pixels."""
    half = cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return np.asarray(half, np.uint8)


def draw_strokes(lines: list[Points], pen: Pen, rng: Rng) -> Ink:
    """Return the ink of strokes, x and y in any unit, as tall and wide as a glyph may be."""
    points = np.concatenate(lines)
    low, extent = points.min(0), np.ptp(points, axis=0)
    scale = min(HEIGHT / max(extent[1], 1e-3), WIDTH / max(extent[0], 1e-3), 3 * HEIGHT)
    return draw_lines([(_smoothed(line) - low) * scale for line in lines], pen, rng)


def draw_lines(lines: list[Points], pen: Pen, rng: Rng) -> Ink:
    """Return the ink of strokes whose x and y are pixels, `HEIGHT` to a digit."""
    points = np.concatenate(lines)
    low, extent = points.min(0), np.ptp(points, axis=0)
    margin = (pen.width + pen.nib) * HEIGHT + 6
    w, h = np.ceil(extent + 2 * margin).astype(int)
    ink = np.zeros((h, w), np.uint8)
    # long waves bend all of it a little
    size, phase = rng.uniform(0, 0.025) * HEIGHT, rng.uniform(0, 2 * np.pi, 2)
    turns = rng.uniform(2, 6, (2, 2)).astype(np.float32) / HEIGHT
    for line in lines:
        placed = line - low
        _draw_line(ink, placed + margin + size * np.sin(placed @ turns + phase), pen, rng)
    return ink


def _draw_line(ink: Ink, line: Points, pen: Pen, rng: Rng) -> None:
    """Draw one stroke; 1/16 pixel is the least step."""
    width = pen.width * HEIGHT
    if len(line) == 1 or np.ptp(line, axis=0).max() < 0.5:
        centre = tuple(np.rint(line[0] * 16).astype(int).tolist())
        cv2.circle(ink, centre, int(max(1.0, 0.6 * width) * 16), 255, -1, cv2.LINE_AA, 4)
        return
    fixed = np.rint(line * 16).astype(np.int32)
    if pen.nib:
        along = np.array([np.cos(pen.nib_angle), np.sin(pen.nib_angle)]) * pen.nib * HEIGHT * 16
        count = max(2, int(pen.nib * HEIGHT / max(1.0, 0.5 * width)) + 1)
        shifts = [np.rint(along * t).astype(np.int32) for t in np.linspace(-0.5, 0.5, count)]
        thin = max(1, round(0.6 * width))
        cv2.polylines(ink, [fixed + s for s in shifts], False, 255, thin, cv2.LINE_AA, 4)
    elif pen.pressure:
        t = np.linspace(0, rng.uniform(1, 3), len(line))
        widths = width * (1 + pen.pressure * np.sin(2 * np.pi * (t + rng.random())))
        for a, b, wide in zip(fixed[:-1], fixed[1:], widths[1:].tolist(), strict=True):
            cv2.line(ink, a.tolist(), b.tolist(), 255, max(1, round(wide)), cv2.LINE_AA, 4)
    else:
        cv2.polylines(ink, [fixed], False, 255, max(1, round(width)), cv2.LINE_AA, 4)


def _smoothed(line: Points) -> Points:
    """Return the stroke without the steps of the tablet."""
    if len(line) < 3:
        return line
    middle = 0.25 * line[:-2] + 0.5 * line[1:-1] + 0.25 * line[2:]
    return np.concatenate([line[:1], middle, line[-1:]])


def draw_bitmap(image: NDArray[np.uint8], bolder: float, rng: Rng) -> Ink:
    """Return a small picture of ink four times its size, with strokes wider by `bolder` pixels.

    Parameters
    ----------
    image : ndarray, uint8, h×w
        Ink is bright.
    bolder : float
        In pixels of `image`; below 0 for thinner ones.
    rng : numpy.random.Generator
        Bends it.
    """
    image = np.pad(image, 4)
    h, w = 4 * image.shape[0], 4 * image.shape[1]
    large = cv2.resize(image, (w, h), interpolation=cv2.INTER_CUBIC)
    size = rng.uniform(0, 2.5)
    bend = cv2.resize(rng.normal(0, size, (5, 5, 2)).astype(np.float32), (w, h))
    y, x = np.mgrid[:h, :w].astype(np.float32)
    large = cv2.remap(large, x + bend[..., 0], y + bend[..., 1], cv2.INTER_LINEAR)
    # where the distance to the edge is known, the edge may go anywhere
    inside = cv2.distanceTransform((large > 127).view(np.uint8), cv2.DIST_L2, 3)
    outside = cv2.distanceTransform((large <= 127).view(np.uint8), cv2.DIST_L2, 3)
    # strokes lose at most 60 % of their width
    edge = inside - outside - min(-2 * bolder, 0.6 * float(inside.max()))
    smooth = cv2.GaussianBlur(np.clip(edge, -4, 4), (0, 0), 1.2)
    return np.asarray(np.clip(smooth * 160 + 128, 0, 255), np.uint8)
