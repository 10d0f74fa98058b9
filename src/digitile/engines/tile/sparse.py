"""A convolution's weight gradient where a pooling chooses its errors: nothing is spent on zeros.

Behind a 2×2 max pooling three of four errors are zero. The pooling leaves, for each window and
map, an error and the pixel it belongs to; errors that a ReLU has made zero are left out as well.

    dW[o, i] = Σ v · x[window of p, row i]     over map o's errors (p, v): a strip of K·C values

Strips stay in registers while a list goes by. (The same for the input gradient was no faster than
the dense product, for its lists are short.)
"""

from typing import Any

import numpy as np

from digitile.engines.tile.compile import kernel
from digitile.engines.tile.group import weights_price
from digitile.engines.tile.lowering import Lowering, Node, Op, windows
from digitile.engines.tile.packing import aligned
from digitile.engines.tile.simd import WIDTH, get, put
from digitile.engines.tile.storage import padded
from digitile.engines.tile.tile import STRIPS, pieces, split_strip, sum_strips
from digitile.nn.conv import Conv


@kernel
def sparse_weights(op: Any, s: int, mem: Any, ints: Any, tab: Any) -> None:
    """Add one image's errors to the strips of dW.

    An op is (dy, step, row, stride, height, width, saved, step, maps, list, list of pixels, dense,
    x, step, row, windows, strips, side, line, parts, n). Where it is dense no list is made: all
    errors count, and lie one stride after the other.
    """
    dy, saved = op[1] + s * op[2], op[7] + s * op[8]
    stride, maps, values, pixels = op[4], op[9], op[10], op[11]
    x, side, line = op[13] + s * op[14], op[18], op[19]
    for o in range(maps):
        target = op[17] + o * side * line
        if op[12]:
            sum_strips(mem, dy + o, ints, saved + o, stride, mem, x, op[15], tab, op[16],
                       mem, target, line, side, op[5] * op[6], op[20], op[21])  # fmt: skip
            continue
        count = 0
        cell = saved + o
        for row in range(op[5]):
            source = dy + row * op[3] + o
            for _ in range(op[6]):
                v = get(mem, source)
                put(mem, values + count, v)
                put(ints, pixels + count, get(ints, cell))
                count += int(v != np.float32(0))
                source += stride
                cell += stride
        if count > 0:
            sum_strips(mem, values, ints, pixels, 1, mem, x, op[15], tab, op[16],
                       mem, target, line, side, count, op[20], op[21])  # fmt: skip


@kernel
def fold_strips(op: Any, mem: Any) -> None:
    """Bring strips into the order of w.

    An op is (strips, w, side, channels, maps, x's stride, line, width).
    """
    side, channels, maps, stride, line, width = op[3], op[4], op[5], op[6], op[7], op[8]
    for i in range(side):
        for j in range(side):
            for c in range(channels):
                target = op[2] + ((i * side + j) * channels + c) * width
                source = op[1] + i * line + j * stride + c
                for o in range(maps):
                    put(mem, target + o, get(mem, source + o * side * line))


def pays(conv: Node, pool: Node) -> bool:
    """Tell whether the pooling leaves so few errors of the convolution that skipping zeros pays.

    Times are in half cycles, as those of `tile.price`: an error takes four cycles to get onto its
    list, and as long at least to go by a set of strips; a set takes 75 cycles to start and end.
    """
    slot, y = conv.slot, conv.y
    assert slot is not None
    parts = split_strip(padded(slot.side * conv.x.stride) // WIDTH)
    registers = sum(len(pieces(units)) for units in parts)
    sets = sum(-(-slot.side // STRIPS[units]) for units in parts)
    errors = pool.y.height * pool.y.width * slot.outputs
    time = errors * (8 + max(8 * sets, 1.7 * slot.side * registers)) + slot.outputs * sets * 150
    return time < weights_price(slot, y.height * y.width)


def _line(node: Node) -> int:
    """Return the values from one strip of dW to the next."""
    assert isinstance(node.layer, Conv)
    return aligned(padded(node.layer.kernel_size * node.x.stride))


def allocate(lowering: Lowering, node: Node) -> None:
    """Give a convolution its strips, which start at zero for each lane."""
    assert isinstance(node.layer, Conv)
    size = node.layer.maps * node.layer.kernel_size * _line(node)
    node.saved, _ = lowering.memory(size, 1)


def weight_gradient(lowering: Lowering, node: Node) -> None:
    """Emit dW from the pooling's errors."""
    layer, x, pool = node.layer, node.x, node.pooled
    assert isinstance(layer, Conv)
    assert pool is not None
    errors = pool.y
    k, cells = layer.kernel_size, errors.height * errors.width
    source = (
        errors.error + errors.inside, errors.error_step, errors.row, errors.stride,
        errors.height, errors.width, pool.saved, pool.saved_step, layer.maps,
    )  # fmt: skip
    values, _ = lowering.memory(cells + WIDTH, 1)
    owners, _ = lowering.places(cells + WIDTH, 1)
    dense = errors.border == 0 and not pool.zeros
    table = lowering.table(windows(node), x.size)
    parts = split_strip(padded(k * x.stride) // WIDTH)
    lowering.emit(
        Op.SPARSE_WEIGHTS, *source, values, owners, dense, x.value, x.value_step, x.row,
        table, node.saved, k, _line(node), lowering.table(parts), len(parts),
    )  # fmt: skip


def finish(lowering: Lowering, node: Node) -> None:
    """Emit dW from the strips of all images."""
    slot, x = node.slot, node.x
    assert slot is not None
    lowering.emit(
        Op.FOLD_STRIPS, node.saved, slot.w, slot.side, slot.channels, slot.outputs, x.stride,
        _line(node), slot.width,
    )  # fmt: skip
