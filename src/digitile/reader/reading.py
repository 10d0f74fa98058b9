"""What the reader gives back: pages of lines of digits, each with how sure it is.

`dataclasses.asdict` of a `Reading` is its JSON.
"""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels of the original picture, turned upright as its EXIF block says."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Alternative:
    """Another answer, with its confidence, 0 … 1."""

    text: str
    confidence: float


@dataclass(frozen=True)
class Digit:
    """One digit of a line.

    Attributes
    ----------
    digit : int
        0 … 9.
    confidence : float
        How likely this ink is this digit, 0 … 1.
    box : Box
        The digit's ink.
    alternatives : tuple of Alternative
        The next likely digits for the same ink, likeliest first.
    """

    digit: int
    confidence: float
    box: Box
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True)
class Mark:
    """A point, comma, dash or slash of a line; a dash before the first digit is a minus.

    Attributes
    ----------
    sign : str
        One of ``. , - /``.
    confidence : float
        0 … 1.
    box : Box
    """

    sign: str
    confidence: float
    box: Box


@dataclass(frozen=True)
class Evidence:
    """What a line's confidence is made of; see `digitile.model.LineTrust`.

    Attributes
    ----------
    text : float
        How likely its text is, of all that the network sees there, 0 … 1.
    weakest : float
        How likely the least likely of its digits and marks is, 0 … 1.
    digits : int
        How many digits it has.
    height : float
        How tall they are: the median, in pixels of the picture.
    share : float
        That of the picture's shorter side.
    unread : float
        The most ink between two of its signs or at its ends, as a share of a sign's.
    """

    text: float
    weakest: float
    digits: int
    height: float
    share: float
    unread: float


@dataclass(frozen=True)
class Line:
    """One line of digits.

    Attributes
    ----------
    text : str
        Its digits and marks, without gaps.
    confidence : float
        How likely all of `text` is right, 0 … 1: which ink makes up each digit included.
    accepted : bool
        Whether the confidence is enough for the error rate asked for, and the field's rule holds.
    box : Box
    digits : tuple of Digit
        From left to right; one for each digit of `text`.
    marks : tuple of Mark
        From left to right; one for each other character of `text`.
    groups : tuple of str
        The digits, parted where wide gaps or marks are.
    alternatives : tuple of Alternative
        The next likely texts, likeliest first.
    evidence : Evidence
        What the confidence is made of.
    measured : bool
        Whether it was measured how often lines so long, of digits so tall, are right. Where it was
        not, the confidence is a guess.
    repaired : str or None
        What was read before the field's rule changed it; None where it changed nothing.
    value : str or None
        What the text stands for: by the field's rule, an amount with its point or a date as
        YYYY-MM-DD; without a rule, a decimal number that has a mark: 12,5 is 12.5, -7 is -7.
    note : str or None
        Where more than one value is possible, which: `value` is None then.
    """

    text: str
    confidence: float
    accepted: bool
    box: Box
    digits: tuple[Digit, ...]
    marks: tuple[Mark, ...]
    groups: tuple[str, ...]
    alternatives: tuple[Alternative, ...]
    evidence: Evidence
    measured: bool
    repaired: str | None = None
    value: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Cell:
    """One cell of a grid.

    Attributes
    ----------
    text : str
        Its digits and marks from left to right; empty where there are no digits in it.
    confidence : float
        How likely all of `text` is right, 0 … 1, as that of a line of these digits alone, on a
        picture of this cell alone. An empty cell has 1 where there is no ink in it, and 0 where
        its ink was not read as digits.
    accepted : bool
        Whether the confidence is enough for the error rate asked for. No field's rule is applied.
    box : Box
        The upright rectangle around it; of a grid aslant, these overlap.
    """

    text: str
    confidence: float
    accepted: bool
    box: Box


@dataclass(frozen=True)
class Grid:
    """Digits in cells of printed lines: a sudoku, a table, a row of boxes.

    Attributes
    ----------
    rows : tuple of tuple of Cell
        From top to bottom, each from left to right, all of the same length, as the picture stands
        when it was turned to be read.
    """

    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Reading:
    """What one picture, or one page of it, was read as.

    Attributes
    ----------
    path : str or None
        The picture's file; None where it was given otherwise.
    page : int
        From 1.
    lines : tuple of Line
        From top to bottom; empty where there are none.
    reason : str or None
        Why there are no lines.
    turned : int
        By how many degrees clockwise the picture was turned to be read: 0, 90, 180 or 270. Boxes
        are those of the picture before.
    grid : Grid or None
        The grid of most cells; None where there is none. A cell's digits are those of the lines,
        or, where these have none in it, what it is read as by itself.
    width, height : int
        Of the page in pixels; 0 where it could not be decoded.
    """

    path: str | None
    page: int
    lines: tuple[Line, ...]
    reason: str | None = None
    turned: int = 0
    grid: Grid | None = None
    width: int = 0
    height: int = 0

    @property
    def text(self) -> str:
        """The lines' texts, one below the other; empty where nothing was read."""
        return "\n".join(line.text for line in self.lines)

    def to_json(self) -> dict[str, Any]:
        """Return the same structure as values that `json` writes."""
        return asdict(self)
