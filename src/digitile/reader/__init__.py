"""From a picture to the digits written on it.

`Reader` does it all, and `reading` says what it gives back. The stages, in `writing`, in turn:
`sheet` (a sheet on a table is straightened), `gray` (one channel), `ink` (what is writing, what is
paper), `skew` (lines aslant are levelled), `rules` (ruled lines and boxes go); `place` leads from
there back to the picture. Then, in `page`: `pieces` (connected ink), `lines` (of text), `slices`
(where digits could part), `lattice` (which of these cuts are right, settled with what the digits
are), `recognise` (the network), `trust` (calibrated confidences, and when to reject), `fields`
(what may stand there). `turns` tries all four sides; `digit` isolates one digit.
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
