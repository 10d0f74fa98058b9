"""A convolution's gradients where a pooling chooses its errors: nothing is spent on zeros.

Behind a 2×2 max pooling three of four errors are zero. The pooling leaves, for each window and
map, an error and the pixel it belongs to; errors that a ReLU has made zero are left out as well.

    dW[o, i] = Σ v · x[window of p, row i]     over map o's errors (p, v): a strip of K·C values
    dx[window of p, row i] += Σ v · wᵀ[o, i]   over pixel p's errors (o, v)

Strips stay in registers while a list goes by.
"""

from typing import Any

import numpy as np

from digitile.engines.tile.compile import kernel
from digitile.engines.tile.lowering import Lowering, Node, Op, windows
from digitile.engines.tile.packing import aligned
from digitile.engines.tile.pool import chooses
from digitile.engines.tile.simd import WIDTH, get, put, spread, store
from digitile.engines.tile.storage import padded
from digitile.engines.tile.tile import split_strip, sum_strips
from digitile.nn.conv import Conv
from digitile.nn.pool import Pool

CACHED = 10_240
"""Weights, as float32, that stay in a first cache beside all else."""


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
def sparse_input(op: Any, s: int, mem: Any, ints: Any, par: Any, tab: Any) -> None:
    """Add one image's errors to dx, which is cleared first.

    An op is (dy, step, row, stride, height, width, saved, step, maps, list, list of maps,
    geometry, dx, step, size, row, windows, transpose, strips, side, line, parts); geometry is a
    table of the pooling's window and step, the map's width, the number of parts, and, for each
    pixel from a window's first to its last, which of the window's cells it is.
    """
    dy, saved = op[1] + s * op[2], op[7] + s * op[8]
    stride, maps, values, owners = op[4], op[9], op[10], op[11]
    window, step, width, n = tab[op[12]], tab[op[12] + 1], tab[op[12] + 2], tab[op[12] + 3]
    dx, size, side, line = op[13] + s * op[14], op[15], op[20], op[21]
    zero = spread(np.float32(0))
    for k in range(dx, dx + size, 8):
        store(mem, k, zero)
    cells = window * window
    counts = owners + op[5] * op[6] * cells * maps
    bits = 63 // cells
    most = (np.int64(1) << bits) - 1
    for row in range(op[5]):
        for column in range(op[6]):
            number = row * op[6] + column
            source, cell = dy + row * op[3] + column * stride, saved + number * stride
            # Which of the window's cells a pixel is, and one counter for each cell in a word.
            known = op[12] + 4 - row * step * width - column * step
            full = np.int64(0)
            for o in range(maps):
                v = get(mem, source + o)
                which = np.int64(get(tab, known + get(ints, cell + o)))
                at = (number * cells + which) * maps + ((full >> (which * bits)) & most)
                put(mem, values + at, v)
                put(ints, owners + at, np.int32(o))
                full += np.int64(v != np.float32(0)) << (which * bits)
            for t in range(cells):
                put(ints, counts + number * cells + t, np.int32((full >> (t * bits)) & most))
    # Few rows of the kernel at a time, so that their weights stay in the first cache.
    together = min(side, max(1, CACHED // (maps * line)))
    for first in range(0, side, together):
        rows = min(together, side - first)
        for number in range(op[5] * op[6]):
            corner = number // op[6] * step * width + number % op[6] * step
            for t in range(cells):
                count = ints[counts + number * cells + t]
                if count > 0:
                    start = (number * cells + t) * maps
                    p = corner + t // window * width + t % window
                    sum_strips(mem, values + start, ints, owners + start, 1, par,
                               op[18] + first * line, line, tab, op[19], mem,
                               dx + tab[op[17] + p] + first * op[16], op[16], rows, count,
                               op[22], n)  # fmt: skip


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
    """Tell whether the pooling leaves so few errors of the convolution that skipping zeros pays."""
    if not (isinstance(conv.layer, Conv) and isinstance(pool.layer, Pool) and chooses(pool.layer)):
        return False
    if conv.layer.maps >= 1 << (63 // pool.layer.window**2):
        return False  # the lists' counters would not fit into a word
    return 3 * pool.y.height * pool.y.width <= conv.y.height * conv.y.width


def _line(node: Node) -> int:
    """Return the values from one strip of dW to the next."""
    assert isinstance(node.layer, Conv)
    return aligned(padded(node.layer.kernel_size * node.x.stride))


def allocate(lowering: Lowering, node: Node) -> None:
    """Give a convolution its strips, which start at zero for each lane."""
    assert isinstance(node.layer, Conv)
    size = node.layer.maps * node.layer.kernel_size * _line(node)
    node.saved, _ = lowering.memory(size, 1)


def backward(lowering: Lowering, node: Node, pool: Node) -> None:
    """Emit dW and dX from the pooling's errors, and db, the sum of them all."""
    layer, x, y, errors, slot = node.layer, node.x, node.y, pool.y, node.slot
    assert isinstance(layer, Conv)
    assert isinstance(pool.layer, Pool)
    assert slot is not None
    k, cells, taps = layer.kernel_size, errors.height * errors.width, pool.layer.window**2
    source = (
        errors.error + errors.inside, errors.error_step, errors.row, errors.stride,
        errors.height, errors.width, pool.saved, pool.saved_step, layer.maps,
    )  # fmt: skip
    values, _ = lowering.memory(cells * taps * layer.maps + WIDTH, 1)
    owners, _ = lowering.places(cells * taps * (layer.maps + 1) + WIDTH, 1)
    dense = errors.border == 0 and not pool.zeros
    table = lowering.table(windows(node), x.size)
    parts = split_strip(padded(k * x.stride) // WIDTH)
    lowering.emit(
        Op.SPARSE_WEIGHTS, *source, values, owners, dense, x.value, x.value_step, x.row,
        table, node.saved, k, _line(node), lowering.table(parts), len(parts),
    )  # fmt: skip
    lowering.emit(
        Op.SUM_ROWS, errors.error, errors.error_step, lowering.table(errors.pixels()), cells, 0,
        slot.width, slot.b,
    )  # fmt: skip
    if node.wants_dx:
        parts = split_strip(k * padded(x.channels) // WIDTH)
        side = pool.layer.window
        known = np.zeros(side * y.width, np.int64)
        known[(np.arange(side)[:, None] * y.width + np.arange(side)).ravel()] = np.arange(side**2)
        geometry = (side, pool.layer.stride, y.width, len(parts), *known)
        lowering.emit(
            Op.SPARSE_INPUT, *source, values, owners, lowering.table(geometry),
            x.error, x.error_step, x.size, x.row, table, slot.transposed,
            lowering.table(np.arange(layer.maps) * slot.strip), k, slot.line,
            lowering.table(parts),
        )  # fmt: skip


def finish(lowering: Lowering, node: Node) -> None:
    """Emit dW from the strips of all images."""
    slot, x = node.slot, node.x
    assert slot is not None
    lowering.emit(
        Op.FOLD_STRIPS, node.saved, slot.w, slot.side, slot.channels, slot.outputs, x.stride,
        _line(node), slot.width,
    )  # fmt: skip
