"""Dropout, in place where x is not needed as it is; the equations are in `digitile.nn.dropout`.

y = [noise < keep]·x in training, keep·x in prediction; dx = [noise < keep]·dy
"""

from typing import Any, NamedTuple

import numpy as np

from digitile.engines.tile.compile import kernel
from digitile.engines.tile.lowering import Lowering, Node
from digitile.engines.tile.records import Maps, Region, image_at
from digitile.engines.tile.residual import Copy
from digitile.engines.tile.simd import at
from digitile.nn.dropout import Dropout


class Drop(NamedTuple):
    """x ← [noise < keep]·x, or x ← keep·x; x are values or errors."""

    x: Region
    table: int  # where each value lies, in nn's order
    size: int  # how many
    noise: int  # where their random numbers start in a step's; -1 to multiply
    keep: float


@kernel
def drop(op: Any, s: int, lane: Any) -> None:
    """Compute a `Drop` for image `s`."""
    x, table, keep = image_at(lane.memory, op.x, s), at(lane.tables, op.table), np.float32(op.keep)
    noise = op.noise + (lane.first + s) * op.size
    for k in range(op.size):
        if op.noise < 0:
            x[table[k]] *= keep
        elif not lane.noise[noise + k] < keep:
            x[table[k]] = np.float32(0)


def _emit(lowering: Lowering, node: Node, source: Maps, target: Maps, x: Region) -> None:
    """Emit the copy, where it is wanted, and what becomes of it in place."""
    assert isinstance(node.layer, Dropout)
    y, values = node.y, node.y.in_order()
    if node.x is not y:
        lowering.emit(Copy(source, target, y.height, y.width * y.stride))
    noise = node.noise if lowering.training else -1
    lowering.emit(Drop(x, lowering.table(values), len(values), noise, node.layer.keep))


def forward(lowering: Lowering, node: Node) -> None:
    """Emit y."""
    _emit(lowering, node, node.x.values, node.y.values, node.y.value)


def backward(lowering: Lowering, node: Node) -> None:
    """Emit dx."""
    if node.wants_dx:
        _emit(lowering, node, node.y.errors, node.x.errors, node.x.error)
