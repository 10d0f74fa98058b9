"""Hands: who writes. A hand's digits look alike, as one person writes them with one pen.

Each glyph is drawn from the seed of its own place, when it is first used: so it does not matter
what was drawn before it, or by which process.
"""

from typing import Any

import numpy as np

from digitile.scenes.glyphs import (
    HEIGHT,
    Glyph,
    Ink,
    Pen,
    Points,
    Rng,
    draw_bitmap,
    draw_lines,
    draw_pen,
    draw_strokes,
    make_glyph,
)
from digitile.scenes.materials import Materials

HANDS = 48
"""So many hands a studio has."""

VARIANTS = 3
"""So many glyphs of a digit a hand has."""

WORDS = 8
"""So many words a hand has."""

SIGN_VARIANTS = 2


class Hand:
    """One who writes: MNIST's digits or a writer's, with one pen.

    Attributes
    ----------
    slant : float
        How far the top leans to the right, in heights.
    aspect : float
        How much wider than written.
    width : float
        Of the strokes, in heights of a digit.
    signs : set of str
        The letters and signs it can write.
    """

    def __init__(self, materials: Materials, seed: tuple[int, ...]) -> None:
        self._materials, self._seed = materials, seed
        self._glyphs: dict[tuple[int, ...], Glyph | None] = {}
        rng = np.random.default_rng(seed)
        self._from_mnist = rng.random() < 0.35
        self._writer = int(rng.choice(np.unique(materials.digits.writers)))
        self._bolder = float(rng.uniform(-1.2, 2.2))
        self._pen = draw_pen(rng)
        if self._from_mnist:  # whose strokes are about 2.6 of a digit's 20 pixels wide
            self._pen = Pen(max(0.05, (2.6 + self._bolder) / 20), 0.0, 0.0, 0.0)
        self._continental = rng.random() < 0.3
        self.signs = materials.signs_of.keys()
        self.width = self._pen.width
        self.slant = float(rng.normal(0, 0.18))
        self.aspect = float(np.exp(rng.normal(0, 0.15)))

    def digit(self, digit: int, rng: Rng) -> Glyph:
        """Return one of the hand's glyphs of a digit."""
        return self._get((0, digit, int(rng.integers(VARIANTS))))

    def mark(self, mark: str, rng: Rng) -> Glyph:
        """Return a ``.``, ``,``, ``-`` or ``/`` of the hand, `HEIGHT` to a digit."""
        return self._get((3, ord(mark), int(rng.integers(SIGN_VARIANTS))))

    def sign(self, sign: str, rng: Rng) -> Glyph:
        """Return one of the hand's glyphs of a letter or sign."""
        return self._get((1, ord(sign), int(rng.integers(SIGN_VARIANTS))))

    def word(self, rng: Rng) -> Glyph:
        """Return one of the hand's words."""
        return self._get((2, int(rng.integers(WORDS))))

    def _get(self, key: tuple[int, ...]) -> Glyph:
        glyph = self._glyphs.get(key)
        if glyph is None:
            rng = np.random.default_rng((*self._seed, *key))
            while glyph is None:
                glyph = make_glyph(self._ink(key, rng), rng)
            self._glyphs[key] = glyph
        return glyph

    def _ink(self, key: tuple[int, ...], rng: Rng) -> Ink:
        materials = self._materials
        match key:
            case (0, digit, _):
                return self._digit_ink(digit, rng)
            case (1, code, _):
                found = materials.signs_of[chr(code)]
                lines = materials.signs.lines(int(rng.choice(found)))
            case (3, code, _):
                lines = [HEIGHT * line for line in MARKS[chr(code)](rng)]
                return draw_lines(lines, self._pen, rng)
            case _:
                lines = materials.words.lines(int(rng.integers(len(materials.words))))
                # a word's height is that of two lines of small letters
                return draw_strokes(lines, _finer(self._pen), rng)
        return draw_strokes(lines, self._pen, rng)

    def _digit_ink(self, digit: int, rng: Rng) -> Ink:
        materials = self._materials
        if self._continental and digit in CONTINENTAL and rng.random() < 0.8:
            return draw_strokes(CONTINENTAL[digit](rng), self._pen, rng)
        if self._from_mnist:
            image = materials.mnist.images[rng.choice(materials.mnist_of[digit]), 0]
            return draw_bitmap(image, self._bolder, rng)
        mine: Any = materials.digits_of.get((self._writer, str(digit)))
        if mine is None:
            mine = np.flatnonzero(materials.digits.texts == str(digit))
        lines = materials.digits.lines(int(rng.choice(mine)))
        if digit == 0 and rng.random() < 0.08:
            lines = [*lines, _slash_through(lines, rng)]
        return draw_strokes(lines, self._pen, rng)


def _finer(pen: Pen) -> Pen:
    """Return the pen as it draws words, whose letters are half as tall as the word."""
    return pen._replace(width=0.55 * pen.width, nib=0.55 * pen.nib)


def _slash_through(lines: list[Points], rng: Rng) -> Points:
    points = np.concatenate(lines)
    low, extent = points.min(0), np.ptp(points, axis=0)
    ends = np.array([[0.85, 0.1], [0.15, 0.9]]) + rng.normal(0, 0.12, (2, 2))
    return np.asarray(low + extent * ends, np.float32)


def _hooked_one(rng: Rng) -> list[Points]:
    """Return a 1 with an upstroke that rises at 40° to 68°, sometimes on a foot."""
    lean = rng.uniform(-0.05, 0.2)
    steep = np.radians(rng.uniform(40, 68))
    start = np.array([lean, 0]) + rng.uniform(0.2, 0.7) * np.array([-np.cos(steep), np.sin(steep)])
    lines = [np.array([start, [lean, 0], [rng.normal(0, 0.02), 1]])]
    if rng.random() < 0.2:
        lines.append(np.array([[-rng.uniform(0.15, 0.3), 1], [rng.uniform(0.15, 0.3), 1]]))
    return [line.astype(np.float32) for line in lines]


def _crossed_seven(rng: Rng) -> list[Points]:
    """Return a 7, mostly crossed, sometimes with a serif."""
    right, foot = rng.uniform(0.45, 0.75), rng.uniform(0.0, 0.3)
    top = [[0, rng.uniform(-0.05, 0.08)], [right, rng.uniform(-0.03, 0.03)]]
    middle = [(right + foot) / 2 + rng.uniform(-0.05, 0.08), 0.45]
    lines = [np.array([*top, middle, [foot, 1]])]
    if rng.random() < 0.75:
        tilt, half = rng.uniform(-0.06, 0.08), rng.uniform(0.12, 0.28)
        x, y = middle[0], middle[1] + rng.uniform(-0.08, 0.12)
        lines.append(np.array([[x - half, y + tilt], [x + half, y - tilt]]))
    if rng.random() < 0.25:
        lines.append(np.array([top[0], [rng.normal(0, 0.03), rng.uniform(0.1, 0.22)]]))
    return [line.astype(np.float32) for line in lines]


def _open_four(rng: Rng) -> list[Points]:
    """Return a 4 that is open above: a corner, and a stem through its arm."""
    x, y = rng.uniform(0.4, 0.6), rng.uniform(0.5, 0.7)
    left = [rng.uniform(0.05, 0.3), rng.uniform(0, 0.15)]
    corner = np.array([left, [0, y], [x + rng.uniform(0.08, 0.3), y + rng.normal(0, 0.03)]])
    stem = np.array([[x + rng.uniform(-0.02, 0.08), rng.uniform(0.05, 0.35)], [x - 0.05, 1]])
    return [corner.astype(np.float32), stem.astype(np.float32)]


def _point(rng: Rng) -> list[Points]:
    """Return a dot, or a dash as short as one."""
    return [rng.uniform(0, 0.05, (int(rng.integers(1, 3)), 2)).astype(np.float32)]


def _comma(rng: Rng) -> list[Points]:
    """Return a short stroke down to the left, curved or straight."""
    length, lean = rng.uniform(0.14, 0.3), rng.uniform(0.1, 0.8)
    t = np.linspace(0, 1, 6)[:, None]
    bulge = rng.uniform(0, 0.08) * t * (1 - t) * 4
    line = length * t * np.array([-lean, 1]) + bulge * np.array([1, 0])
    return [line.astype(np.float32)]


def _dash(rng: Rng) -> list[Points]:
    """Return a stroke across, nearly level."""
    length, tilt = rng.uniform(0.2, 0.6), rng.normal(0, 0.1)
    return [(length * np.array([[0, 0], [1, tilt]])).astype(np.float32)]


def _slash(rng: Rng) -> list[Points]:
    """Return a long stroke that leans to the right by 18° to 45°."""
    tall, lean = rng.uniform(1.05, 1.6), np.tan(np.radians(rng.uniform(18, 45)))
    return [np.array([[lean * tall, 0], [0, tall]], np.float32)]


MARKS = {".": _point, ",": _comma, "-": _dash, "/": _slash}
"""The marks of numbers, in heights of a digit."""

CONTINENTAL = {1: _hooked_one, 7: _crossed_seven, 4: _open_four}
"""Digits as most of the world writes them, and MNIST's writers did not."""
