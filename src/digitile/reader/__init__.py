"""From a picture to the digits written on it.

`Reader` does it all, and `reading` says what it gives back. The way of a picture: `gray` (one
channel), `search` (where there are lines of digits, and how tall), `strip` (a line, level, its
digits of the size that the network knows best), `sight` (the network looks; `candidates` are what
it sees), `choice` (which of them are the text, and how likely), `trust` (when to reject), `fields`
(what may stand there). `grid` finds cells of printed lines, and `cells` says what is in them.
`page` takes all these in turn; `tuned` holds every number that was chosen.
"""

from digitile.reader.reader import Reader
from digitile.reader.reading import (
    Alternative,
    Box,
    Cell,
    Digit,
    Evidence,
    Grid,
    Line,
    Mark,
    Reading,
)

__all__ = [
    "Alternative",
    "Box",
    "Cell",
    "Digit",
    "Evidence",
    "Grid",
    "Line",
    "Mark",
    "Reader",
    "Reading",
]
