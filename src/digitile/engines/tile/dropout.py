"""Dropout, in place where x is not needed as it is; the equations are in `digitile.nn.dropout`.

y = [noise < keep]·x in training, keep·x in prediction; dx = [noise < keep]·dy
"""

from typing import Any, NamedTuple

import numpy as np

from digitile.engines.tile.compile import kernel
from digitile.engines.tile.lowering import Lowering, Node
from digitile.engines.tile.records import Region
from digitile.engines.tile.residual import Copy
from digitile.nn.dropout import Dropout


class Drop(NamedTuple):
    """x ← [noise < keep]·x, or x ← keep·x.

    Attributes
    ----------
    x : Region
        Values, or errors.
    table, size : int
        Where each value lies, in nn's order, and how many there are.
    noise : int
        Where their random numbers start in a step's, or -1 to multiply.
    keep : float
    """

    x: Region
    table: int
    size: int
    noise: int
    keep: float


@kernel
def drop(op: Any, s: int, lane: Any) -> None:
    """Compute a `Drop` for image `s`."""
    x, places, keep = op.x.start + s * op.x.step, op.table, np.float32(op.keep)
    drawn = op.noise + (lane.first + s) * op.size
    for k in range(op.size):
        place = x + lane.tables[places + k]
        if op.noise < 0:
            lane.memory[place] *= keep
        elif not lane.noise[drawn + k] < keep:
            lane.memory[place] = np.float32(0)


def _emit(lowering: Lowering, node: Node, x: Region) -> None:
    assert isinstance(node.layer, Dropout)
    values = node.x.in_order()
    noise = node.noise if lowering.training else -1
    lowering.emit(Drop(x, lowering.table(values), len(values), noise, node.layer.keep))


def forward(lowering: Lowering, node: Node) -> None:
    """Emit y."""
    x, y = node.x, node.y
    if x is not y:
        lowering.emit(Copy(x.values, y.values, y.height, y.width * y.stride))
    _emit(lowering, node, y.value)


def backward(lowering: Lowering, node: Node) -> None:
    """Emit dx."""
    x, y = node.x, node.y
    if node.wants_dx:
        if x is not y:
            lowering.emit(Copy(y.errors, x.errors, x.height, x.width * x.stride))
        _emit(lowering, node, x.error)
