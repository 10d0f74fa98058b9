"""Activations on eight values at once; the equations are in `digitile.nn.activations`.

Most work in place: f' is found from the output y. tanhkx keeps tanh(x) besides, and leaky keeps x,
whose sign y does not give back for every slope.
"""

from typing import Any

import numpy as np

from digitile.engines.tile.compile import kernel
from digitile.engines.tile.lowering import Lowering, Node, Op
from digitile.engines.tile.simd import (
    fma,
    greater,
    load,
    mul,
    relu,
    select,
    sigmoid,
    spread,
    store,
    sub,
    tanh,
)
from digitile.nn.activations import Activation, LeakyReLU, ReLU, Sigmoid, Tanh, TanhKx

KINDS: tuple[type[Activation], ...] = (ReLU, Sigmoid, Tanh, LeakyReLU, TanhKx)
RELU, SIGMOID, TANH, LEAKY, TANHKX = range(5)


def saves(layer: Activation) -> bool:
    """Tell whether `layer` needs more than its output in its backward pass."""
    return isinstance(layer, (LeakyReLU, TanhKx))


@kernel
def activate(op: Any, s: int, mem: Any, par: Any) -> None:
    """y = f(x), row by row; an op is (kind, x, step, y, step, saved, step, rows, row, length, k).

    saved is -1 where nothing is kept.
    """
    kind = op[1]
    x0, y0 = op[2] + s * op[3], op[4] + s * op[5]
    keep = op[6] >= 0
    saved = op[6] + s * op[7]
    coefficient = spread(par[op[11]])
    zero = spread(np.float32(0))
    for row in range(op[8]):
        at = row * op[9]
        for k in range(at, at + op[10], 8):
            x = load(mem, x0 + k)
            if kind == RELU:
                y = relu(x)
            elif kind == SIGMOID:
                y = sigmoid(x)
            elif kind == TANH:
                y = tanh(x)
            elif kind == LEAKY:
                if keep:
                    store(mem, saved + k, x)
                y = select(greater(x, zero), x, mul(coefficient, x))
            else:
                t = tanh(x)
                if keep:
                    store(mem, saved + k, t)
                y = fma(coefficient, x, t)
            store(mem, y0 + k, y)


@kernel
def activate_back(op: Any, s: int, mem: Any, par: Any) -> None:
    """dx = f'(x)·dy, row by row.

    An op is (kind, dy, step, dx, step, saved, step, rows, row, length, k), with y itself as what
    is saved where that is enough.
    """
    kind = op[1]
    dy0, dx0, saved = op[2] + s * op[3], op[4] + s * op[5], op[6] + s * op[7]
    coefficient = spread(par[op[11]])
    zero, one = spread(np.float32(0)), spread(np.float32(1))
    for row in range(op[8]):
        at = row * op[9]
        for k in range(at, at + op[10], 8):
            dy, y = load(mem, dy0 + k), load(mem, saved + k)
            if kind == RELU:
                dx = select(greater(y, zero), dy, zero)
            elif kind == SIGMOID:
                dx = mul(mul(y, sub(one, y)), dy)
            elif kind == TANH:
                dx = mul(sub(one, mul(y, y)), dy)
            elif kind == LEAKY:
                dx = select(greater(y, zero), dy, mul(coefficient, dy))
            else:
                dx = mul(fma(coefficient, one, sub(one, mul(y, y))), dy)
            store(mem, dx0 + k, dx)


def _coefficient(layer: Activation) -> float:
    if isinstance(layer, LeakyReLU):
        return layer.alpha
    return layer.k if isinstance(layer, TanhKx) else 0.0


def forward(lowering: Lowering, node: Node) -> None:
    """Emit y = f(x)."""
    layer, x, y = node.layer, node.x, node.y
    assert isinstance(layer, Activation)
    lowering.emit(
        Op.ACTIVATE, KINDS.index(type(layer)),
        x.value + x.inside, x.value_step, y.value + y.inside, y.value_step,
        node.saved + x.inside if node.saved >= 0 else -1, node.saved_step,
        x.height, x.row, x.width * x.stride, lowering.packing.constant(_coefficient(layer)),
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
        x.height, x.row, x.width * x.stride, lowering.packing.constant(_coefficient(layer)),
    )  # fmt: skip
