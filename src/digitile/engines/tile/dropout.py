"""Dropout, in place; the equations are in `digitile.nn.dropout`."""

from typing import Any

import numpy as np

from digitile.engines.tile.compile import kernel
from digitile.engines.tile.lowering import Lowering, Node, Op
from digitile.nn.dropout import Dropout


@kernel
def drop(op: Any, s: int, image: int, mem: Any, par: Any, tab: Any, noise: Any) -> None:
    """Mask values or errors, or scale values in prediction.

    An op is (x, step, table of values in nn's order, count, keep, noise or -1).
    """
    x0, table, count, keep = op[1] + s * op[2], op[3], op[4], par[op[5]]
    if op[6] < 0:
        for k in range(count):
            mem[x0 + tab[table + k]] *= keep
    else:
        drawn = op[6] + image * count
        for k in range(count):
            if not noise[drawn + k] < keep:
                mem[x0 + tab[table + k]] = np.float32(0)


def _emit(lowering: Lowering, node: Node, start: int, step: int) -> None:
    layer, x = node.layer, node.x
    assert isinstance(layer, Dropout)
    values = x.values()
    lowering.emit(
        Op.DROP, start, step, lowering.table(values), len(values),
        lowering.packing.constant(layer.keep), node.noise if lowering.training else -1,
    )  # fmt: skip


def forward(lowering: Lowering, node: Node) -> None:
    """Emit y = [noise < keep]·x, or keep·x in prediction."""
    _emit(lowering, node, node.x.value, node.x.value_step)


def backward(lowering: Lowering, node: Node) -> None:
    """Emit dx = mask·dy."""
    if node.wants_dx:
        _emit(lowering, node, node.x.error, node.x.error_step)
