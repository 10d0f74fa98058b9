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
from digitile.nn.pool import MaxPool, MeanPool, MinPool, PoolLayer, StochasticPool, Subsample

KINDS: tuple[type[PoolLayer], ...] = (MaxPool, MinPool, MeanPool, StochasticPool, Subsample)
MAX, MIN, MEAN, STOCHASTIC, SUBSAMPLE = range(5)


class Pooling(NamedTuple):
    """y from the windows of x in the forward pass, or errors of x from those of y."""

    kind: int  # which of KINDS
    x: Maps
    y: Maps
    height: int  # of x
    width: int
    rows: int  # of y
    columns: int
    window: int
    stride: int
    kept: Region  # chosen cells, or sums, pixel after pixel as y without a border
    noise: int  # where random numbers start in a step's; -1 in prediction
    channels: int  # maps, without padding
    w: int  # a subsampling's
    b: int
    covers: int  # whether windows cover x without overlap, so that each error is written once
    wants_dx: int  # or else the way back computes dw and db only


class PoolingBack(Pooling):
    """The way back of a `Pooling`."""


class Window(NamedTuple):
    """One window: where its values, its output, and what it keeps lie."""

    x: int
    y: int
    kept: int
    first: int  # the number of its first pixel
    down: int  # its size
    across: int


@inlined
def _window(op: Any, s: int, row: int, column: int) -> Any:
    top, left = row * op.stride, column * op.stride
    return Window(
        op.x.start + s * op.x.step + top * op.x.row + left * op.x.pixel,
        op.y.start + s * op.y.step + row * op.y.row + column * op.y.pixel,
        op.kept.start + s * op.kept.step + (row * op.columns + column) * op.y.pixel,
        top * op.width + left,
        min(op.window, op.height - top),
        min(op.window, op.width - left),
    )


def _unrolled(work: Any) -> Any:
    """Return `work` with the usual windows' sides as constants: loops that unroll."""

    @inlined
    def run(op: Any, window: Any, lane: Any) -> None:
        if window.down == 2 and window.across == 2:
            work(op, window, 2, 2, lane)
        elif window.down == 3 and window.across == 3:
            work(op, window, 3, 3, lane)
        else:
            work(op, window, window.down, window.across, lane)

    return run


@kernel
def pool(op: Any, s: int, lane: Any) -> None:
    """Compute a `Pooling` for image `s`."""
    for row in range(op.rows):
        for column in range(op.columns):
            window = _window(op, s, row, column)
            if op.kind == STOCHASTIC:
                drawn = -1
                if op.noise >= 0:
                    image = (lane.first + s) * op.channels
                    drawn = op.noise + (image * op.rows + row) * op.columns + column
                _draw(op, window, drawn, lane)
            elif op.kind == MAX or op.kind == MIN:
                _best(op, window, lane)
            else:
                _mean(op, window, lane)


@kernel
def pool_back(op: Any, s: int, lane: Any) -> None:
    """Compute a `PoolingBack` for image `s`; dx has been cleared, unless windows cover it."""
    for row in range(op.rows):
        for column in range(op.columns):
            window = _window(op, s, row, column)
            if op.kind == SUBSAMPLE:
                _subsample_back(op, window, lane)
            if not op.wants_dx:
                continue
            if op.kind == MEAN or op.kind == SUBSAMPLE:
                _share(op, window, lane)
            else:
                _send(op, window, lane)


@_unrolled
@inlined
def _best(op: Any, window: Any, down: int, across: int, lane: Any) -> None:
    """Find the largest or smallest value of a window, the first of equals."""
    x, least, keep = at(lane.memory, window.x), op.kind == MIN, op.kept.start >= 0
    for c in range(0, op.x.pixel, 8):
        best, place = load(x, c), spread(np.int32(window.first))
        for j in range(down):
            for i in range(across):
                value = load(x, j * op.x.row + i * op.x.pixel + c)
                better = greater(best, value) if least else greater(value, best)
                best = select(better, value, best)
                if keep:
                    place = select(better, np.int32(window.first + j * op.width + i), place)
        store(lane.memory, window.y + c, best)
        if keep:
            store(lane.places, window.kept + c, place)


@_unrolled
@inlined
def _mean(op: Any, window: Any, down: int, across: int, lane: Any) -> None:
    """Take a window's mean, or its sum with a map's weight and bias."""
    memory, x = lane.memory, at(lane.memory, window.x)
    scale = np.float32(1) / np.float32(down * across)
    for c in range(0, op.x.pixel, 8):
        total = load(x, c)
        for j in range(down):
            for i in range(across):
                if j + i > 0:
                    total = total + load(x, j * op.x.row + i * op.x.pixel + c)
        if op.kind == SUBSAMPLE:
            if op.kept.start >= 0:
                store(memory, window.kept + c, total)
            w, b = load(lane.parameters, op.w + c), load(lane.parameters, op.b + c)
            store(memory, window.y + c, total * w + b)
        else:
            store(memory, window.y + c, total * scale)


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
            lane.memory[window.y + c] = mean / total
        else:
            chosen = max(chosen, 0)  # below only where a value is not a number
            j, i = chosen // across, chosen % across
            if op.kept.start >= 0:
                lane.places[window.kept + c] = np.int32(window.first + j * op.width + i)
            lane.memory[window.y + c] = x[j * op.x.row + i * op.x.pixel]


@kernel
def _subsample_back(op: Any, window: Any, lane: Any) -> None:
    """Add a window's share of the gradients of weights and biases."""
    dw, db = at(lane.memory, op.w), at(lane.memory, op.b)
    for c in range(0, op.x.pixel, 8):
        error = load(lane.memory, window.y + c)
        store(dw, c, error * load(lane.memory, window.kept + c) + load(dw, c))
        store(db, c, load(db, c) + error)


@_unrolled
@inlined
def _share(op: Any, window: Any, down: int, across: int, lane: Any) -> None:
    """Give each cell of a window the same share of its error."""
    x, scale = at(lane.memory, window.x), np.float32(1) / np.float32(down * across)
    for c in range(0, op.x.pixel, 8):
        error = load(lane.memory, window.y + c)
        share = error * load(lane.parameters, op.w + c) if op.kind == SUBSAMPLE else error * scale
        for j in range(down):
            for i in range(across):
                cell = j * op.x.row + i * op.x.pixel + c
                store(x, cell, share if op.covers else load(x, cell) + share)


@_unrolled
@inlined
def _send(op: Any, window: Any, down: int, across: int, lane: Any) -> None:
    """Send each error of a window to the cell that was chosen."""
    x = at(lane.memory, window.x)
    for c in range(0, op.x.pixel, 8):
        error, place = load(lane.memory, window.y + c), load(lane.places, window.kept + c)
        for j in range(down):
            for i in range(across):
                cell = j * op.x.row + i * op.x.pixel + c
                here = same(place, np.int32(window.first + j * op.width + i))
                sent = select(here, error, zeros())
                store(x, cell, sent if op.covers else load(x, cell) + sent)


def _covers(node: Node) -> bool:
    """Tell whether the windows cover the map without overlap."""
    layer, x, y = node.layer, node.x, node.y
    assert isinstance(layer, PoolLayer)
    sides = ((x.height, y.height), (x.width, y.width))
    return layer.stride == layer.window and all(side <= n * layer.stride for side, n in sides)


def _fields(node: Node, x: Maps, y: Maps, noise: int) -> Pooling:
    layer, slot = node.layer, node.slot
    assert isinstance(layer, PoolLayer)
    w, b = (slot.w, slot.b) if slot else (0, 0)
    return Pooling(
        KINDS.index(type(layer)), x, y, node.x.height, node.x.width, node.y.height, node.y.width,
        layer.window, layer.stride, node.saved, noise, node.x.channels, w, b, int(_covers(node)),
        int(node.wants_dx),
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
    lowering.emit(_fields(node, node.x.values, node.y.values, noise))


def backward(lowering: Lowering, node: Node) -> None:
    """Emit dx = the errors at the chosen cells, or spread."""
    x = node.x
    if node.wants_dx and not _covers(node):
        lowering.emit(Clear(x.error, x.size))
    lowering.emit(PoolingBack(*_fields(node, x.errors, node.y.errors, -1)))
