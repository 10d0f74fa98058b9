"""Draw the pictures of examples/: digits of our own hand, as splines, on several kinds of paper.

python scripts/draw_examples.py [FOLDER]     the same pictures each time
"""

import sys
from collections.abc import Callable, Iterator
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

STROKES: dict[str, list[Points]] = {
    "0": [[(0.55, 0.06), (0.25, 0.15), (0.14, 0.5), (0.3, 0.9), (0.62, 0.92), (0.84, 0.55),
         (0.78, 0.2), (0.55, 0.06), (0.42, 0.1)]],
    "1": [[(0.36, 0.26), (0.56, 0.05), (0.53, 0.5), (0.49, 0.96)]],
    "|": [[(0.55, 0.05), (0.53, 0.35), (0.5, 0.65), (0.47, 0.96)]],
    "2": [[(0.2, 0.27), (0.4, 0.06), (0.74, 0.14), (0.7, 0.42), (0.42, 0.7), (0.16, 0.92),
         (0.45, 0.86), (0.86, 0.93)]],
    "3": [[(0.2, 0.14), (0.5, 0.04), (0.76, 0.2), (0.62, 0.42), (0.4, 0.47)],
        [(0.4, 0.47), (0.72, 0.52), (0.8, 0.76), (0.52, 0.96), (0.18, 0.86)]],
    "4": [[(0.46, 0.04), (0.34, 0.3), (0.14, 0.6), (0.5, 0.61), (0.9, 0.58)],
        [(0.68, 0.3), (0.66, 0.6), (0.62, 0.97)]],
    "5": [[(0.78, 0.06), (0.52, 0.07), (0.3, 0.08), (0.26, 0.44), (0.55, 0.38), (0.8, 0.6),
         (0.66, 0.9), (0.36, 0.95), (0.16, 0.84)]],
    "6": [[(0.66, 0.05), (0.38, 0.26), (0.22, 0.6), (0.34, 0.93), (0.68, 0.9), (0.76, 0.64),
         (0.52, 0.52), (0.26, 0.7)]],
    "7": [[(0.16, 0.12), (0.48, 0.1), (0.84, 0.08), (0.62, 0.45), (0.42, 0.96)],
        [(0.34, 0.52), (0.56, 0.5), (0.76, 0.5)]],
    "8": [[(0.7, 0.16), (0.44, 0.05), (0.26, 0.22), (0.5, 0.46), (0.76, 0.7), (0.58, 0.94),
         (0.28, 0.86), (0.3, 0.62), (0.56, 0.42), (0.74, 0.2), (0.62, 0.08)]],
    "9": [[(0.74, 0.22), (0.46, 0.06), (0.24, 0.26), (0.4, 0.48), (0.68, 0.38), (0.75, 0.18),
         (0.71, 0.55), (0.6, 0.95)]],
}  # fmt: skip
"""Each digit's strokes, in a box of side 1, y downwards; | is a 1 without its upstroke."""


@dataclass(frozen=True)
class Words:
    """Digits in a row; a blank between them is a wide gap.

    `middle` is theirs and `tall` a digit's height, as shares of the picture's width and height;
    from digit to digit it is `pitch` times as far as a digit is tall.
    """

    text: str
    middle: tuple[float, float] = (0.5, 0.5)
    tall: float = 0.6
    pitch: float = 0.78


@dataclass(frozen=True)
class Example:
    """One picture: what is written on it, and how.

    `pen` is the width of the line as a share of the picture's height; `slant` is in degrees; `ink`
    is RGB. `sway` is how much a digit differs from the next in size, place and slope, and `tilt`
    how much the camera leans, both 0 for not at all.
    """

    name: str
    words: tuple[Words, ...]
    paper: Callable[[int, int, np.random.Generator], Picture]
    ink: tuple[int, int, int] = (30, 30, 34)
    size: tuple[int, int] = (240, 320)
    pen: float = 0.05
    slant: float = 0.0
    sway: float = 0.0
    tilt: float = 0.0


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


def _dye(part: Picture, colour: tuple[int, int, int], cover: float) -> None:
    """Print a colour over a part of a paper."""
    part[:] = (1 - cover) * part + cover * np.array(colour)


def squared(height: int, width: int, rng: np.random.Generator) -> Picture:
    """Return a sheet of squared paper, faint blue lines."""
    paper = plain((244, 244, 240))(height, width, rng)
    step, wide = height // 7, max(1, height // 240)
    for start in range(step // 2, max(height, width), step):
        for lines in (paper[start : start + wide], paper[:, start : start + wide]):
            _dye(lines, (120, 150, 220), 0.25)
    return paper


def board(height: int, width: int, rng: np.random.Generator) -> Picture:
    """Return a blackboard, not well wiped."""
    smear = cv2.GaussianBlur(rng.normal(0, 160, (height, width)), (0, 0), 18.0)
    return plain((44, 58, 52))(height, width, rng) + smear[:, :, None]


def lined(height: int, width: int, rng: np.random.Generator) -> Picture:
    """Return lined paper, with a red margin and the shadow of a hand."""
    paper = shaded(height, width, rng)
    for y in np.linspace(0.1, 0.95, 7):
        _dye(paper[round(y * height) :][:2], (130, 150, 190), 0.6)
    _dye(paper[:, round(0.08 * width) :][:, :2], (200, 90, 90), 0.6)
    return paper


def boxes(
    count: int, words: Words, colour: tuple[int, int, int], ground: tuple[int, int, int]
) -> Callable[[int, int, np.random.Generator], Picture]:
    """Return a form with a box printed for each digit of a text."""

    def paper(height: int, width: int, rng: np.random.Generator) -> Picture:
        form = plain(ground)(height, width, rng)
        step, half = words.pitch * words.tall * height, round(0.72 * words.tall * height)
        left, y0 = words.middle[0] * width - count * step / 2, round(words.middle[1] * height)
        top, bottom = y0 - half, y0 + half
        for k in range(count + 1):
            _dye(form[top : bottom + 2, round(left + k * step) :][:, :2], colour, 0.85)
        for y in (top, bottom):
            _dye(form[y : y + 2, round(left) : round(left + count * step)], colour, 0.85)
        return form

    return paper


WHITE = (246, 245, 240)
POSTAL = Words("430072", (0.5, 0.52), 0.42, 1.25)
DATE = Words("08031990", (0.5, 0.5), 0.36, 1.15)

EXAMPLES = [
    Example("zero-pencil.jpg", (Words("0"),), plain((236, 234, 228)), (96, 96, 100),
            pen=0.035, slant=8),
    Example("one-marker.jpg", (Words("1"),), plain((250, 250, 250)), (20, 20, 20), pen=0.09),
    Example("two-shadow.jpg", (Words("2", (0.47, 0.5), 0.5),), shaded, (34, 36, 60), (320, 320),
            0.045, -6),
    Example("three-blue-ink.jpg", (Words("3"),), plain((246, 244, 236)), (38, 56, 150), (260, 200)),
    Example("four-squared-paper.jpg", (Words("4"),), squared, (24, 40, 120), pen=0.045, slant=6),
    Example("five-red-pen.jpg", (Words("5"),), plain((240, 238, 230)), (190, 40, 44), (280, 220),
            slant=4),
    Example("six-chalk.jpg", (Words("6", (0.52, 0.5), 0.62),), board, (226, 230, 224), (300, 300),
            0.06),
    Example("seven-sticky-note.jpg", (Words("7"),), plain((248, 226, 110)), (40, 44, 50),
            (220, 220), 0.06),
    Example("eight-small.png", (Words("8"),), plain((252, 252, 252)), (10, 10, 10), (36, 30), 0.08),
    Example("nine-white-on-black.png", (Words("9"),), plain((8, 8, 8)), (240, 240, 240), (160, 120),
            slant=9),
    Example("blank-paper.jpg", (), shaded),
    Example("postal-code-430072.jpg", (POSTAL,), boxes(6, POSTAL, (196, 70, 60), (238, 228, 204)),
            (28, 36, 84), (240, 800), 0.03, 5, 1, 0.03),
    Example("date-08031990.jpg", (DATE,), boxes(8, DATE, (90, 96, 100), WHITE), (24, 26, 30),
            (240, 860), 0.026, 3, 1, 0.03),
    Example("amount-2475.jpg", (Words("2475", tall=0.5),), squared, (30, 50, 140), (320, 600),
            0.03, 9, 1, 0.04),
    Example("phone-01614960374.jpg", (Words("0|6| 496 0374", tall=0.34, pitch=0.72),),
            plain((248, 226, 120)), (40, 40, 48), (220, 900), 0.028, 7, 1, 0.03),
    Example("lines-1968-725-30416.jpg",
            (Words("1968", (0.34, 0.25), 0.16), Words("725", (0.31, 0.53), 0.16),
             Words("30416", (0.39, 0.81), 0.16)),
            lined, (40, 60, 130), (480, 640), 0.013, 6, 1, 0.04),
    Example("blackboard-314159.jpg", (Words("314159", (0.5, 0.5), 0.45),), board, (230, 232, 226),
            (320, 760), 0.04, 2, 1, 0.03),
]  # fmt: skip


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


def places(example: Example, rng: np.random.Generator) -> Iterator[tuple[str, Picture]]:
    """Yield each digit with how its box of side 1 comes to lie on the picture, 2×3."""
    height, width = example.size
    for words in example.words:
        x = -words.pitch * (len(words.text) - 1 - 0.4 * words.text.count(" ")) / 2
        for character in words.text:
            if character == " ":
                x += 0.6 * words.pitch
                continue
            grow, stretch, lean, dx, dy = example.sway * rng.normal(
                0, [0.05, 0.05, 0.05, 0.03, 0.03]
            )
            lean += np.tan(np.radians(example.slant))
            across = 0.72 * (1 + stretch)
            tall = (1 + grow) * words.tall * height
            away = np.array([x + dx, dy]) * words.tall * height
            middle = np.array(words.middle) * (width, height) + away
            turn = tall * np.array([[across, -lean], [0, 1]])
            yield character, np.column_stack([turn, middle - turn @ [0.5, 0.5]])
            x += words.pitch


def written(example: Example, rng: np.random.Generator) -> Picture:
    """Return how much ink lies on each pixel, 0 to 1, H×W."""
    height, width = example.size
    ink = np.zeros((FINE * height, FINE * width), np.uint8)
    shake = 0.012 * (1 + example.sway)
    for digit, place in places(example, np.random.default_rng(len(example.name))):
        for points in STROKES[digit]:
            shaken = [(x + rng.normal(0, shake), y + rng.normal(0, shake)) for x, y in points]
            curve = FINE * (spline(shaken) @ place[:, :2].T + place[:, 2])
            for k, (x, y) in enumerate(curve):
                pressure = 1 + 0.18 * np.sin(0.11 * k + rng.normal(0, 0.2))
                radius = 0.5 * FINE * example.pen * height * pressure
                cv2.circle(ink, (round(x), round(y)), max(1, round(radius)), 255, -1, cv2.LINE_AA)
    small = cv2.resize(ink, (width, height), interpolation=cv2.INTER_AREA)
    return cv2.GaussianBlur(small.astype(float) / 255, (0, 0), 0.6)


def photographed(picture: Picture, tilt: float, rng: np.random.Generator) -> Picture:
    """Return a sheet as a camera that leans a little sees it: not quite sharp, light uneven."""
    height, width = picture.shape[:2]
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    inward = np.sign(corners.mean(axis=0) - corners) * rng.uniform(0, tilt * height, (4, 2))
    turn = cv2.getPerspectiveTransform((corners + inward).astype(np.float32), corners)
    seen = cv2.warpPerspective(picture, turn, (width, height), flags=cv2.INTER_CUBIC)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    angle = rng.uniform(0, 2 * np.pi)
    light = 0.9 + 0.1 * (x * np.cos(angle) + y * np.sin(angle)) - 0.05 * (x**2 + y**2)
    warmth = np.array([1.02, 1.0, 0.96])
    return cv2.GaussianBlur(seen, (0, 0), 0.7) * light[:, :, None] * warmth


def draw(example: Example) -> NDArray[np.uint8]:
    """Return the picture, H×W×3, RGB."""
    rng = np.random.default_rng(sum(example.name.encode()))
    ink = written(example, rng)
    paper = example.paper(*example.size, rng)
    uneven = 1 - 0.12 * rng.random(ink.shape)  # ink does not cover evenly
    cover = (ink * uneven)[:, :, None]
    picture = paper * (1 - cover) + np.array(example.ink) * cover
    if example.tilt:
        picture = photographed(picture, example.tilt, rng)
    picture += rng.normal(0, 2.5, picture.shape)  # the camera's noise
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def main(folder: Path) -> None:
    """Write all examples into `folder`."""
    for example in EXAMPLES:
        Image.fromarray(draw(example)).save(folder / example.name, quality=88)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "examples"))
