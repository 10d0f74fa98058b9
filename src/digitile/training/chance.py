"""Where chance comes from: a generator made anew for each purpose, and each count of it.

Nothing that was drawn has to be kept: a training that goes on from a checkpoint makes the same
generators as one that was never stopped, from the seed and how far it is.
"""

from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """What random numbers are for; each has a stream of its own, and keeps its number."""

    SUBSET = 0
    SPLIT = 1
    INIT = 2
    ORDER = 3
    AUGMENT = 4
    NOISE = 5
    CALIBRATION = 7
    REHEARSAL = 9
    FOLDS = 10


def generator(seed: int, purpose: Purpose, count: int = 0) -> np.random.Generator:
    """Return the generator for one purpose, and one epoch or iteration of it."""
    return np.random.default_rng((seed, int(purpose), count))
