"""A convolution's weight gradient where a pooling chooses its errors: nothing is spent on zeros.

Behind a 2×2 max pooling three of four errors are zero. The pooling leaves, for each window and
map, an error and the pixel it belongs to; errors that a ReLU has made zero are left out as well.

    dW[o, i] = Σ v · x[window of p, row i]     over map o's errors (p, v): a strip of K·C values

Strips stay in registers while a list goes by. (The same for the input gradient was no faster than
the dense product, for its lists are short.)
"""

from math import inf
from typing import Any, NamedTuple

import numpy as np

from digitile.engines.tile.compile import kernel
from digitile.engines.tile.convolution.part import Part, conv_of, windows
from digitile.engines.tile.lowering import Lowering, Node
from digitile.engines.tile.packing import Packing
from digitile.engines.tile.records import Maps, Region, image_at
from digitile.engines.tile.simd import WIDTH, at
from digitile.engines.tile.storage import aligned, padded
from digitile.engines.tile.tile import STRIPS, Errors, Strips, pieces, split_strip, sum_strips
from digitile.nn.activations import ReLU
from digitile.nn.pool import MaxPool, StochasticPool


class SparseWeights(NamedTuple):
    """Strips of dW += one image's errors."""

    dy: Maps  # the pooled errors
    height: int
    width: int
    maps: int
    chosen: Region  # int32, the pixel each belongs to, pixel after pixel as dy without a border
    dense: int  # 1 where all errors count, and no list is made
    list: int  # the errors of a list
    listed: int  # the pixels of a list, in the lane's places
    x: Region
    row: int  # values in a row of x
    windows: int  # table of where each pixel's window starts in x
    strips: int  # the sums
    side: int  # strips of a map
    line: int  # values from one to the next
    widths: int  # table of the strips' widths
    parts: int  # how many make one


@kernel
def sparse_weights(op: Any, s: int, lane: Any) -> None:
    """Compute a `SparseWeights` for image `s`."""
    pixel, x = op.dy.pixel, image_at(lane.memory, op.x, s)
    dy, chosen = image_at(lane.memory, op.dy, s), image_at(lane.places, op.chosen, s)
    windows, widths = at(lane.tables, op.windows), at(lane.tables, op.widths)
    values, pixels = at(lane.memory, op.list), at(lane.places, op.listed)
    for o in range(op.maps):
        sums = at(lane.memory, op.strips + o * op.side * op.line)
        strips = Strips(x, windows, op.row, sums, op.line)
        if op.dense:
            errors = Errors(at(dy, o), at(chosen, o), pixel, op.height * op.width)
            sum_strips(errors, strips, op.side, widths, op.parts)
            continue
        count = 0
        cell = o
        for row in range(op.height):
            source = row * op.dy.row + o
            for _ in range(op.width):
                v = dy[source]
                values[count] = v
                pixels[count] = chosen[cell]
                count += int(v != np.float32(0))
                source += pixel
                cell += pixel
        if count > 0:
            sum_strips(Errors(values, pixels, 1, count), strips, op.side, widths, op.parts)


class FoldStrips(NamedTuple):
    """dw from strips, which lie output map by output map."""

    dw: int
    strips: int
    side: int  # taps in a kernel row
    channels: int
    maps: int
    width: int  # values in a row of dw
    pixel: int  # values of x from one pixel to the next
    line: int  # values from one strip to the next


@kernel
def fold_strips(op: Any, s: int, lane: Any) -> None:
    """Compute a `FoldStrips`."""
    for i in range(op.side):
        for j in range(op.side):
            for c in range(op.channels):
                dw = at(lane.memory, op.dw + ((i * op.side + j) * op.channels + c) * op.width)
                strips = at(lane.memory, op.strips + i * op.line + j * op.pixel + c)
                for o in range(op.maps):
                    dw[o] = strips[o * op.side * op.line]


def price(node: Node, part: Part) -> float:
    """Return the time of a weight gradient, in half cycles.

    An error takes four cycles to get onto its list, and as long at least to go by a set of strips;
    a set takes 75 cycles to start and end.
    """
    layer, slot = conv_of(node)
    pool = node.follower
    if part is not Part.WEIGHTS or pool is None or layer.dilation > 1:
        return inf
    if not isinstance(pool.layer, (MaxPool, StochasticPool)):
        return inf
    side, parts = layer.kernel_size, _widths(node)
    registers = sum(len(pieces(units)) for units in parts)
    sets = sum(-(-side // STRIPS[units]) for units in parts)
    errors = pool.y.height * pool.y.width * slot.outputs
    return errors * (8 + max(8 * sets, 1.7 * side * registers)) + slot.outputs * sets * 150


def derive(packing: Packing, node: Node, part: Part) -> None:
    """Need nothing."""


def _widths(node: Node) -> tuple[int, ...]:
    """Return the widths of the pieces of a strip."""
    layer, _ = conv_of(node)
    return split_strip(padded(layer.kernel_size * node.x.stride) // WIDTH)


def _line(node: Node) -> int:
    """Return the values from one strip of dW to the next."""
    layer, _ = conv_of(node)
    return aligned(padded(layer.kernel_size * node.x.stride))


def allocate(lowering: Lowering, node: Node, part: Part) -> None:
    """Give strips a place, which starts at zero for each lane."""
    layer, _ = conv_of(node)
    size = layer.maps * layer.kernel_size * _line(node)
    node.detail.sums = lowering.memory(size).start


def emit(lowering: Lowering, node: Node, part: Part) -> None:
    """Emit dW from the pooling's errors."""
    (layer, _), x, pool = conv_of(node), node.x, node.follower
    assert pool is not None
    dy, after = pool.y, pool.follower.layer if pool.follower else None
    # A ReLU behind the pooling leaves many zeros, and works in place.
    dense = dy.border == 0 and not isinstance(after, ReLU)
    size, widths = dy.height * dy.width + WIDTH, _widths(node)
    lowering.emit(
        SparseWeights(
            dy.errors, dy.height, dy.width, layer.maps, pool.saved, int(dense),
            lowering.memory(size).start, lowering.places(size).start,
            x.value, x.row, lowering.table(windows(node), x.size), node.detail.sums,
            layer.kernel_size, _line(node), lowering.table(widths), len(widths),
        )
    )  # fmt: skip


def fold(lowering: Lowering, node: Node) -> None:
    """Emit dW from the strips of all images."""
    (layer, slot), sums, line = conv_of(node), node.detail.sums, _line(node)
    side, channels, pixel = layer.kernel_size, slot.channels, node.x.stride
    record = FoldStrips(slot.w, sums, side, channels, slot.outputs, slot.width, pixel, line)
    lowering.emit(record, once=True)
