"""From a picture to the digits written on it.

`Reader` does it all, and `reading` says what it gives back. The stages, in `page`, in turn: `gray`
(one channel), `ink` (what is writing, what is paper), `rules` (ruled lines and boxes go), `pieces`
(connected ink), `lines` (of text), `slices` (where digits could part), `lattice` (which of these
cuts are right, settled with what the digits are), `recognise` (the network), `trust` (calibrated
confidences, and when to reject), `fields` (what may stand there). `digit` isolates one digit.
"""

from digitile.reader.digit import Isolated, as_shown, isolate
from digitile.reader.reader import Reader
from digitile.reader.reading import Alternative, Box, Digit, Line, Reading

__all__ = [
    "Alternative",
    "Box",
    "Digit",
    "Isolated",
    "Line",
    "Reader",
    "Reading",
    "as_shown",
    "isolate",
]
