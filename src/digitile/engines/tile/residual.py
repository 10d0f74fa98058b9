"""The end of a branch, where its input is added; the equations are in `digitile.nn.residual`.

y = F + x        dF = dy,   dx += dy, once the branch has sent its own errors back
"""

from typing import Any, NamedTuple

from digitile.engines.tile.compile import kernel
from digitile.engines.tile.lowering import Lowering, Node
from digitile.engines.tile.records import Maps
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
    memory = lane.memory
    for row in range(op.rows):
        a = op.a.start + s * op.a.step + row * op.a.row
        b = op.b.start + s * op.b.step + row * op.b.row
        y = op.y.start + s * op.y.step + row * op.y.row
        for n in range(0, op.length, 8):
            store(memory, y + n, load(memory, a + n) + load(memory, b + n))


@kernel
def copy(op: Any, s: int, lane: Any) -> None:
    """Compute a `Copy` for image `s`."""
    memory = lane.memory
    for row in range(op.rows):
        a = op.a.start + s * op.a.step + row * op.a.row
        y = op.y.start + s * op.y.step + row * op.y.row
        for n in range(0, op.length, 8):
            store(memory, y + n, load(memory, a + n))


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
