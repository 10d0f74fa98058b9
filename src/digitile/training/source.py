"""Where a training's pictures come from, epoch by epoch: a data set, or blocks that are drawn."""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from digitile.nn.loss import Target


class Pictures(NamedTuple):
    """Pictures with what a network should answer."""

    images: NDArray[np.uint8]  # N×C×H×W
    target: Target  # of all N


class Source(Protocol):
    """The pictures of one training."""

    @property
    def classes(self) -> tuple[str, ...]:
        """What each class means."""

    @property
    def validation(self) -> Pictures:
        """Those that progress is watched by; there may be none."""

    def __len__(self) -> int:
        """Return how many pictures an epoch shows."""

    def epoch(self, number: int) -> Pictures:
        """Return the pictures of an epoch, from 0.

        Each is shown once, or several times where they are fewer than `len` says. Asked again for
        the same epoch, the arrays are the same ones.
        """
