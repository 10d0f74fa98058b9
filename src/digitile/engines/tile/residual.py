"""The end of a branch, where its input is added; the equations are in `digitile.nn.residual`.

y = F + x        dF = dy,   dx += dy, once the branch has sent its own errors back
"""

from typing import Any, NamedTuple

from digitile.engines.tile.compile import kernel
from digitile.engines.tile.lowering import Lowering, Node
from digitile.engines.tile.records import Maps, row_at
from digitile.engines.tile.simd import load, store
from digitile.engines.tile.storage import Storage


class Sum(NamedTuple):
    """y = a + b, of rows×length values."""

    a: Maps
    b: Maps
    y: Maps
    rows: int
    length: int


class Copy(NamedTuple):
    """y = a, of rows×length values."""

    a: Maps
    y: Maps
    rows: int
    length: int


@kernel
def add(op: Any, s: int, lane: Any) -> None:
    """Compute a `Sum` for image `s`."""
    for row in range(op.rows):
        a, b = row_at(lane.memory, op.a, s, row), row_at(lane.memory, op.b, s, row)
        y = row_at(lane.memory, op.y, s, row)
        for n in range(0, op.length, 8):
            store(y, n, load(a, n) + load(b, n))


@kernel
def copy(op: Any, s: int, lane: Any) -> None:
    """Compute a `Copy` for image `s`."""
    for row in range(op.rows):
        a, y = row_at(lane.memory, op.a, s, row), row_at(lane.memory, op.y, s, row)
        for n in range(0, op.length, 8):
            store(y, n, load(a, n))


def forward(lowering: Lowering, node: Node) -> None:
    """Emit y = F + x."""
    f, y, x = node.x, node.y, node.detail
    lowering.emit(Sum(f.values, x.values, y.values, y.height, y.width * y.stride))


def backward(lowering: Lowering, node: Node) -> None:
    """Emit dF = dy."""
    f, y = node.x, node.y
    lowering.emit(Copy(y.errors, f.errors, y.height, y.width * y.stride))


def join(lowering: Lowering, x: Storage, y: Storage) -> None:
    """Emit dx += dy, behind the way back of the branch."""
    lowering.emit(Sum(x.errors, y.errors, x.errors, x.height, x.width * x.stride))
