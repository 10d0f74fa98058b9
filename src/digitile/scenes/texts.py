"""What numbers say: telephone numbers, dates, amounts, sums."""

from typing import NamedTuple

from digitile.scenes.glyphs import Rng

MARKS = {".": "point", ",": "comma", "-": "dash", "/": "slash"}
"""The marks that are classes of their own."""


class Marked(NamedTuple):
    """A date, an amount or a negative number.

    Attributes
    ----------
    text : str
        Digits and marks.
    value : str or None
        The decimal number that it is, with a point: 1234.5 of 1.234,5. None where that is not
        certain, and for dates.
    """

    text: str
    value: str | None


def draw_text(rng: Rng) -> str:
    """Draw what a number says: digits, marks, other signs, and spaces between groups."""
    kind = rng.choice(len(_KINDS), p=_SHARES)
    return _KINDS[kind](rng)


def marked_text(rng: Rng) -> Marked:
    """Draw a date, an amount or a negative number: all of it digits and marks."""
    return (_date, _amount, _negative)[rng.integers(3)](rng)


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


def _date(rng: Rng) -> Marked:
    day, month = int(rng.integers(1, 32)), int(rng.integers(1, 13))
    year = int(rng.integers(1900, 2100))
    mark = str(rng.choice(["/", "-", ".", "/"]))
    short = f"{year % 100:02}" if rng.random() < 0.4 else f"{year}"
    parts = [f"{day:02}", f"{month:02}", short] if rng.random() < 0.7 else [str(day), str(month)]
    if rng.random() < 0.25:
        parts = [f"{year}", f"{month:02}", f"{day:02}"]
    return Marked(mark.join(parts), None)


def _amount(rng: Rng) -> Marked:
    whole = [digits_text(rng, 1, 4)]
    mark = str(rng.choice([",", "."]))
    if rng.random() < 0.3:
        whole = [digits_text(rng, 1, 3), digits_text(rng, 3, 3)]
    end = "-" if rng.random() < 0.05 else digits_text(rng, 1, 2 if rng.random() < 0.8 else 3)
    minus = "-" if rng.random() < 0.12 else ""
    thousands = {",": ".", ".": ","}[mark]
    text = minus + thousands.join(whole) + mark + end
    return Marked(text, f"{minus}{''.join(whole)}.{end}" if _is_certain(whole, end) else None)


def _is_certain(whole: list[str], end: str) -> bool:
    """Return whether an amount is one decimal number, given its thousands and what follows.

    Thousands do not start with 0, 12,- has an end that is no digit, and 1,234 may be a thousand
    or one and a bit.
    """
    first = whole[0]
    if end == "-":
        return False
    if len(whole) > 1:
        return first[0] != "0"
    return first[0] == "0" or len(first) > 3 or len(end) != 3


def _negative(rng: Rng) -> Marked:
    text = "-" + digits_text(rng, 1, 4)
    return Marked(text, text)


def _fraction(rng: Rng) -> str:
    return digits_text(rng, 1, 3) + "/" + digits_text(rng, 1, 4)


def _time(rng: Rng) -> str:
    return f"{int(rng.integers(24))}:{int(rng.integers(60)):02}"


def _sum(rng: Rng) -> str:
    numbers = [digits_text(rng, 1, 3) for _ in range(int(rng.integers(2, 4)))]
    text = str(rng.choice(["+", "-", "+"])).join(numbers)
    return text + "=" + (digits_text(rng, 1, 4) if rng.random() < 0.7 else "")


def _with_sign(rng: Rng) -> str:
    """Return a number in brackets, or with a sign before or behind it."""
    before, behind = _AROUND[rng.integers(len(_AROUND))]
    return before + digits_text(rng, 1, 4) + behind


_AROUND = (("(", ")"), ("[", "]"), ("$", ""), ("#", ""), ("", "%"), ("", "*"))
_KINDS = (
    lambda rng: digits_text(rng, 1, 3),
    lambda rng: digits_text(rng, 3, 12),
    _groups,
    lambda rng: _date(rng).text,
    lambda rng: _amount(rng).text,
    lambda rng: _negative(rng).text,
    _fraction,
    _time,
    _sum,
    _with_sign,
)
_SHARES = (0.22, 0.36, 0.09, 0.09, 0.11, 0.03, 0.03, 0.01, 0.03, 0.03)
