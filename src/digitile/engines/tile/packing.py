"""Where the engine keeps parameters: the order its tiles read them in.

One array for a network, whatever the batch. First each parameter, then its transpose where an
input gradient needs one, then constants. Optimiser and gradients work on the first part, in this
order; padding there is 0 and stays 0.

============  ==================================================
convolution   w[tap, input map, output map], b[output map]
linear        w[pixel, input map, unit], b[unit]
subsampling   w[map], b[map]
transposes    w[output, kernel row, tap or pixel in it, input map], rows aligned
groups        wg[tap, input map, pixel, output map], bg[pixel, output map]; see `group`
tiles         u[place, input map, output map], and turned round; see `winograd`
============  ==================================================
"""

from dataclasses import dataclass, replace
from enum import IntEnum
from math import prod

import numpy as np
from numpy.typing import NDArray

from digitile.engines.tile import winograd
from digitile.engines.tile.group import forward_size
from digitile.engines.tile.simd import WIDTH
from digitile.engines.tile.storage import padded
from digitile.engines.tile.tile import price
from digitile.nn.conv import Conv
from digitile.nn.layer import Array, Layer, Shape
from digitile.nn.linear import Linear
from digitile.nn.network import Network
from digitile.nn.pool import Subsample

ALIGN = 16
"""Every array starts at a multiple of 64 bytes."""


def aligned(count: int) -> int:
    """Return `count` rounded up to whole cache lines of float32."""
    return -(-count // ALIGN) * ALIGN


def aligned_zeros(*shape: int) -> NDArray[np.float32]:
    """Return zeros that start at a multiple of 64 bytes."""
    size = prod(shape)
    raw = np.zeros(size + ALIGN, np.float32)
    start = -(raw.ctypes.data // 4) % ALIGN
    return raw[start : start + size].reshape(shape)


class Derive(IntEnum):
    """What is derived from parameters, named as the kernels that do it."""

    GROUP = 0
    TRANSPOSE = 1
    KERNELS = 2
    TURNED = 3


@dataclass(frozen=True)
class Slot:
    """One layer's parameters in the packed array.

    Attributes
    ----------
    w, b, transposed : int
        Where each starts; -1 for none.
    taps, channels, outputs : int
        The sides of w: taps (or pixels), input maps, output maps (or units).
    side : int
        Taps in a row of the kernel.
    group : int
        Output pixels that are computed side by side.
    grouped, grouped_b : int
        Where their weights and biases start; -1 for none.
    tiled, turned : int
        Where the kernels' transforms start, forward and back; -1 for none.
    """

    w: int
    b: int
    transposed: int
    taps: int
    channels: int
    outputs: int
    side: int
    group: int = 1
    grouped: int = -1
    grouped_b: int = -1
    tiled: int = -1
    turned: int = -1

    @property
    def rows(self) -> int:
        """Rows of w."""
        return self.taps * self.channels

    @property
    def width(self) -> int:
        """Values in a row of w, padding counted."""
        return padded(self.outputs)

    @property
    def group_taps(self) -> int:
        """Taps of a group of pixels."""
        return self.side * (self.side + self.group - 1)

    @property
    def group_rows(self) -> int:
        """Rows of the weights of a group."""
        return self.group_taps * self.channels

    @property
    def line(self) -> int:
        """Values from one kernel row of the transpose to the next, padding counted."""
        return aligned(self.side * padded(self.channels))

    @property
    def strip(self) -> int:
        """Values in a row of the transpose, padding counted."""
        return self.taps // self.side * self.line


class Packing:
    """The packed parameters of one network.

    Attributes
    ----------
    slots : list of Slot or None
        For each layer.
    places : ndarray, int32
        For each parameter, in arena order, its place.
    size : int
        Values that are parameters, padding counted: the length of a gradient.
    total : int
        Values in all.
    zeros, constants : int
        Where a run of zeros, as long as any row, and the constants start.
    derived : ndarray, int64, n×11
        What is computed from the parameters whenever they change: its kind, how many pieces it
        comes in, and what the kind's kernel takes; first what prediction needs, too.
    predicting : int
        How many of these are the first.
    """

    def __init__(self, network: Network) -> None:
        self.slots: list[Slot | None] = []
        owners = (*network.layers, network.loss)
        self._constants = sorted(
            {
                0.0,
                1.0,
                *(v for owner in owners for v in vars(owner).values() if isinstance(v, float)),
            }
        )
        at = 0
        places: list[NDArray[np.int64]] = []
        pairs = list(zip(network.layers, network.shapes, strict=False))
        for layer, shape in pairs:
            slot = None
            if isinstance(layer, (Conv, Linear, Subsample)):
                slot = _slot(layer, shape, at)
                at = aligned(slot.b + slot.width)
                places.extend(_places(layer, slot))
            self.slots.append(slot)
        self.places = np.concatenate([*places, np.empty(0, np.int64)]).astype(np.int32)
        self.size = at
        kernels: list[list[int]] = []
        backward: list[list[int]] = []
        longest, first = ALIGN, True
        for index, ((layer, shape), slot) in enumerate(zip(pairs, self.slots, strict=True)):
            if slot is None:
                continue
            if isinstance(layer, Conv):
                slot, at = _faster(layer, shape, slot, at, kernels, None if first else backward)
            if not first and slot.turned < 0 and not isinstance(layer, Subsample):
                slot = replace(slot, transposed=at)
                backward.append(
                    [Derive.TRANSPOSE, slot.taps, slot.w, at, slot.taps, slot.channels,
                     slot.outputs, slot.width, slot.strip, slot.side, slot.line]
                )  # fmt: skip
                at = aligned(at + slot.outputs * slot.strip)
            longest = max(longest, slot.width, slot.strip)
            self.slots[index], first = slot, False
        rows = [row + [0] * (11 - len(row)) for row in (*kernels, *backward)]
        self.derived = np.array(rows, np.int64).reshape(-1, 11)
        self.predicting = len(kernels)
        self.zeros = at
        self.constants = at + aligned(longest)
        self.total = aligned(self.constants + len(self._constants) + WIDTH)

    def constant(self, value: float) -> int:
        """Return the place of a number that a layer or the loss has, or of 0 or 1."""
        return self.constants + self._constants.index(value)

    def packed(self, flat: Array) -> NDArray[np.float32]:
        """Return numbers that belong to the parameters, in arena order, as parameters lie."""
        packed = np.zeros(self.size, np.float32)
        packed[self.places] = flat
        return packed

    def array(self) -> NDArray[np.float32]:
        """Return a new packed array: constants set, parameters 0."""
        array = aligned_zeros(self.total)
        array[self.constants : self.constants + len(self._constants)] = self._constants
        return array


def _slot(layer: Layer, shape: Shape, at: int) -> Slot:
    if isinstance(layer, Conv):
        taps, channels, outputs = layer.kernel_size**2, shape[0], layer.maps
    elif isinstance(layer, Linear):
        taps, channels, outputs = prod(shape[1:]), shape[0], layer.units
    else:
        taps, channels, outputs = 1, 1, shape[0]
    # One row more than w has, for what a tile computes beyond the last.
    rows = aligned((taps * channels + 1) * padded(outputs))
    side, group = taps, 1
    if isinstance(layer, Conv):
        _, height, columns = layer.output_shape(shape)
        side = layer.kernel_size
        if layer.stride == 1:
            group = forward_size(side, padded(outputs), height, columns)
    return Slot(at, at + rows, -1, taps, channels, outputs, side, group)


def _faster(
    layer: Conv, shape: Shape, slot: Slot, at: int, kernels: list[list[int]],
    backward: list[list[int]] | None,
) -> tuple[Slot, int]:  # fmt: skip
    """Give a convolution weights in the forms it is faster with; for the first no `backward`."""
    _, height, columns = layer.output_shape(shape)
    width, own = slot.width, padded(slot.channels)
    tiles = winograd.suits(slot.side, layer.stride, height, columns)
    direct = slot.group_rows * price(slot.group * width // WIDTH, height * columns // slot.group)
    fast = winograd.forward_price(slot.channels, own, width, height * columns)
    if backward is not None and tiles and fast < winograd.GAIN * direct:
        slot = replace(slot, tiled=at)
        apart = winograd.kernels_apart(slot.channels, width)
        kernels.append([Derive.KERNELS, slot.channels, slot.w, at, slot.channels, width, apart])
        at = aligned(at + winograd.SQUARE * apart)
    elif slot.group > 1:
        wide = slot.group * width
        slot = replace(slot, grouped=at, grouped_b=at + (slot.group_rows + 1) * wide)
        kernels.append(
            [Derive.GROUP, slot.group_taps, slot.w, slot.b, slot.grouped, slot.grouped_b,
             slot.side, slot.channels, width, slot.group]
        )  # fmt: skip
        at = aligned(slot.grouped_b + wide)
    if backward is None:
        return slot, at
    tiles = winograd.suits(slot.side, layer.stride, *shape[1:]) and layer.pad < slot.side
    direct = slot.side * slot.outputs * price(slot.side * own // WIDTH, height * columns)
    fast = winograd.forward_price(slot.outputs, width, own, shape[1] * shape[2])
    if tiles and fast < winograd.GAIN * direct:
        slot = replace(slot, turned=at)
        apart = winograd.kernels_apart(slot.outputs, own)
        backward.append([Derive.TURNED, slot.outputs, slot.w, at, slot.channels, width, own, apart])
        at = aligned(at + winograd.SQUARE * apart)
    return slot, at


def _places(layer: Layer, slot: Slot) -> list[NDArray[np.int64]]:
    """Return where w's values and b's lie, in arena order."""
    outputs = np.arange(slot.outputs)
    bias = slot.b + outputs
    if isinstance(layer, Subsample):
        return [slot.w + outputs, bias]
    rows = np.arange(slot.rows).reshape(slot.taps, slot.channels).T  # input map × tap
    if isinstance(layer, Conv) and layer.connections is not None:
        pairs = [(o, c) for o, row in enumerate(layer.connections) for c in row]
        kernels = [slot.w + rows[c] * slot.width + o for o, c in pairs]
        return [np.concatenate(kernels), bias]
    return [(slot.w + rows[None] * slot.width + outputs[:, None, None]).ravel(), bias]
