"""Where the engine keeps parameters: the order its tiles read them in.

One array for a network, whatever the batch. First each parameter, then other forms of some, which
are derived whenever the parameters change, then a run of zeros. Optimiser and gradients work on
the first part, in this order; padding there is 0 and stays 0.

============  ==================================================
convolution   w[tap, input map, output map], b[output map]
linear        w[pixel, input map, unit], b[unit]
subsampling   w[map], b[map]
============  ==================================================
"""

from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitile.engines.tile.storage import ALIGN, aligned, aligned_zeros, padded
from digitile.nn.connections import pairs_of
from digitile.nn.conv import Conv
from digitile.nn.layer import Array, Layer, Shape
from digitile.nn.linear import Linear
from digitile.nn.network import Network
from digitile.nn.pool import Subsample


@dataclass(eq=False)
class PackedSlot:
    """One layer's parameters in the packed array."""

    w: int
    b: int
    taps: int  # the sides of w: taps, or pixels;
    channels: int  # input maps;
    outputs: int  # output maps, or units
    forms: dict[str, int] = field(default_factory=dict)  # where other forms of w, and b, start

    @property
    def rows(self) -> int:
        """Rows of w."""
        return self.taps * self.channels

    @property
    def width(self) -> int:
        """Values in a row of w, padding counted."""
        return padded(self.outputs)


class Packing:
    """The packed parameters of one network.

    Attributes
    ----------
    places : ndarray, int32
        For each parameter, in arena order, its place.
    size : int
        Values that are parameters, padding counted: the length of a gradient.
    zeros : int
        Where a run of zeros starts, as long as any row of a product; known when `close` is called.
    """

    def __init__(self, network: Network) -> None:
        self.slots: list[PackedSlot | None] = []  # for each layer
        # What follows from the parameters, as (record, pieces): for prediction, and for training.
        self.forward: list[tuple[Any, int]] = []
        self.backward: list[tuple[Any, int]] = []
        self.zeros = self._total = self._longest = 0
        places: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
        for layer, shape in zip(network.layers, network.shapes, strict=False):
            slot = None
            if isinstance(layer, (Conv, Linear, Subsample)):
                slot = self._slot(layer, shape)
                places.extend(_places(layer, slot))
            self.slots.append(slot)
        self.places = np.concatenate(places).astype(np.int32)
        self.size = self._total

    def _slot(self, layer: Layer, shape: Shape) -> PackedSlot:
        if isinstance(layer, Conv):
            taps, channels, outputs = layer.kernel_size**2, shape[0], layer.maps
        elif isinstance(layer, Linear):
            taps, channels, outputs = prod(shape[1:]), shape[0], layer.units
        else:
            taps, channels, outputs = 1, 1, shape[0]
        # One row more than w has, for what a tile computes beyond the last.
        w = self.reserve((taps * channels + 1) * padded(outputs))
        return PackedSlot(w, self.reserve(padded(outputs)), taps, channels, outputs)

    def reserve(self, size: int, row: int = 0) -> int:
        """Return where `size` values start, that are read in rows of `row`."""
        start = self._total
        self._total = aligned(start + size)
        self._longest = max(self._longest, row, ALIGN)
        return start

    def close(self) -> None:
        """Lay the zeros out behind all forms."""
        widest = max((slot.width for slot in self.slots if slot), default=0)
        self.zeros = self.reserve(max(self._longest, widest))

    def array(self) -> NDArray[np.float32]:
        """Return a new packed array, all 0."""
        return aligned_zeros(self._total)

    def packed(self, flat: Array) -> NDArray[np.float32]:
        """Return numbers that belong to the parameters, in arena order, as parameters lie."""
        packed = np.zeros(self.size, np.float32)
        packed[self.places] = flat
        return packed


def _places(layer: Layer, slot: PackedSlot) -> list[NDArray[np.int64]]:
    """Return where w's values and b's lie, in arena order."""
    outputs = np.arange(slot.outputs)
    bias = slot.b + outputs
    if isinstance(layer, Subsample):
        return [slot.w + outputs, bias]
    rows = np.arange(slot.rows).reshape(slot.taps, slot.channels).T  # input map × tap
    if isinstance(layer, Conv) and layer.connections is not None:
        pairs = pairs_of(layer.connections)
        kernels = [slot.w + rows[c] * slot.width + o for o, c in pairs]
        return [np.concatenate(kernels), bias]
    return [(slot.w + rows[None] * slot.width + outputs[:, None, None]).ravel(), bias]
