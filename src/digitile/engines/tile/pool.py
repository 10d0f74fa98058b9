"""Pooling, all maps of a window at once; the equations are in `digitile.nn.pool`.

    y = max x, min x, mean x, w·Σx + b, or the value of a cell that is drawn

Poolings that choose a cell keep its pixel's number in the map, y·W + x, as int32, and send the
error there; the others give each cell its share.
"""

from typing import Any, NamedTuple

import numpy as np

from digitile.engines.tile.compile import inlined, kernel
from digitile.engines.tile.lowering import Lowering, Node
from digitile.engines.tile.products import Clear
from digitile.engines.tile.records import Maps, Region
from digitile.engines.tile.simd import at, greater, load, same, select, spread, store, zeros
from digitile.nn.pool import MaxPool, MeanPool, MinPool, Pool, StochasticPool, Subsample

KINDS: tuple[type[Pool], ...] = (MaxPool, MinPool, MeanPool, StochasticPool, Subsample)
MAX, MIN, MEAN, STOCHASTIC, SUBSAMPLE = range(5)


class Pooling(NamedTuple):
    """y from the windows of x, or dx from dy.

    Attributes
    ----------
    kind : int
        Which of KINDS.
    x, y : Maps
        Values in the forward pass, errors in the backward pass.
    height, width : int
        Of x.
    rows, columns : int
        Of y.
    window, stride : int
    kept : Region
        Chosen cells, or sums, pixel after pixel as y without a border; -1 where none are kept.
    noise : int
        Where random numbers start in a step's; -1 in prediction.
    channels : int
        Maps, without padding.
    w, b : int
        Where a subsampling's start.
    covers : int
        Whether windows cover x without overlap, so that each error is written once.
    """

    kind: int
    x: Maps
    y: Maps
    height: int
    width: int
    rows: int
    columns: int
    window: int
    stride: int
    kept: Region
    noise: int
    channels: int
    w: int
    b: int
    covers: int


class PoolingBack(NamedTuple):
    """The way back of a `Pooling`; `wants_dx` is 0 where only dw and db are wanted."""

    pooling: Pooling
    wants_dx: int


class Window(NamedTuple):
    """One window: where its values start, its size, and the number of its first pixel.

    `target` is where its output, or its error, lies, and `kept` where what it keeps does.
    """

    x: int
    down: int
    across: int
    first: int
    target: int
    kept: int


@inlined
def _window(op: Any, s: int, row: int, column: int) -> Any:
    top, left = row * op.stride, column * op.stride
    return Window(
        op.x.start + s * op.x.step + top * op.x.row + left * op.x.pixel,
        min(op.window, op.height - top),
        min(op.window, op.width - left),
        top * op.width + left,
        op.y.start + s * op.y.step + row * op.y.row + column * op.y.pixel,
        op.kept.start + s * op.kept.step + (row * op.columns + column) * op.y.pixel,
    )


@kernel
def pool(op: Any, s: int, lane: Any) -> None:
    """Compute a `Pooling` for image `s`."""
    for row in range(op.rows):
        for column in range(op.columns):
            window = _window(op, s, row, column)
            down, across = window.down, window.across
            if op.kind == STOCHASTIC:
                drawn = -1
                if op.noise >= 0:
                    image = (lane.first + s) * op.channels
                    drawn = op.noise + (image * op.rows + row) * op.columns + column
                _draw(op, window, drawn, lane)
            elif op.kind == MAX or op.kind == MIN:
                # The usual windows again with their sides as constants: loops that unroll.
                if down == 2 and across == 2:
                    _best(op, window, 2, 2, lane)
                elif down == 3 and across == 3:
                    _best(op, window, 3, 3, lane)
                else:
                    _best(op, window, down, across, lane)
            elif down == 2 and across == 2:
                _mean(op, window, 2, 2, lane)
            elif down == 3 and across == 3:
                _mean(op, window, 3, 3, lane)
            else:
                _mean(op, window, down, across, lane)


@inlined
def _best(op: Any, window: Any, down: int, across: int, lane: Any) -> None:
    """Find the largest or smallest value of a window, the first of equals."""
    memory, least, keep = lane.memory, op.kind == MIN, op.kept.start >= 0
    xrow, pixel = op.x.row, op.x.pixel
    for c in range(0, pixel, 8):
        best = load(memory, window.x + c)
        place = spread(np.int32(window.first))
        for j in range(down):
            for i in range(across):
                value = load(memory, window.x + j * xrow + i * pixel + c)
                better = greater(best, value) if least else greater(value, best)
                best = select(better, value, best)
                if keep:
                    place = select(better, np.int32(window.first + j * op.width + i), place)
        store(memory, window.target + c, best)
        if keep:
            store(lane.places, window.kept + c, place)


@inlined
def _mean(op: Any, window: Any, down: int, across: int, lane: Any) -> None:
    """Take a window's mean, or its sum with a map's weight and bias."""
    memory, pixel = lane.memory, op.x.pixel
    scale = np.float32(1) / np.float32(down * across)
    for c in range(0, pixel, 8):
        total = load(memory, window.x + c)
        for j in range(down):
            for i in range(across):
                if j + i > 0:
                    total = total + load(memory, window.x + j * op.x.row + i * pixel + c)
        if op.kind == SUBSAMPLE:
            if op.kept.start >= 0:
                store(memory, window.kept + c, total)
            w, b = load(lane.parameters, op.w + c), load(lane.parameters, op.b + c)
            store(memory, window.target + c, total * w + b)
        else:
            store(memory, window.target + c, total * scale)


@kernel
def _draw(op: Any, window: Any, drawn: int, lane: Any) -> None:
    """Draw a cell of a window for each map where drawn ≥ 0, else take the weighted mean."""
    zero, one = np.float32(0), np.float32(1)
    down, across, windows = window.down, window.across, op.rows * op.columns
    for c in range(op.channels):
        x = at(lane.memory, window.x + c)
        total = zero
        for j in range(down):
            for i in range(across):
                value = x[j * op.x.row + i * op.x.pixel]
                total += value if value > zero else zero
        alike = not total > zero
        if alike:
            total = np.float32(down * across)
        mean, reached, chosen = zero, zero, -1
        for j in range(down):
            for i in range(across):
                value = x[j * op.x.row + i * op.x.pixel]
                weight = one if alike else (value if value > zero else zero)
                mean += weight * value
                reached += weight
                if drawn >= 0 and chosen < 0 and reached > lane.noise[drawn + c * windows] * total:
                    chosen = j * across + i
        if drawn < 0:
            lane.memory[window.target + c] = mean / total
        else:
            if chosen < 0:  # only where a value is not a number
                chosen = 0
            j, i = chosen // across, chosen % across
            if op.kept.start >= 0:
                lane.places[window.kept + c] = np.int32(window.first + j * op.width + i)
            lane.memory[window.target + c] = x[j * op.x.row + i * op.x.pixel]


@kernel
def pool_back(outer: Any, s: int, lane: Any) -> None:
    """Compute a `PoolingBack` for image `s`; dx has been cleared, unless windows cover it."""
    op = outer.pooling
    for row in range(op.rows):
        for column in range(op.columns):
            window = _window(op, s, row, column)
            down, across = window.down, window.across
            if op.kind == SUBSAMPLE:
                _subsample_back(op, window, lane)
            if not outer.wants_dx:
                continue
            if op.kind == MEAN or op.kind == SUBSAMPLE:
                if down == 2 and across == 2:
                    _share(op, window, 2, 2, lane)
                else:
                    _share(op, window, down, across, lane)
            elif down == 2 and across == 2:
                _send(op, window, 2, 2, lane)
            else:
                _send(op, window, down, across, lane)


@kernel
def _subsample_back(op: Any, window: Any, lane: Any) -> None:
    """Add a window's share of the gradients of weights and biases."""
    memory = lane.memory
    for c in range(0, op.x.pixel, 8):
        error = load(memory, window.target + c)
        dw = error * load(memory, window.kept + c) + load(memory, op.w + c)
        store(memory, op.w + c, dw)
        store(memory, op.b + c, load(memory, op.b + c) + error)


@inlined
def _share(op: Any, window: Any, down: int, across: int, lane: Any) -> None:
    """Give each cell of a window the same share of its error."""
    memory, pixel = lane.memory, op.x.pixel
    scale = np.float32(1) / np.float32(down * across)
    for c in range(0, pixel, 8):
        error = load(memory, window.target + c)
        share = error * load(lane.parameters, op.w + c) if op.kind == SUBSAMPLE else error * scale
        for j in range(down):
            for i in range(across):
                cell = window.x + j * op.x.row + i * pixel + c
                store(memory, cell, share if op.covers else load(memory, cell) + share)


@inlined
def _send(op: Any, window: Any, down: int, across: int, lane: Any) -> None:
    """Send each error of a window to the cell that was chosen."""
    memory, pixel = lane.memory, op.x.pixel
    for c in range(0, pixel, 8):
        error, place = load(memory, window.target + c), load(lane.places, window.kept + c)
        for j in range(down):
            for i in range(across):
                cell = window.x + j * op.x.row + i * pixel + c
                here = same(place, np.int32(window.first + j * op.width + i))
                sent = select(here, error, zeros())
                store(memory, cell, sent if op.covers else load(memory, cell) + sent)


def _covers(node: Node) -> bool:
    """Tell whether the windows cover the map without overlap."""
    layer, x, y = node.layer, node.x, node.y
    assert isinstance(layer, Pool)
    sides = ((x.height, y.height), (x.width, y.width))
    return layer.stride == layer.window and all(side <= n * layer.stride for side, n in sides)


def _pooling(node: Node, x: Maps, y: Maps, noise: int) -> Pooling:
    layer, slot = node.layer, node.slot
    assert isinstance(layer, Pool)
    return Pooling(
        KINDS.index(type(layer)), x, y, node.x.height, node.x.width, node.y.height, node.y.width,
        layer.window, layer.stride, node.saved, noise, node.x.channels,
        slot.w if slot else 0, slot.b if slot else 0, int(_covers(node)),
    )  # fmt: skip


def allocate(lowering: Lowering, node: Node) -> None:
    """Keep chosen cells, or sums."""
    size = node.y.height * node.y.width * node.y.stride
    if lowering.training and node.wants_dp:
        if isinstance(node.layer, (MaxPool, StochasticPool)):
            node.saved = lowering.places(size, lowering.copies)
        elif isinstance(node.layer, Subsample):
            node.saved = lowering.memory(size, lowering.copies)


def forward(lowering: Lowering, node: Node) -> None:
    """Emit y = the window's best, mean, drawn or weighted value."""
    noise = node.noise if lowering.training else -1
    lowering.emit(_pooling(node, node.x.values, node.y.values, noise))


def backward(lowering: Lowering, node: Node) -> None:
    """Emit dx = the errors at the chosen cells, or spread."""
    x = node.x
    if node.wants_dx and not _covers(node):
        lowering.emit(Clear(x.error, x.size))
    lowering.emit(PoolingBack(_pooling(node, x.errors, node.y.errors, -1), int(node.wants_dx)))
