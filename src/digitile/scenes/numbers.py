"""Numbers: what they say, and how a hand writes them on a page."""

import math
from dataclasses import dataclass

from digitile.scenes.glyphs import HEIGHT, Rng
from digitile.scenes.hands import Hand
from digitile.scenes.page import CLASSES, Page

MARKS = {".": "point", ",": "comma", "-": "dash", "/": "slash"}


def draw_text(rng: Rng) -> str:
    """Draw what a number says: digits, marks, and spaces between groups."""
    kind = rng.choice(len(_KINDS), p=_SHARES)
    return _KINDS[kind](rng)


def digits_text(rng: Rng, least: int, most: int) -> str:
    """Draw `least` to `most` digits; now and then one is repeated."""
    digits = rng.integers(10, size=rng.integers(least, most + 1))
    if rng.random() < 0.1:
        digits[rng.integers(len(digits)) :] = digits[-1]
    return "".join(map(str, digits.tolist()))


def _groups(rng: Rng) -> str:
    count, size = int(rng.integers(2, 5)), int(rng.integers(2, 5))
    between = str(rng.choice([" ", "-", "."], p=[0.7, 0.2, 0.1]))
    return between.join(digits_text(rng, size, size) for _ in range(count))


def _date(rng: Rng) -> str:
    day, month = int(rng.integers(1, 32)), int(rng.integers(1, 13))
    year = int(rng.integers(1900, 2100))
    mark = str(rng.choice(["/", "-", ".", "/"]))
    short = f"{year % 100:02}" if rng.random() < 0.4 else f"{year}"
    parts = [f"{day:02}", f"{month:02}", short] if rng.random() < 0.7 else [str(day), str(month)]
    if rng.random() < 0.25:
        parts = [f"{year}", f"{month:02}", f"{day:02}"]
    return mark.join(parts)


def _amount(rng: Rng) -> str:
    whole = digits_text(rng, 1, 4)
    mark = str(rng.choice([",", "."]))
    if rng.random() < 0.3:
        other = {",": ".", ".": ","}[mark]
        whole = digits_text(rng, 1, 3) + other + digits_text(rng, 3, 3)
    end = "-" if rng.random() < 0.05 else digits_text(rng, 1, 2 if rng.random() < 0.8 else 3)
    return ("-" if rng.random() < 0.12 else "") + whole + mark + end


def _negative(rng: Rng) -> str:
    return "-" + digits_text(rng, 1, 4)


def _fraction(rng: Rng) -> str:
    return digits_text(rng, 1, 3) + "/" + digits_text(rng, 1, 4)


_KINDS = (
    lambda rng: digits_text(rng, 1, 3),
    lambda rng: digits_text(rng, 3, 12),
    _groups,
    _date,
    _amount,
    _negative,
    _fraction,
)
_SHARES = (0.22, 0.4, 0.1, 0.1, 0.12, 0.03, 0.03)


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
    page : Page
    hand : Hand
    manner : Manner
    height : float
        Of its digits, in pixels.
    rng : numpy.random.Generator
    """

    page: Page
    hand: Hand
    manner: Manner
    height: float
    rng: Rng

    def write(self, text: str, x: float, y: float) -> float:
        """Write from x, the first digit's middle at y, and return where the number ends.

        `text` has digits, the signs of `MARKS`, and spaces.
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
            write = self._put_digit if sign.isdigit() else self._put_mark
            number, right = write(sign, x, float(middle))
            noted.append(number)
            if manner.cell:
                x += manner.cell * height
                continue
            gap = manner.gap if sign.isdigit() else max(0.05, 0.5 * manner.gap)
            step = right - x + (gap + rng.normal(0, manner.uneven)) * height
            # at most a fifth of a digit is under the next one
            x += max(step, 0.8 * (right - x), 0.2 * height)
        self.page.lines.append((text.replace(" ", ""), noted))
        return x

    def _put_digit(self, sign: str, x: float, y: float) -> tuple[int, float]:
        """Put a digit with its left side at x, or in the cell there.

        Returns
        -------
        int
            Its number on the page.
        float
            Its right side.
        """
        rng, manner, height = self.rng, self.manner, self.height
        glyph = self.hand.digit(int(sign), rng)
        tall = height * math.exp(rng.normal(0, manner.uneven))
        wide = tall * glyph.width / glyph.height * self.hand.aspect
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
        """Put a mark with its left side at x, and return as `_put_digit` does."""
        rng, height = self.rng, self.height
        glyph = self.hand.mark(sign, rng)
        scale = height / HEIGHT
        down = {".": 0.46, ",": 0.52, "-": 0.0, "/": 0.05}[sign] + rng.normal(0, 0.05)
        size, at = (scale * glyph.width, scale * glyph.height), (x, y + down * height)
        put = self.page.put(glyph, size, at, strength=self.manner.strength)
        kind = CLASSES.index(MARKS[sign])
        return self.page.mark(kind, put.points, glyph.stroke * scale, height), put.right

    def _frame(self, x: float, y: float) -> None:
        """Print the cell of a digit."""
        width, height = self.manner.cell * self.height, 1.5 * self.height
        self.page.frame((x, y - height / 2, x + width, y + height / 2), 1 + (self.height > 40))
