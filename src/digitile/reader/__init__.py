"""From a picture to the digits written on it.

`Reader` does it all; `reading` says what it gives back.
"""

from digitile.reader.digit import DigitReading, Isolated, isolate, read_digit
from digitile.reader.reader import Reader
from digitile.reader.reading import Alternative, Box, Digit, Line, Reading

__all__ = [
    "Alternative",
    "Box",
    "Digit",
    "DigitReading",
    "Isolated",
    "Line",
    "Reader",
    "Reading",
    "isolate",
    "read_digit",
]
