"""Pooling, all maps of a window at once; the equations are in `digitile.nn.pool`.

Poolings that choose a cell keep its pixel's number in the map, y·W + x, as int32.
"""

from typing import Any

import numpy as np

from digitile.engines.tile.compile import kernel
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
    select_int,
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
    window, step of windows, saved, step, noise or -1, maps, w, b).
    """
    kind, x0, y0 = op[1], op[2] + s * op[3], op[5] + s * op[6]
    xrow, yrow, stride = op[4], op[7], op[8]
    height, width, saved = op[9], op[10], op[15] + s * op[16]
    for row in range(op[11]):
        top = row * op[14]
        bottom = min(top + op[13], height)
        for column in range(op[12]):
            left = column * op[14]
            right = min(left + op[13], width)
            target = y0 + row * yrow + column * stride
            cell = saved + (row * op[12] + column) * stride
            if kind in (MAX, MIN):
                _best(kind, mem, ints, x0, xrow, stride, width, top, bottom, left, right,
                      target, cell, op[15] >= 0)  # fmt: skip
            elif kind == STOCHASTIC:
                drawn = -1
                if op[17] >= 0:
                    drawn = op[17] + (image * op[18] * op[11] + row) * op[12] + column
                _draw(mem, ints, x0, xrow, stride, width, top, bottom, left, right, target, cell,
                      noise, drawn, op[11] * op[12], op[18], op[15] >= 0)  # fmt: skip
            else:
                scale = np.float32(1) / np.float32((bottom - top) * (right - left))
                for c in range(0, stride, 8):
                    total = spread(np.float32(0))
                    for y in range(top, bottom):
                        for x in range(left, right):
                            total = add(total, load(mem, x0 + y * xrow + x * stride + c))
                    if kind == MEAN:
                        total = mul(total, spread(scale))
                    else:
                        if op[15] >= 0:
                            store(mem, cell + c, total)
                        total = fma(total, load(par, op[19] + c), load(par, op[20] + c))
                    store(mem, target + c, total)


@kernel
def _best(
    kind: int, mem: Any, ints: Any, x0: int, xrow: int, stride: int, width: int,
    top: int, bottom: int, left: int, right: int, target: int, cell: int, keep: bool,
) -> None:  # fmt: skip
    """Find the largest or smallest value of a window, the first of equals."""
    for c in range(0, stride, 8):
        best = load(mem, x0 + top * xrow + left * stride + c)
        place = spread_int(np.int32(top * width + left))
        for y in range(top, bottom):
            for x in range(left, right):
                value = load(mem, x0 + y * xrow + x * stride + c)
                better = greater(value, best)
                if kind == MIN:
                    better = greater(best, value)
                best = select(better, value, best)
                place = select_int(better, spread_int(np.int32(y * width + x)), place)
        store(mem, target + c, best)
        if keep:
            store(ints, cell + c, place)


@kernel
def _draw(
    mem: Any, ints: Any, x0: int, xrow: int, stride: int, width: int,
    top: int, bottom: int, left: int, right: int, target: int, cell: int,
    noise: Any, drawn: int, windows: int, maps: int, keep: bool,
) -> None:  # fmt: skip
    """Draw a cell of a window for each map with drawn ≥ 0, else take the weighted mean."""
    zero, one = np.float32(0), np.float32(1)
    for c in range(maps):
        total = zero
        for y in range(top, bottom):
            for x in range(left, right):
                value = mem[x0 + y * xrow + x * stride + c]
                total += value if value > zero else zero
        alike = not total > zero
        if alike:
            total = np.float32((bottom - top) * (right - left))
        mean, reached, chosen = zero, zero, -1
        for y in range(top, bottom):
            for x in range(left, right):
                value = mem[x0 + y * xrow + x * stride + c]
                weight = one if alike else (value if value > zero else zero)
                mean += weight * value
                reached += weight
                if drawn >= 0 and chosen < 0 and reached > noise[drawn + c * windows] * total:
                    chosen = y * width + x
        if drawn < 0:
            mem[target + c] = mean / total
        else:
            if chosen < 0:  # only where a value is not a number
                chosen = top * width + left
            if keep:
                ints[cell + c] = chosen
            mem[target + c] = mem[x0 + (chosen // width) * xrow + (chosen % width) * stride + c]


@kernel
def pool_back(op: Any, s: int, mem: Any, ints: Any, par: Any) -> None:
    """Send one image's errors back; dx has been cleared.

    An op is as for `pool`, with errors for values and no noise; field 17 says whether dx is
    wanted, or the gradient of w and b only.
    """
    kind, dx0, dy0 = op[1], op[2] + s * op[3], op[5] + s * op[6]
    xrow, yrow, stride = op[4], op[7], op[8]
    height, width, saved = op[9], op[10], op[15] + s * op[16]
    zero = spread(np.float32(0))
    for row in range(op[11]):
        top = row * op[14]
        bottom = min(top + op[13], height)
        for column in range(op[12]):
            left = column * op[14]
            right = min(left + op[13], width)
            cell = saved + (row * op[12] + column) * stride
            scale = np.float32(1) / np.float32((bottom - top) * (right - left))
            for c in range(0, stride, 8):
                dy = load(mem, dy0 + row * yrow + column * stride + c)
                if kind == SUBSAMPLE:
                    w, b = op[19] + c, op[20] + c
                    store(mem, w, fma(dy, load(mem, cell + c),
                                      load(mem, w)))  # fmt: skip
                    store(mem, b, add(load(mem, b), dy))
                    dy = mul(dy, load(par, w))
                elif kind == MEAN:
                    dy = mul(dy, spread(scale))
                if not op[17]:
                    continue
                for y in range(top, bottom):
                    for x in range(left, right):
                        at = dx0 + y * xrow + x * stride + c
                        share = dy
                        if kind != MEAN and kind != SUBSAMPLE:
                            here = spread_int(np.int32(y * width + x))
                            share = select(same(load_ints(ints, cell + c), here), dy, zero)
                        store(mem, at, add(load(mem, at), share))


def _fields(node: Node, noise: int) -> list[int]:
    layer, x, y, slot = node.layer, node.x, node.y, node.slot
    assert isinstance(layer, Pool)
    return [
        x.stride, x.height, x.width, y.height, y.width, layer.window, layer.stride,
        node.saved, node.saved_step, noise, x.channels,
        slot.w if slot else 0, slot.b if slot else 0,
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
    if node.sparse:
        return
    if node.wants_dx:
        lowering.emit(Op.CLEAR, x.error, x.error_step, x.size)
    lowering.emit(
        Op.POOL_BACK, KINDS.index(type(node.layer)),
        x.error + x.inside, x.error_step, x.row, y.error + y.inside, y.error_step, y.row,
        *_fields(node, int(node.wants_dx)),
    )  # fmt: skip
