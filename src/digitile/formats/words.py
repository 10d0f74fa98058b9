"""The words of a line, and text that XML can hold."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from digitile.reader.reading import Box, Digit, Line, Mark

_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Word(NamedTuple):
    """Digits and marks of a line without a wide gap between them, in the order of the text."""

    text: str
    box: Box
    signs: tuple[Digit | Mark, ...]


def words_of(line: Line) -> list[Word]:
    """Return the words of a line: one, or its groups where only gaps part them."""
    digits, marks = iter(line.digits), iter(line.marks)
    signs = [next(digits) if sign.isdigit() else next(marks) for sign in line.text]
    texts = [line.text] if line.marks else line.groups
    words, start = [], 0
    for text in texts:
        own = tuple(signs[start : start + len(text)])
        words.append(Word(text, around(sign.box for sign in own), own))
        start += len(text)
    return words


def sign_of(sign: Digit | Mark) -> str:
    """Return the character that a digit or mark is."""
    return str(sign.digit) if isinstance(sign, Digit) else sign.sign


def around(boxes: Iterable[Box]) -> Box:
    """Return the box around some."""
    every = list(boxes)
    left, top = min(box.x for box in every), min(box.y for box in every)
    right, bottom = (
        max(box.x + box.width for box in every),
        max(box.y + box.height for box in every),
    )
    return Box(left, top, right - left, bottom - top)


def xml_text(text: str) -> str:
    """Return text with U+FFFD for the characters that XML 1.0 has no place for."""
    return _NO_XML.sub("\ufffd", text)
