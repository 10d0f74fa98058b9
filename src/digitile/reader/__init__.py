"""From a picture to the digit written on it.

Read in this order: `ink` (what is writing, what is paper), `pieces` (which ink is the digit),
`normalise` (as MNIST would hold it), `digit` (all of it, and the network).
"""

from digitile.reader.digit import DigitReading, Isolated, isolate, read_digit

__all__ = ["DigitReading", "Isolated", "isolate", "read_digit"]
