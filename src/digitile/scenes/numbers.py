"""Numbers: how a hand writes them on a page."""

import math
from dataclasses import dataclass

import numpy as np

from digitile.scenes.glyphs import HEIGHT, Rng
from digitile.scenes.hands import Hand
from digitile.scenes.page import CLASSES, IGNORED, ScenePage
from digitile.scenes.texts import MARKS


@dataclass(frozen=True)
class Manner:
    """How a number is written, lengths in heights of its digits.

    Attributes
    ----------
    gap : float
        From one digit's box to the next one's; below 0 they overlap.
    uneven : float
        Deviation of gaps, sizes and places.
    drift : float
        How far the line falls in each length.
    slant : float
        How far the tops lean to the right.
    strength : float
        Of the ink, 0 … 1.
    cell : float
        Width of the printed box that each sign has to itself; 0 for none.
    """

    gap: float
    uneven: float
    drift: float
    slant: float
    strength: float
    cell: float = 0.0


def draw_manner(rng: Rng, hand: Hand, drift: float, in_cells: bool) -> Manner:
    """Draw how a hand writes a number on a line that falls by `drift` in each length."""
    wide = rng.random() < 0.15
    return Manner(
        gap=float(rng.uniform(0.3, 1.5) if wide else max(-0.12, rng.normal(0.13, 0.13))),
        uneven=float(rng.uniform(0.01, 0.1)),
        drift=drift,
        slant=hand.slant + float(rng.normal(0, 0.06)),
        strength=float(rng.uniform(0.8, 1)),
        cell=float(rng.uniform(0.95, 1.6)) if in_cells else 0.0,
    )


@dataclass(frozen=True)
class Writing:
    """One number on its way to a page.

    Attributes
    ----------
    height : float
        Of its digits, in pixels.
    """

    page: ScenePage
    hand: Hand
    manner: Manner
    height: float
    rng: Rng

    def write(self, text: str, x: float, y: float) -> float:
        """Write from x, the first digit's middle at y, and return where the number ends.

        `text` has digits, the signs of `MARKS`, others, and spaces.
        """
        rng, manner, height = self.rng, self.manner, self.height
        start, noted = x, []
        for sign in text:
            if x > self.page.ink.shape[1] + height:
                break
            if sign == " ":
                x += height * rng.uniform(0.35, 0.8)
                continue
            middle = y + manner.drift * (x - start) + rng.normal(0, 0.6 * manner.uneven) * height
            number, right = self._put(sign, x, float(middle))
            if number is not None:
                noted.append(number)
            if manner.cell:
                x += manner.cell * height
                continue
            gap = manner.gap if sign.isdigit() else max(0.05, 0.5 * manner.gap)
            step = right - x + (gap + rng.normal(0, manner.uneven)) * height
            # at most a fifth of a digit is under the next one
            x += max(step, 0.8 * (right - x), 0.2 * height)
        said = "".join(sign for sign in text if sign.isdigit() or sign in MARKS)
        self.page.lines.append((said, noted))
        return x

    def _put(self, sign: str, x: float, y: float) -> tuple[int | None, float]:
        """Put a sign with its left side at x.

        Returns
        -------
        int or None
            Its number on the page, if it is a digit or a mark.
        float
            Its right side.
        """
        if sign.isdigit():
            return self._put_digit(sign, x, y)
        return self._put_mark(sign, x, y) if sign in MARKS else (None, self._put_sign(sign, x, y))

    def _put_digit(self, sign: str, x: float, y: float) -> tuple[int, float]:
        """Put a digit, or put it in the cell there; return as `_put` does."""
        rng, manner, height = self.rng, self.manner, self.height
        glyph = self.hand.digit(int(sign), rng)
        tall = height * math.exp(rng.normal(0, manner.uneven))
        # a wider 1 would be a 7, and a narrower 7 a 1
        bounds = {"1": (0.0, 1.0), "7": (1.0, 9.0)}.get(sign, (0.0, 9.0))
        aspect = min(max(self.hand.aspect, bounds[0]), bounds[1])
        wide = tall * glyph.width / glyph.height * aspect
        most = 0.85 * manner.cell if manner.cell else 1.3
        shrink = min(1.0, most * height / wide)
        tall, wide = tall * shrink, wide * shrink
        if manner.cell:
            self._frame(x, y)
            x += 0.5 * (manner.cell * height - wide) + rng.normal(0, 0.04) * height
        lean = (manner.slant, rng.normal(0, 0.05))
        put = self.page.put(glyph, (wide, tall), (x, y), lean, manner.strength)
        stroke = glyph.stroke * tall / glyph.height
        return self.page.mark(int(sign), put.points, stroke, height), put.right

    def _put_mark(self, sign: str, x: float, y: float) -> tuple[int, float]:
        """Put a mark, and return as `_put` does."""
        rng, height = self.rng, self.height
        glyph = self.hand.mark(sign, rng)
        scale = height / HEIGHT
        down = {".": 0.46, ",": 0.52, "-": 0.0, "/": 0.05}[sign] + rng.normal(0, 0.05)
        size, at = (scale * glyph.width, scale * glyph.height), (x, y + down * height)
        put = self.page.put(glyph, size, at, strength=self.manner.strength)
        kind = CLASSES.index(MARKS[sign])
        return self.page.mark(kind, put.points, glyph.stroke * scale, height), put.right

    def _put_sign(self, sign: str, x: float, y: float) -> float:
        """Put any other sign, and return its right side."""
        if sign not in self.hand.signs:
            return x
        glyph = self.hand.sign(sign, self.rng)
        size = self.height * self.rng.uniform(0.9, 1.2) * (0.6 if sign in "+=*:" else 1.0)
        scale = min(size / glyph.height, size / glyph.width)
        shape = scale * glyph.width, scale * glyph.height
        put = self.page.put(glyph, shape, (x, y), strength=self.manner.strength)
        if sign == ":":  # two points to the eye
            self.page.mark(IGNORED, put.points, glyph.stroke * scale, self.height)
        return put.right

    def decorate(self, box: tuple[float, float, float, float]) -> None:
        """Underline what stands in a box of left, top, right and bottom, or draw around it."""
        rng, h = self.rng, self.height
        left, top, right, bottom = box
        if rng.random() < 0.6:
            low, thick = bottom + h * rng.uniform(0.08, 0.25), rng.integers(1, 3)
            for line in range(int(thick)):
                y = low + 0.15 * h * line + rng.normal(0, 0.03, 2) * h
                x = np.array([left, right]) + rng.normal(0, 0.3, 2) * h
                self.page.line(np.stack([x, y], axis=1), self.hand.width * h)
            return
        t = np.linspace(0, 2 * np.pi + 0.4, 40)
        power = rng.uniform(0.25, 1)  # from a frame to an ellipse
        x = np.sign(np.cos(t)) * np.abs(np.cos(t)) ** power * (0.5 * (right - left) + 0.4 * h)
        y = np.sign(np.sin(t)) * np.abs(np.sin(t)) ** power * (0.5 * (bottom - top) + 0.25 * h)
        around = np.stack([x + (left + right) / 2, y + (top + bottom) / 2], axis=1)
        self.page.line(around + rng.normal(0, 0.02, around.shape) * h, self.hand.width * h)

    def _frame(self, x: float, y: float) -> None:
        """Print the cell of a digit."""
        width, height = self.manner.cell * self.height, 1.5 * self.height
        self.page.frame((x, y - height / 2, x + width, y + height / 2), 1 + (self.height > 40))
