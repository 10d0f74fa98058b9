"""Activations on vectors; the equations are in `digitile.nn.activations`.

Most work in place: f' is found from the output y. tanhkx and leaky keep x, for y does not give
it, or its sign, back.
"""

from typing import Any

import numpy as np

from digitile.engines.tile.compile import inlined, kernel
from digitile.engines.tile.lowering import Lowering, Node, Op
from digitile.engines.tile.simd import (
    WIDE,
    fma,
    greater,
    load,
    load_wide,
    mul,
    relu,
    select,
    sigmoid,
    store,
    sub,
    tanh,
)
from digitile.engines.tile.storage import Storage
from digitile.nn.activations import Activation, LeakyReLU, ReLU, Sigmoid, Tanh, TanhKx

KINDS: tuple[type[Activation], ...] = (ReLU, Sigmoid, Tanh, LeakyReLU, TanhKx)
RELU, SIGMOID, TANH, LEAKY, TANHKX = range(5)


def saves(layer: Activation) -> bool:
    """Tell whether `layer` needs its input in its backward pass."""
    return isinstance(layer, (LeakyReLU, TanhKx))


@inlined
def _value(kind: int, x: Any, k: np.float32) -> Any:
    """Return f(x)."""
    if kind == RELU:
        y = relu(x)
    elif kind == SIGMOID:
        y = sigmoid(x)
    elif kind == TANH:
        y = tanh(x)
    elif kind == LEAKY:
        y = select(greater(x, np.float32(0)), x, mul(k, x))
    else:
        y = fma(k, x, tanh(x))
    return y


@inlined
def _error(kind: int, dy: Any, kept: Any, k: np.float32) -> Any:
    """Return f'(x)·dy from y = f(x), or from x where that is kept."""
    zero, one = np.float32(0), np.float32(1)
    if kind == RELU:
        dx = select(greater(kept, zero), dy, zero)
    elif kind == SIGMOID:
        dx = mul(mul(kept, sub(one, kept)), dy)
    elif kind == TANH:
        dx = mul(sub(one, mul(kept, kept)), dy)
    elif kind == LEAKY:
        dx = select(greater(kept, zero), dy, mul(k, dy))
    else:
        t = tanh(kept)
        dx = mul(sub(one + k, mul(t, t)), dy)
    return dx


@kernel
def activate(op: Any, s: int, mem: Any, par: Any) -> None:
    """y = f(x), row by row; an op is (kind, x, step, y, step, saved, step, rows, row, length, k).

    saved is -1 where nothing is kept.
    """
    kind, k = op[1], par[op[11]]
    x0, y0 = op[2] + s * op[3], op[4] + s * op[5]
    saved = op[6] + s * op[7]
    for row in range(op[8]):
        at, end = row * op[9], row * op[9] + op[10]
        if op[6] >= 0:
            for n in range(at, end, 8):
                store(mem, saved + n, load(mem, x0 + n))
        while at + WIDE <= end:
            store(mem, y0 + at, _value(kind, load_wide(mem, x0 + at), k))
            at += WIDE
        if at < end:
            store(mem, y0 + at, _value(kind, load(mem, x0 + at), k))


@kernel
def activate_back(op: Any, s: int, mem: Any, par: Any) -> None:
    """dx = f'(x)·dy, row by row.

    An op is (kind, dy, step, dx, step, saved, step, rows, row, length, k), with y itself as what
    is saved where that is enough.
    """
    kind, k = op[1], par[op[11]]
    dy0, dx0, saved = op[2] + s * op[3], op[4] + s * op[5], op[6] + s * op[7]
    for row in range(op[8]):
        at, end = row * op[9], row * op[9] + op[10]
        while at + WIDE <= end:
            dy, kept = load_wide(mem, dy0 + at), load_wide(mem, saved + at)
            store(mem, dx0 + at, _error(kind, dy, kept, k))
            at += WIDE
        if at < end:
            dy8, kept8 = load(mem, dy0 + at), load(mem, saved + at)
            store(mem, dx0 + at, _error(kind, dy8, kept8, k))


def _coefficient(layer: Activation) -> float:
    if isinstance(layer, LeakyReLU):
        return layer.alpha
    return layer.k if isinstance(layer, TanhKx) else 0.0


def _rows(x: Storage) -> tuple[int, int, int]:
    """Return rows, distance and length: one long row where there is no border between."""
    if x.border == 0:
        return 1, 0, x.size
    return x.height, x.row, x.width * x.stride


def forward(lowering: Lowering, node: Node) -> None:
    """Emit y = f(x)."""
    layer, x, y = node.layer, node.x, node.y
    assert isinstance(layer, Activation)
    lowering.emit(
        Op.ACTIVATE, KINDS.index(type(layer)),
        x.value + x.inside, x.value_step, y.value + y.inside, y.value_step,
        node.saved + x.inside if node.saved >= 0 else -1, node.saved_step,
        *_rows(x), lowering.packing.constant(_coefficient(layer)),
    )  # fmt: skip


def backward(lowering: Lowering, node: Node) -> None:
    """Emit dx = f'(x)·dy."""
    layer, x, y = node.layer, node.x, node.y
    assert isinstance(layer, Activation)
    if not node.wants_dx:
        return
    kept = (node.saved, node.saved_step) if node.saved >= 0 else (y.value, y.value_step)
    lowering.emit(
        Op.ACTIVATE_BACK, KINDS.index(type(layer)),
        y.error + y.inside, y.error_step, x.error + x.inside, x.error_step,
        kept[0] + x.inside, kept[1],
        *_rows(x), lowering.packing.constant(_coefficient(layer)),
    )  # fmt: skip
