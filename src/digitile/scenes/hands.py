"""Hands: who writes. A hand's digits look alike, as one person writes them with one pen.

Each glyph is drawn from the seed of its own place, when it is first used: so it does not matter
what was drawn before it, or by which process.
"""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from digitile.scenes.glyphs import (
    HEIGHT,
    Glyph,
    Ink,
    Pen,
    Rng,
    draw_bitmap,
    draw_lines,
    draw_pen,
    draw_strokes,
    make_glyph,
)
from digitile.scenes.materials import Materials
from digitile.scenes.shapes import CONTINENTAL, MARKS, slash_through

HANDS = 48
"""So many hands a studio has."""

VARIANTS = 3
"""So many glyphs of a digit or mark a hand has."""

WORDS = 8
"""So many words a hand has."""

SIGN_VARIANTS = 2
"""So many glyphs of a letter or sign."""


class Kind(IntEnum):
    """What a hand's glyph is."""

    DIGIT = 0
    MARK = 1
    SIGN = 2
    WORD = 3


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
        self._glyphs: dict[tuple[Kind, int, int], Glyph] = {}
        rng = np.random.default_rng(seed)
        self._from_mnist = rng.random() < 0.35
        self._writer = int(rng.choice(materials.writers))
        self._bolder = float(rng.uniform(-1.2, 2.2))
        self._pen = draw_pen(rng)
        if self._from_mnist:  # whose strokes are about 2.6 of a digit's 20 pixels wide
            self._pen = Pen(max(0.05, (2.6 + self._bolder) / 20), 0.0, 0.0, 0.0)
        self._continental = rng.random() < 0.3
        self.signs = materials.signs_of.keys()
        self.width = self._pen.width
        self.slant = float(np.clip(rng.normal(0, 0.15), -0.3, 0.3))
        self.aspect = float(np.exp(rng.normal(0, 0.15)))

    def digit(self, digit: int, rng: Rng) -> Glyph:
        """Return one of the hand's glyphs of a digit."""
        return self._get(Kind.DIGIT, digit, int(rng.integers(VARIANTS)))

    def mark(self, mark: str, rng: Rng) -> Glyph:
        """Return a ``.``, ``,``, ``-`` or ``/`` of the hand, `HEIGHT` to a digit."""
        return self._get(Kind.MARK, ord(mark), int(rng.integers(VARIANTS)))

    def sign(self, sign: str, rng: Rng) -> Glyph:
        """Return one of the hand's glyphs of a letter or sign."""
        return self._get(Kind.SIGN, ord(sign), int(rng.integers(SIGN_VARIANTS)))

    def word(self, rng: Rng) -> Glyph:
        """Return one of the hand's words."""
        return self._get(Kind.WORD, int(rng.integers(WORDS)), 0)

    def _get(self, kind: Kind, what: int, variant: int) -> Glyph:
        glyph = self._glyphs.get((kind, what, variant))
        if glyph is None:
            rng = np.random.default_rng((*self._seed, kind, what, variant))
            draw = (self._digit_ink, self._mark_ink, self._sign_ink, self._word_ink)[kind]
            while glyph is None:
                glyph = make_glyph(draw(what, rng), rng)
            self._glyphs[kind, what, variant] = glyph
        return glyph

    def _digit_ink(self, digit: int, rng: Rng) -> Ink:
        materials = self._materials
        if self._continental and digit in CONTINENTAL and rng.random() < 0.8:
            return draw_strokes(CONTINENTAL[digit](rng), self._pen, rng)
        if self._from_mnist:
            image = materials.mnist.images[_any(materials.mnist_of[digit], rng), 0]
            return draw_bitmap(image, self._bolder, rng)
        mine = materials.digits_of.get((self._writer, str(digit)))
        if mine is None:
            mine = np.flatnonzero(materials.digits.texts == str(digit))
        lines = materials.digits.lines(_any(mine, rng))
        if digit == 0 and rng.random() < 0.08:
            lines = [*lines, slash_through(lines, rng)]
        return draw_strokes(lines, self._pen, rng)

    def _mark_ink(self, code: int, rng: Rng) -> Ink:
        lines = [HEIGHT * line for line in MARKS[chr(code)](rng)]
        return draw_lines(lines, self._pen, rng)

    def _sign_ink(self, code: int, rng: Rng) -> Ink:
        place = _any(self._materials.signs_of[chr(code)], rng)
        return draw_strokes(self._materials.signs.lines(place), self._pen, rng)

    def _word_ink(self, _: int, rng: Rng) -> Ink:
        words = self._materials.words
        # a word is about twice as tall as its small letters
        pen = self._pen._replace(width=0.55 * self._pen.width, nib=0.55 * self._pen.nib)
        return draw_strokes(words.lines(int(rng.integers(len(words)))), pen, rng)


def _any(places: NDArray[np.int64], rng: Rng) -> int:
    return int(places[rng.integers(len(places))])
