"""Draw the pictures of examples/: digits of our own hand, as splines, on several kinds of paper.

python scripts/draw_examples.py [FOLDER]     the same pictures each time
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.float64]
Points = list[tuple[float, float]]

FINE = 4
"""Pixels are drawn this much finer, then averaged."""

STROKES: dict[int, list[Points]] = {
    0: [[(0.55, 0.06), (0.25, 0.15), (0.14, 0.5), (0.3, 0.9), (0.62, 0.92), (0.84, 0.55),
         (0.78, 0.2), (0.55, 0.06), (0.42, 0.1)]],
    1: [[(0.36, 0.26), (0.56, 0.05), (0.53, 0.5), (0.49, 0.96)]],
    2: [[(0.2, 0.27), (0.4, 0.06), (0.74, 0.14), (0.7, 0.42), (0.42, 0.7), (0.16, 0.92),
         (0.45, 0.86), (0.86, 0.93)]],
    3: [[(0.2, 0.14), (0.5, 0.04), (0.76, 0.2), (0.62, 0.42), (0.4, 0.47)],
        [(0.4, 0.47), (0.72, 0.52), (0.8, 0.76), (0.52, 0.96), (0.18, 0.86)]],
    4: [[(0.46, 0.04), (0.34, 0.3), (0.14, 0.6), (0.5, 0.61), (0.9, 0.58)],
        [(0.68, 0.3), (0.66, 0.6), (0.62, 0.97)]],
    5: [[(0.78, 0.06), (0.52, 0.07), (0.3, 0.08), (0.26, 0.44), (0.55, 0.38), (0.8, 0.6),
         (0.66, 0.9), (0.36, 0.95), (0.16, 0.84)]],
    6: [[(0.66, 0.05), (0.38, 0.26), (0.22, 0.6), (0.34, 0.93), (0.68, 0.9), (0.76, 0.64),
         (0.52, 0.52), (0.26, 0.7)]],
    7: [[(0.16, 0.12), (0.48, 0.1), (0.84, 0.08), (0.62, 0.45), (0.42, 0.96)],
        [(0.34, 0.52), (0.56, 0.5), (0.76, 0.5)]],
    8: [[(0.7, 0.16), (0.44, 0.05), (0.26, 0.22), (0.5, 0.46), (0.76, 0.7), (0.58, 0.94),
         (0.28, 0.86), (0.3, 0.62), (0.56, 0.42), (0.74, 0.2), (0.62, 0.08)]],
    9: [[(0.74, 0.22), (0.46, 0.06), (0.24, 0.26), (0.4, 0.48), (0.68, 0.38), (0.75, 0.18),
         (0.71, 0.55), (0.6, 0.95)]],
}  # fmt: skip
"""Each digit's strokes, in a box of side 1, y downwards."""


@dataclass(frozen=True)
class Example:
    """One picture: the digit and how it is written (None: nothing is).

    `place` is the middle and the height of the digit and `pen` the width of the line, as shares of
    the picture's height; `slant` is in degrees; `ink` is RGB.
    """

    name: str
    digit: int | None
    paper: Callable[[int, int, np.random.Generator], Picture]
    ink: tuple[int, int, int] = (30, 30, 34)
    size: tuple[int, int] = (240, 320)
    place: tuple[float, float, float] = (0.5, 0.5, 0.6)
    pen: float = 0.05
    slant: float = 0.0


def plain(colour: tuple[int, int, int]) -> Callable[[int, int, np.random.Generator], Picture]:
    """Return paper of one colour, with its grain."""

    def paper(height: int, width: int, rng: np.random.Generator) -> Picture:
        grain = cv2.GaussianBlur(rng.normal(0, 12, (height, width)), (0, 0), 2.0)
        return np.array(colour, float) + grain[:, :, None]

    return paper


def shaded(height: int, width: int, rng: np.random.Generator) -> Picture:
    """Return white paper with a hand's shadow from the lower left."""
    y, x = np.mgrid[0:height, 0:width] / height
    edge = 1 / (1 + np.exp(-12 * (y - 0.45 - 0.35 * x)))
    return plain((226, 224, 216))(height, width, rng) * (1 - 0.45 * edge)[:, :, None]


def squared(height: int, width: int, rng: np.random.Generator) -> Picture:
    """Return a sheet of squared paper, faint blue lines."""
    paper = plain((244, 244, 240))(height, width, rng)
    step, wide = height // 7, max(1, height // 240)
    for start in range(step // 2, max(height, width), step):
        for lines in (paper[start : start + wide], paper[:, start : start + wide]):
            lines[:] = 0.75 * lines + 0.25 * np.array([120, 150, 220])
    return paper


def board(height: int, width: int, rng: np.random.Generator) -> Picture:
    """Return a blackboard, not well wiped."""
    smear = cv2.GaussianBlur(rng.normal(0, 160, (height, width)), (0, 0), 18.0)
    return plain((44, 58, 52))(height, width, rng) + smear[:, :, None]


EXAMPLES = [
    Example("zero-pencil.jpg", 0, plain((236, 234, 228)), (96, 96, 100), pen=0.035, slant=8),
    Example("one-marker.jpg", 1, plain((250, 250, 250)), (20, 20, 20), pen=0.09),
    Example("two-shadow.jpg", 2, shaded, (34, 36, 60), (320, 320), (0.47, 0.5, 0.5), 0.045, -6),
    Example("three-blue-ink.jpg", 3, plain((246, 244, 236)), (38, 56, 150), (260, 200)),
    Example("four-squared-paper.jpg", 4, squared, (24, 40, 120), pen=0.045, slant=6),
    Example("five-red-pen.jpg", 5, plain((240, 238, 230)), (190, 40, 44), (280, 220), slant=4),
    Example("six-chalk.jpg", 6, board, (226, 230, 224), (300, 300), (0.52, 0.5, 0.62), 0.06),
    Example("seven-sticky-note.jpg", 7, plain((248, 226, 110)), (40, 44, 50), (220, 220), pen=0.06),
    Example("eight-small.png", 8, plain((252, 252, 252)), (10, 10, 10), (36, 30), pen=0.08),
    Example("nine-white-on-black.png", 9, plain((8, 8, 8)), (240, 240, 240), (160, 120), slant=9),
    Example("blank-paper.jpg", None, shaded, size=(240, 320)),
]


def spline(points: Points, steps: int = 24) -> Picture:
    """Return a Catmull-Rom curve through points, M×2."""
    p = np.array([points[0], *points, points[-1]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    parts = [
        0.5
        * (
            2 * b
            + (c - a) * t
            + (2 * a - 5 * b + 4 * c - d) * t**2
            + (3 * b - a - 3 * c + d) * t**3
        )
        for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False)
    ]
    return np.concatenate([*parts, p[-1:]])


def written(example: Example, rng: np.random.Generator) -> Picture:
    """Return how much ink lies on each pixel, 0 to 1, H×W."""
    height, width = (FINE * side for side in example.size)
    ink = np.zeros((height, width), np.uint8)
    if example.digit is None:
        return ink.astype(float)[::FINE, ::FINE]
    x0, y0, tall = example.place
    lean = np.tan(np.radians(example.slant))
    for points in STROKES[example.digit]:
        shaken = [(x + rng.normal(0, 0.012), y + rng.normal(0, 0.012)) for x, y in points]
        curve = spline(shaken)
        curve[:, 0] = (curve[:, 0] - 0.5) * 0.72 - (curve[:, 1] - 0.5) * lean
        at = np.array([x0 * width, y0 * height]) + (curve - [0, 0.5]) * tall * height
        for k, (x, y) in enumerate(at):
            pressure = 1 + 0.18 * np.sin(0.11 * k + rng.normal(0, 0.2))
            radius = 0.5 * example.pen * height * pressure
            cv2.circle(ink, (round(x), round(y)), max(1, round(radius)), 255, -1, cv2.LINE_AA)
    size = (example.size[1], example.size[0])
    small = cv2.resize(ink, size, interpolation=cv2.INTER_AREA)
    return cv2.GaussianBlur(small.astype(float) / 255, (0, 0), 0.6)


def draw(example: Example) -> NDArray[np.uint8]:
    """Return the picture, H×W×3, RGB."""
    rng = np.random.default_rng(sum(example.name.encode()))
    ink = written(example, rng)
    paper = example.paper(*example.size, rng)
    uneven = 1 - 0.12 * rng.random(ink.shape)  # ink does not cover evenly
    cover = (ink * uneven)[:, :, None]
    picture = paper * (1 - cover) + np.array(example.ink) * cover
    picture += rng.normal(0, 2.5, picture.shape)  # the camera's noise
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def main(folder: Path) -> None:
    """Write all examples into `folder`."""
    for example in EXAMPLES:
        Image.fromarray(draw(example)).save(folder / example.name, quality=88)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "examples"))
