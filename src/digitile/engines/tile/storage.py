"""Where a plan keeps values: channels last, channels padded to a vector, zeros all round.

The value (c, y, x) of an image lies at ``((y + border)·pitch + x + border)·stride + c``; its error
lies at the same place of another region. Vectors are maps of 1×1. A convolution with padding reads
a storage whose border is its padding.
"""

from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from digitile.engines.tile.records import NOWHERE, Maps, Region
from digitile.engines.tile.simd import WIDTH

ALIGN = 16  # every array starts at a multiple of 64 bytes
Offsets = NDArray[np.int64]


def padded(count: int) -> int:
    """Return `count` rounded up to whole vectors."""
    return -(-count // WIDTH) * WIDTH


def aligned(count: int) -> int:
    """Return `count` rounded up to whole cache lines of float32."""
    return -(-count // ALIGN) * ALIGN


def aligned_zeros(*shape: int) -> NDArray[np.float32]:
    """Return zeros that start at a multiple of 64 bytes."""
    size = prod(shape)
    raw = np.zeros(size + ALIGN, np.float32)
    start = -(raw.ctypes.data // 4) % ALIGN
    return raw[start : start + size].reshape(shape)


@dataclass(eq=False)
class Storage:
    """One array of values for each image of a lane, and one of errors."""

    channels: int
    height: int
    width: int
    border: int  # rows and columns of zeros on each side
    stride: int  # values from one pixel to the next, at least `channels`
    value: Region = NOWHERE  # in the lane's memory, borders and all
    error: Region = NOWHERE
    held: bool = False  # whether these values are needed as they are after the next layer

    def __post_init__(self) -> None:
        self.maps = padded(self.channels)
        self.pitch = self.width + 2 * self.border  # pixels from one row to the next
        self.row = self.pitch * self.stride  # values from one row to the next
        self.size = (self.height + 2 * self.border) * self.row  # of one image, borders and all
        self.inside = self.border * (self.row + self.stride)  # the first value within the border

    @property
    def values(self) -> Maps:
        """The values inside the border."""
        return self.maps_in(self.value)

    @property
    def errors(self) -> Maps:
        """The errors inside the border."""
        return self.maps_in(self.error)

    def maps_in(self, region: Region) -> Maps:
        """Return the maps inside the border, of another region with this layout."""
        start = region.start + self.inside if region.start >= 0 else -1
        return Maps(start, region.step, self.row, self.stride)

    def pixels(self) -> Offsets:
        """Return where each pixel inside the border lies, row by row."""
        y, x = np.mgrid[0 : self.height, 0 : self.width]
        return np.asarray(self.inside + (y * self.pitch + x) * self.stride).ravel()

    def in_order(self) -> Offsets:
        """Return where each real value lies, in `nn`'s order: map by map."""
        return (np.arange(self.channels)[:, None] + self.pixels()[None, :]).ravel()

    def in_memory_order(self) -> Offsets:
        """Return where each real value lies, pixel by pixel."""
        return (self.pixels()[:, None] + np.arange(self.channels)[None, :]).ravel()
