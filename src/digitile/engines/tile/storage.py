"""Where a plan keeps values: channels last, channels padded to a vector, zeros all round.

The value (c, y, x) of an image lies at ``((y + border)·pitch + x + border)·stride + c``; its error
lies at the same place of another region. Vectors are maps of 1×1. A convolution with padding reads
a storage whose border is its padding.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitile.engines.tile.simd import WIDTH

Offsets = NDArray[np.int64]


def padded(count: int) -> int:
    """Return `count` rounded up to whole vectors."""
    return -(-count // WIDTH) * WIDTH


@dataclass
class Storage:
    """One array of values for each image of a lane, and one of errors.

    Attributes
    ----------
    channels, height, width : int
    border : int
        Rows and columns of zeros on each side.
    stride : int
        Values from one pixel to the next, at least `channels`.
    value, value_step, error, error_step : int
        Start in the lane's memory and distance between images (0: one place for all in turn).
    held : bool
        Whether a layer's backward pass still needs these values as they are.
    """

    channels: int
    height: int
    width: int
    border: int
    stride: int
    value: int = -1
    value_step: int = 0
    error: int = -1
    error_step: int = 0
    held: bool = False

    @property
    def maps(self) -> int:
        """Channels, padded."""
        return padded(self.channels)

    @property
    def pitch(self) -> int:
        """Pixels from one row to the next."""
        return self.width + 2 * self.border

    @property
    def row(self) -> int:
        """Values from one row to the next."""
        return self.pitch * self.stride

    @property
    def size(self) -> int:
        """Values of one image, border and all."""
        return (self.height + 2 * self.border) * self.row

    @property
    def inside(self) -> int:
        """Where the first value inside the border lies."""
        return self.border * (self.pitch + 1) * self.stride

    def pixels(self) -> Offsets:
        """Return where each pixel inside the border lies, row by row."""
        y, x = np.mgrid[0 : self.height, 0 : self.width]
        return np.asarray(self.inside + (y * self.pitch + x) * self.stride).ravel()

    def values(self) -> Offsets:
        """Return where each real value lies, in `nn`'s order: map by map."""
        return (np.arange(self.channels)[:, None] + self.pixels()[None, :]).ravel()

    def features(self) -> Offsets:
        """Return where each real value lies, in memory order."""
        return (self.pixels()[:, None] + np.arange(self.channels)[None, :]).ravel()
