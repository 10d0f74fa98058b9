"""Activations on vectors; the equations are in `digitile.nn.activations`.

    y = f(x)        dx = f'(x)·dy

Most work in place: f' is found from the output y. tanhkx and leaky keep x, for y does not give
it, or its sign, back.
"""

from typing import Any, NamedTuple

import numpy as np

from digitile.engines.tile.compile import inlined, kernel
from digitile.engines.tile.lowering import Lowering, Node
from digitile.engines.tile.records import Maps
from digitile.engines.tile.simd import (
    WIDE,
    greater,
    load,
    load_wide,
    relu,
    select,
    sigmoid,
    store,
    tanh,
)
from digitile.nn.activations import Activation, LeakyReLU, ReLU, Sigmoid, Tanh, TanhKx

FUNCTIONS: tuple[type[Activation], ...] = (ReLU, Sigmoid, Tanh, LeakyReLU, TanhKx)
RELU, SIGMOID, TANH, LEAKY, TANHKX = range(5)


class Activate(NamedTuple):
    """y = f(x).

    Attributes
    ----------
    function : int
        Which of FUNCTIONS.
    x, y, kept : Maps
        kept gets a copy of x; it starts at -1 where none is wanted.
    rows, length : int
        Rows of values, and values in a row.
    k : float
        The slope of leaky below 0, or of tanhkx.
    """

    function: int
    x: Maps
    y: Maps
    kept: Maps
    rows: int
    length: int
    k: float


class ActivateBack(NamedTuple):
    """dx = f'(x)·dy, with x or y in `kept`; else as `Activate`."""

    function: int
    dy: Maps
    dx: Maps
    kept: Maps
    rows: int
    length: int
    k: float


def keeps_input(layer: Activation) -> bool:
    """Tell whether `layer` needs its input in its backward pass."""
    return isinstance(layer, (LeakyReLU, TanhKx))


@inlined
def _value(function: int, x: Any, k: np.float32) -> Any:
    """Return f(x)."""
    if function == RELU:
        y = relu(x)
    elif function == SIGMOID:
        y = sigmoid(x)
    elif function == TANH:
        y = tanh(x)
    elif function == LEAKY:
        y = select(greater(x, np.float32(0)), x, k * x)
    else:
        y = k * x + tanh(x)
    return y


@inlined
def _error(function: int, dy: Any, kept: Any, k: np.float32) -> Any:
    """Return f'(x)·dy from y = f(x), or from x where that is kept."""
    zero, one = np.float32(0), np.float32(1)
    if function == RELU:
        dx = select(greater(kept, zero), dy, zero)
    elif function == SIGMOID:
        dx = kept * (one - kept) * dy
    elif function == TANH:
        dx = (one - kept * kept) * dy
    elif function == LEAKY:
        dx = select(greater(kept, zero), dy, k * dy)
    else:
        t = tanh(kept)
        dx = (one + k - t * t) * dy
    return dx


@kernel
def activate(op: Any, s: int, lane: Any) -> None:
    """Compute an `Activate` for image `s`."""
    memory, function, k = lane.memory, op.function, np.float32(op.k)
    for row in range(op.rows):
        x = op.x.start + s * op.x.step + row * op.x.row
        y = op.y.start + s * op.y.step + row * op.y.row
        if op.kept.start >= 0:
            kept = op.kept.start + s * op.kept.step + row * op.kept.row
            for n in range(0, op.length, 8):
                store(memory, kept + n, load(memory, x + n))
        n = 0
        while n + WIDE <= op.length:
            store(memory, y + n, _value(function, load_wide(memory, x + n), k))
            n += WIDE
        if n < op.length:
            store(memory, y + n, _value(function, load(memory, x + n), k))


@kernel
def activate_back(op: Any, s: int, lane: Any) -> None:
    """Compute an `ActivateBack` for image `s`."""
    memory, function, k = lane.memory, op.function, np.float32(op.k)
    for row in range(op.rows):
        dy = op.dy.start + s * op.dy.step + row * op.dy.row
        dx = op.dx.start + s * op.dx.step + row * op.dx.row
        kept = op.kept.start + s * op.kept.step + row * op.kept.row
        n = 0
        while n + WIDE <= op.length:
            wide_dy, wide_kept = load_wide(memory, dy + n), load_wide(memory, kept + n)
            store(memory, dx + n, _error(function, wide_dy, wide_kept, k))
            n += WIDE
        if n < op.length:
            last_dy, last_kept = load(memory, dy + n), load(memory, kept + n)
            store(memory, dx + n, _error(function, last_dy, last_kept, k))


def _slope(layer: Activation) -> float:
    if isinstance(layer, LeakyReLU):
        return layer.alpha
    return layer.k if isinstance(layer, TanhKx) else 0.0


def _rows(node: Node) -> tuple[int, int]:
    """Return rows and values in a row: one long row where there is no border between."""
    x = node.x
    if x.border == node.y.border == 0:
        return 1, x.size
    return x.height, x.width * x.stride


def allocate(lowering: Lowering, node: Node) -> None:
    """Keep x where the backward pass needs it."""
    assert isinstance(node.layer, Activation)
    if lowering.training and node.wants_dp and keeps_input(node.layer):
        node.saved = lowering.memory(node.x.size, lowering.copies)


def forward(lowering: Lowering, node: Node) -> None:
    """Emit y = f(x)."""
    layer, x, y = node.layer, node.x, node.y
    assert isinstance(layer, Activation)
    function, kept = FUNCTIONS.index(type(layer)), x.maps_in(node.saved)
    lowering.emit(Activate(function, x.values, y.values, kept, *_rows(node), _slope(layer)))


def backward(lowering: Lowering, node: Node) -> None:
    """Emit dx = f'(x)·dy."""
    layer, x, y = node.layer, node.x, node.y
    assert isinstance(layer, Activation)
    if node.wants_dx:
        function = FUNCTIONS.index(type(layer))
        kept = x.maps_in(node.saved) if node.saved.start >= 0 else y.values
        lowering.emit(ActivateBack(function, y.errors, x.errors, kept, *_rows(node), _slope(layer)))
