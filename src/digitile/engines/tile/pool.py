"""Pooling, all maps of a window at once; the equations are in `digitile.nn.pool`.

Poolings that choose a cell keep its pixel's number in the map, y·W + x, as int32.
"""

from typing import Any

import numpy as np

from digitile.engines.tile.compile import inlined, kernel
from digitile.engines.tile.lowering import Lowering, Node, Op
from digitile.engines.tile.simd import (
    add,
    fma,
    greater,
    load,
    load_ints,
    mul,
    same,
    select,
    spread,
    spread_int,
    store,
)
from digitile.nn.pool import MaxPool, MeanPool, MinPool, Pool, StochasticPool, Subsample

KINDS: tuple[type[Pool], ...] = (MaxPool, MinPool, MeanPool, StochasticPool, Subsample)
MAX, MIN, MEAN, STOCHASTIC, SUBSAMPLE = range(5)


def chooses(layer: object) -> bool:
    """Tell whether a pooling sends each error to one cell only."""
    return isinstance(layer, (MaxPool, StochasticPool))


@kernel
def pool(op: Any, s: int, image: int, mem: Any, ints: Any, par: Any, noise: Any) -> None:
    """Pool one image.

    An op is (kind, x, step, row, y, step, row, stride, height, width, height of y, width of y,
    window, step of windows, saved, step, noise or -1, maps, w, b, tiles).
    """
    kind, x0, y0 = op[1], op[2] + s * op[3], op[5] + s * op[6]
    xrow, yrow, stride = op[4], op[7], op[8]
    height, width, saved = op[9], op[10], op[15] + s * op[16]
    keep = op[15] >= 0
    for row in range(op[11]):
        top = row * op[14]
        down = min(op[13], height - top)
        for column in range(op[12]):
            left = column * op[14]
            across = min(op[13], width - left)
            first = top * width + left
            x = x0 + top * xrow + left * stride
            target = y0 + row * yrow + column * stride
            cell = saved + (row * op[12] + column) * stride
            if kind == STOCHASTIC:
                drawn = -1
                if op[17] >= 0:
                    drawn = op[17] + (image * op[18] * op[11] + row) * op[12] + column
                _draw(mem, ints, x, xrow, stride, width, first, down, across, target, cell,
                      noise, drawn, op[11] * op[12], op[18], keep)  # fmt: skip
            elif kind in (MAX, MIN):
                # The usual windows again with their sides as constants: loops that unroll.
                if down == 2 and across == 2:
                    _best(kind == MIN, mem, ints, x, xrow, stride, width, first, 2, 2, target,
                          cell, keep)  # fmt: skip
                elif down == 3 and across == 3:
                    _best(kind == MIN, mem, ints, x, xrow, stride, width, first, 3, 3, target,
                          cell, keep)  # fmt: skip
                else:
                    _best(kind == MIN, mem, ints, x, xrow, stride, width, first, down, across,
                          target, cell, keep)  # fmt: skip
            elif down == 2 and across == 2:
                _mean(kind == SUBSAMPLE, mem, par, x, xrow, stride, 2, 2, target, cell, keep,
                      op[19], op[20])  # fmt: skip
            elif down == 3 and across == 3:
                _mean(kind == SUBSAMPLE, mem, par, x, xrow, stride, 3, 3, target, cell, keep,
                      op[19], op[20])  # fmt: skip
            else:
                _mean(kind == SUBSAMPLE, mem, par, x, xrow, stride, down, across, target, cell,
                      keep, op[19], op[20])  # fmt: skip


@inlined
def _best(
    least: bool, mem: Any, ints: Any, x: int, xrow: int, stride: int, width: int, first: int,
    down: int, across: int, target: int, cell: int, keep: bool,
) -> None:  # fmt: skip
    """Find the largest or smallest value of a window, the first of equals."""
    for c in range(0, stride, 8):
        best = load(mem, x + c)
        place = spread_int(np.int32(first))
        for j in range(down):
            for i in range(across):
                value = load(mem, x + j * xrow + i * stride + c)
                better = greater(best, value) if least else greater(value, best)
                best = select(better, value, best)
                if keep:
                    place = select(better, np.int32(first + j * width + i), place)
        store(mem, target + c, best)
        if keep:
            store(ints, cell + c, place)


@inlined
def _mean(
    weighted: bool, mem: Any, par: Any, x: int, xrow: int, stride: int, down: int, across: int,
    target: int, cell: int, keep: bool, w: int, b: int,
) -> None:  # fmt: skip
    """Take a window's mean, or its sum with a map's weight and bias."""
    scale = np.float32(1) / np.float32(down * across)
    for c in range(0, stride, 8):
        total = load(mem, x + c)
        for j in range(down):
            for i in range(across):
                if j + i > 0:
                    total = add(total, load(mem, x + j * xrow + i * stride + c))
        if weighted:
            if keep:
                store(mem, cell + c, total)
            store(mem, target + c, fma(total, load(par, w + c), load(par, b + c)))
        else:
            store(mem, target + c, mul(total, scale))


@kernel
def _draw(
    mem: Any, ints: Any, x: int, xrow: int, stride: int, width: int, first: int,
    down: int, across: int, target: int, cell: int,
    noise: Any, drawn: int, windows: int, maps: int, keep: bool,
) -> None:  # fmt: skip
    """Draw a cell of a window for each map with drawn ≥ 0, else take the weighted mean."""
    zero, one = np.float32(0), np.float32(1)
    for c in range(maps):
        total = zero
        for j in range(down):
            for i in range(across):
                value = mem[x + j * xrow + i * stride + c]
                total += value if value > zero else zero
        alike = not total > zero
        if alike:
            total = np.float32(down * across)
        mean, reached, chosen = zero, zero, -1
        for j in range(down):
            for i in range(across):
                value = mem[x + j * xrow + i * stride + c]
                weight = one if alike else (value if value > zero else zero)
                mean += weight * value
                reached += weight
                if drawn >= 0 and chosen < 0 and reached > noise[drawn + c * windows] * total:
                    chosen = j * across + i
        if drawn < 0:
            mem[target + c] = mean / total
        else:
            if chosen < 0:  # only where a value is not a number
                chosen = 0
            j, i = chosen // across, chosen % across
            if keep:
                ints[cell + c] = first + j * width + i
            mem[target + c] = mem[x + j * xrow + i * stride + c]


@kernel
def pool_back(op: Any, s: int, mem: Any, ints: Any, par: Any) -> None:
    """Send one image's errors back; dx has been cleared, or is all written where windows tile it.

    An op is as for `pool`, with errors for values and no noise; field 17 says whether dx is
    wanted, or the gradient of w and b only.
    """
    kind, dx0, dy0 = op[1], op[2] + s * op[3], op[5] + s * op[6]
    xrow, yrow, stride = op[4], op[7], op[8]
    height, width, saved = op[9], op[10], op[15] + s * op[16]
    for row in range(op[11]):
        top = row * op[14]
        down = min(op[13], height - top)
        for column in range(op[12]):
            left = column * op[14]
            across = min(op[13], width - left)
            first = top * width + left
            dx = dx0 + top * xrow + left * stride
            dy = dy0 + row * yrow + column * stride
            cell = saved + (row * op[12] + column) * stride
            if kind == SUBSAMPLE:
                _subsample_back(mem, dy, cell, stride, op[19], op[20])
            if not op[17]:
                continue
            if kind in (MEAN, SUBSAMPLE):
                if down == 2 and across == 2:
                    _share(kind == SUBSAMPLE, mem, par, dx, xrow, dy, stride, 2, 2, op[19],
                           op[21])  # fmt: skip
                else:
                    _share(kind == SUBSAMPLE, mem, par, dx, xrow, dy, stride, down, across,
                           op[19], op[21])  # fmt: skip
            elif down == 2 and across == 2:
                _send(mem, ints, dx, xrow, dy, stride, width, first, 2, 2, cell, op[21])
            else:
                _send(mem, ints, dx, xrow, dy, stride, width, first, down, across, cell, op[21])


@kernel
def _subsample_back(mem: Any, dy: int, cell: int, stride: int, w: int, b: int) -> None:
    """Add a window's share of the gradients of weights and biases."""
    for c in range(0, stride, 8):
        error = load(mem, dy + c)
        store(mem, w + c, fma(error, load(mem, cell + c), load(mem, w + c)))
        store(mem, b + c, add(load(mem, b + c), error))


@inlined
def _share(
    weighted: bool, mem: Any, par: Any, dx: int, xrow: int, dy: int, stride: int,
    down: int, across: int, w: int, tiles: int,
) -> None:  # fmt: skip
    """Give each cell of a window the same share of its error."""
    scale = np.float32(1) / np.float32(down * across)
    for c in range(0, stride, 8):
        share = load(mem, dy + c)
        share = mul(share, load(par, w + c)) if weighted else mul(share, scale)
        for j in range(down):
            for i in range(across):
                at = dx + j * xrow + i * stride + c
                store(mem, at, share if tiles else add(load(mem, at), share))


@inlined
def _send(
    mem: Any, ints: Any, dx: int, xrow: int, dy: int, stride: int, width: int, first: int,
    down: int, across: int, cell: int, tiles: int,
) -> None:  # fmt: skip
    """Send each error of a window to the cell that was chosen."""
    zero = spread(np.float32(0))
    for c in range(0, stride, 8):
        error, place = load(mem, dy + c), load_ints(ints, cell + c)
        for j in range(down):
            for i in range(across):
                at = dx + j * xrow + i * stride + c
                sent = select(same(place, np.int32(first + j * width + i)), error, zero)
                store(mem, at, sent if tiles else add(load(mem, at), sent))


def _tiles(node: Node) -> bool:
    """Tell whether the windows cover the map without overlap."""
    layer, x, y = node.layer, node.x, node.y
    assert isinstance(layer, Pool)
    sides = ((x.height, y.height), (x.width, y.width))
    return layer.stride == layer.window and all(side <= n * layer.stride for side, n in sides)


def _fields(node: Node, noise: int) -> list[int]:
    layer, x, y, slot = node.layer, node.x, node.y, node.slot
    assert isinstance(layer, Pool)
    return [
        x.stride, x.height, x.width, y.height, y.width, layer.window, layer.stride,
        node.saved, node.saved_step, noise, x.channels,
        slot.w if slot else 0, slot.b if slot else 0, _tiles(node),
    ]  # fmt: skip


def forward(lowering: Lowering, node: Node) -> None:
    """Emit y = the window's best, mean, drawn or weighted value."""
    x, y = node.x, node.y
    lowering.emit(
        Op.POOL, KINDS.index(type(node.layer)),
        x.value + x.inside, x.value_step, x.row, y.value + y.inside, y.value_step, y.row,
        *_fields(node, node.noise if lowering.training else -1),
    )  # fmt: skip


def backward(lowering: Lowering, node: Node) -> None:
    """Emit dx = the errors at the chosen cells, or spread."""
    x, y = node.x, node.y
    if node.needless:
        return
    if node.wants_dx and not _tiles(node):
        lowering.emit(Op.CLEAR, x.error, x.error_step, x.size)
    lowering.emit(
        Op.POOL_BACK, KINDS.index(type(node.layer)),
        x.error + x.inside, x.error_step, x.row, y.error + y.inside, y.error_step, y.row,
        *_fields(node, int(node.wants_dx)),
    )  # fmt: skip
