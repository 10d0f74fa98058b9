"""What is no digit: letters, words, print, signs, drawings, stamps, digits lying on their side.

Letters that are digits to the eye (`LIKE_DIGITS`) are drawn within words only, and words of hardly
anything else are not drawn at all.
"""

import re
import string
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.scenes.glyphs import Glyph, Rng
from digitile.scenes.hands import Hand
from digitile.scenes.materials import LIKE_DIGITS, is_word
from digitile.scenes.page import ScenePage
from digitile.scenes.prints import Prints

SAFE = "".join(sorted(set(string.ascii_letters + "#%*+=@<>") - LIKE_DIGITS))
"""Signs that may stand alone."""

LETTERS = string.ascii_letters
_WEIGHTS = np.array([12.0 if c in "etaoinshr" else 4.0 if c.islower() else 2.0 for c in LETTERS])
_SHARES = _WEIGHTS / _WEIGHTS.sum()
# a letter that is a digit to the eye stands between others
_PLAIN = re.escape("".join(sorted(set(LETTERS) - LIKE_DIGITS)))
_CLEAR = re.compile(f"[{_PLAIN}]+([{LETTERS}][{_PLAIN}]+)*")

Lines = list[NDArray[Any]]


@dataclass(frozen=True)
class Clutter:
    """Draws what is no digit on a page.

    Attributes
    ----------
    height : float
        Of the digits beside it, in pixels.
    """

    page: ScenePage
    hand: Hand
    prints: Prints
    height: float
    rng: Rng

    def word(self, x: float, y: float) -> float:
        """Write a word from x, its middle at y, and return where it ends."""
        glyph = self.hand.word(self.rng)
        # a flat word has neither tall letters nor tails
        flat = glyph.width / glyph.height > 4.5
        tall = self.height * self.rng.uniform(0.6, 1.1) * (1.0 if flat else 1.7)
        wide = min(tall * glyph.width / glyph.height, 12 * self.height)
        return self._put(glyph, (wide, tall), x, y, float(self.rng.normal(0, 0.03)))

    def letters(self, x: float, y: float) -> float:
        """Write single letters as one word, and return where it ends."""
        text = ""
        while not is_word(text) or not _CLEAR.fullmatch(text):
            text = "".join(self.rng.choice(list(LETTERS), int(self.rng.integers(2, 9)), p=_SHARES))
            if self.rng.random() < 0.4:
                text = text.upper()
        gap = self.rng.normal(0.08, 0.1)
        for letter in text:
            x = self.sign(x, y, letter) + self.height * max(-0.1, gap + self.rng.normal(0, 0.04))
        return x

    def sign(self, x: float, y: float, sign: str | None = None) -> float:
        """Write one sign, by itself one of `SAFE`, and return where it ends."""
        sign = self.rng.choice(list(SAFE)) if sign is None else sign
        if sign not in self.hand.signs:
            return x
        glyph = self.hand.sign(sign, self.rng)
        share = 0.65 if sign in "acemnorsuvwxz+=*<>" else 1.0
        size = share * self.height * self.rng.uniform(0.8, 1.2)
        scale = min(size / glyph.height, 1.3 * size / glyph.width)
        down = 0.5 * (self.height - size) if share < 1 and sign.isalpha() else 0.0
        shape = scale * glyph.width, scale * glyph.height
        return self._put(glyph, shape, x, y + down, float(self.rng.normal(0, 0.06)))

    def print(self, x: float, y: float) -> float:
        """Print a few words, and return where they end."""
        glyph = self.prints.text(self.rng)
        tall = self.height * float(np.exp(self.rng.uniform(np.log(0.45), np.log(1.3))))
        wide = tall * glyph.width / glyph.height
        return self._put(glyph, (wide, tall), x, y, 0.0)

    def turned(self, x: float, y: float) -> float:
        """Write digits on their side or upside down, those that are none then."""
        turn, digits = np.pi, [3, 4, 7]
        if self.rng.random() < 0.6:
            turn, digits = self.rng.choice([-0.5, 0.5]) * np.pi, [2, 3, 4, 5, 7]
        for _ in range(int(self.rng.integers(1, 5))):
            glyph = self.hand.digit(int(self.rng.choice(digits)), self.rng)
            size = self.height * glyph.width / glyph.height, self.height
            x = self._put(glyph, size, x, y, turn + float(self.rng.normal(0, 0.1)))
            x += 0.15 * self.height
        return x

    def tick(self, x: float, y: float) -> float:
        """Draw a tick, a cross, an arrow or a star, and return where it ends."""
        kind = self.rng.integers(len(_SHAPES))
        size = self.height * self.rng.uniform(0.6, 1.4)
        for line in _SHAPES[kind](self.rng):
            self.page.line(line * size + np.array([x, y - size / 2]), self.hand.width * size)
        return x + size

    def scribble(self, x: float, y: float) -> float:
        """Draw a wild line, and return where it ends."""
        count = int(self.rng.integers(6, 30))
        steps = self.rng.normal((self.rng.uniform(0, 0.3), 0), 0.4, (count, 2))
        walk = np.cumsum(steps, axis=0)
        walk = (walk - walk.min(0)) / max(1e-3, float(np.ptp(walk[:, 1])))
        line = _rounded(walk) * self.height * self.rng.uniform(0.8, 1.6)
        at = np.array([x, y - line[:, 1].max() / 2])
        self.page.line(line + at, self.hand.width * self.height)
        return x + float(line[:, 0].max())

    def frame(self, x: float, y: float) -> float:
        """Print an empty frame, or a corner of one, and return where it ends."""
        size = self.height * self.rng.uniform((1.5, 0.9), (8, 1.4))
        corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]) * size + (x, y - size[1] / 2)
        if self.rng.random() < 0.3:
            first = int(self.rng.integers(3))
            corners = corners[first : first + 3]
        layer = self.page.rules if self.rng.random() < 0.6 else self.page.ink
        width = int(self.rng.integers(1, 4))
        cv2.polylines(layer, [np.rint(corners).astype(np.int32)], False, 255, width)
        return x + float(size[0])

    def stamp(self, x: float, y: float) -> float:
        """Print rings or frames with letters in them, and return where they end."""
        radius = self.height * self.rng.uniform(0.7, 1.1)
        strength = int(self.rng.integers(90, 220))
        glyph = self.prints.text(self.rng)
        scale = min(1.3 * radius / glyph.width, 0.9 * radius / glyph.height)
        size = scale * glyph.width, scale * glyph.height
        # one ring without much in it would be a 0
        rings = 1 if size[1] > 0.4 * radius and self.rng.random() < 0.5 else 2
        for share in (1.0, 0.78)[:rings]:
            self._ring(x + radius, y, share * radius, strength)
        turn = float(self.rng.normal(0, 0.3))
        self.page.put(glyph, size, (x + radius - size[0] / 2, y), (0.0, turn), strength / 255)
        return x + 2 * radius

    def _ring(self, x: float, y: float, radius: float, strength: int) -> None:
        """Print a circle or a frame around a place."""
        width = max(1, round(0.06 * self.height))
        middle = (round(x), round(y))
        if self.rng.random() < 0.7:
            cv2.circle(self.page.ink, middle, round(radius), strength, width, cv2.LINE_AA)
            return
        across, down = round(radius), round(0.6 * radius)
        first, last = (middle[0] - across, middle[1] - down), (middle[0] + across, middle[1] + down)
        cv2.rectangle(self.page.ink, first, last, strength, width, cv2.LINE_AA)

    def _put(
        self, glyph: Glyph, size: tuple[float, float], x: float, y: float, turn: float
    ) -> float:
        slant = self.hand.slant if turn < 1 else 0.0
        strength = float(self.rng.uniform(0.7, 1))
        return self.page.put(glyph, size, (x, y), (slant, turn), strength).right


def _rounded(line: NDArray[Any]) -> NDArray[Any]:
    """Return a line with its corners cut twice (Chaikin)."""
    for _ in range(2):
        a, b = line[:-1], line[1:]
        line = np.stack([0.75 * a + 0.25 * b, 0.25 * a + 0.75 * b], axis=1).reshape(-1, 2)
    return line


def _tick(rng: Rng) -> Lines:
    low = rng.uniform(0.2, 0.45)
    return [np.array([[0, rng.uniform(0.4, 0.7)], [low, 1], [1, rng.uniform(0, 0.2)]])]


def _cross(rng: Rng) -> Lines:
    ends = rng.normal(0, 0.06, (4, 2))
    return [np.array([[0, 0], [1, 1]]) + ends[:2], np.array([[1, 0], [0, 1]]) + ends[2:]]


def _arrow(rng: Rng) -> Lines:
    head = rng.uniform(0.15, 0.3)
    tip = [1, 0.5 + rng.normal(0, 0.05)]
    return [
        np.array([[0, 0.5], tip]),
        np.array([[1 - head, tip[1] - head], tip, [1 - head, tip[1] + head]]),
    ]


def _star(rng: Rng) -> Lines:
    angles = rng.uniform(0, 1) + np.arange(6) * (4 * np.pi / 5)
    return [np.stack([np.cos(angles), np.sin(angles)], axis=1) / 2 + 0.5]


def _house(rng: Rng) -> Lines:
    roof = rng.uniform(0.3, 0.5)
    return [np.array([[0, 1], [0, roof], [0.5, 0], [1, roof], [1, 1], [0, 1]])]


def _spiral(rng: Rng) -> Lines:
    t = np.linspace(0.1, 1, 40)
    angles = t * rng.uniform(5, 9) * np.pi
    return [np.stack([t * np.cos(angles), t * np.sin(angles)], axis=1) / 2 + 0.5]


def _waves(rng: Rng) -> Lines:
    t = np.linspace(0, 1, 40)
    wave = 0.5 + rng.uniform(0.1, 0.4) * np.sin(t * rng.uniform(4, 9) * np.pi)
    return [np.stack([2 * t, wave], axis=1)]


_SHAPES: tuple[Callable[[Rng], Lines], ...] = (
    _tick,
    _cross,
    _arrow,
    _star,
    _house,
    _spiral,
    _waves,
)
