"""What a layer's lowering writes to: instructions, tables of offsets, and memory.

An instruction is a row of int64: its operation's number, then what the operation needs, in the
order in which its kernel unpacks it.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitile.engines.tile.packing import Packing, Slot, aligned
from digitile.engines.tile.simd import WIDTH
from digitile.engines.tile.storage import Storage
from digitile.engines.tile.tile import split
from digitile.nn.conv import Conv
from digitile.nn.layer import Layer

FIELDS = 24
OVERHANG = 16
"""Rows a table goes on behind its end: at least a tile's rows."""


class Op(IntEnum):
    """The operations, named as the kernels that compute them."""

    PRODUCT = 0
    SUM_ROWS = 1
    CLEAR = 2
    ACTIVATE = 3
    ACTIVATE_BACK = 4
    POOL = 5
    POOL_BACK = 6
    DROP = 7
    LOSS = 8
    SPARSE_WEIGHTS = 9
    FOLD_STRIPS = 10
    FOLD_GROUPS = 11
    TRANSFORM_TILES = 12
    ENCLOSE = 13
    FOLD_TILES = 14


@dataclass
class Node:
    """One layer of a plan.

    Attributes
    ----------
    layer : Layer
    x, y : Storage
        Where its input and output lie; the same for a layer that works in place.
    slot : Slot or None
        Its parameters.
    noise : int
        Where its random numbers start in a step's; -1 for none.
    whole : bool
        Whether it is computed for all of a lane's images at once.
    wants_dx, wants_dp : bool
        Whether a backward pass computes its input's error, and its parameters' gradient.
    saved : int
        Where what its backward pass needs lies: float32, or int32 for places.
    pooled : Node or None
        For a convolution whose errors come out of a pooling of chosen cells: that pooling.
    strips, grouped, tiled : bool
        For a convolution: whether its weight gradient is summed in strips, by groups of pixels, or
        by tiles.
    needless : bool
        For a pooling: nobody needs the errors of its input.
    zeros : bool
        For a pooling: many of its errors are zero, for a ReLU follows.
    """

    layer: Layer
    x: Storage
    y: Storage
    slot: Slot | None
    noise: int
    whole: bool
    wants_dx: bool
    wants_dp: bool
    saved: int = -1
    saved_step: int = 0
    pooled: "Node | None" = None
    strips: bool = False
    grouped: bool = False
    tiled: bool = False
    needless: bool = False
    zeros: bool = False


class Lowering:
    """A program under construction.

    Parameters
    ----------
    packing : Packing
    images : int
        The most images a lane has.
    training : bool
        Whether what a backward pass needs is kept, and chance has its way.

    Attributes
    ----------
    scratch : int
        Where what an image's layer puts aside starts.
    """

    def __init__(self, packing: Packing, images: int, training: bool) -> None:
        self.packing = packing
        self.images = images
        self.training = training
        self.floats = 0
        self.ints = 0
        self.cleared = 0
        self.scratch = 0
        self._ops: list[list[int]] = []
        self._tables: list[NDArray[np.int32]] = []
        self._known: dict[bytes, int] = {}
        self._table_size = 0

    def emit(self, op: Op, *fields: int) -> None:
        """Add an instruction."""
        row = [int(op), *map(int, fields)]
        self._ops.append(row + [0] * (FIELDS - len(row)))

    def mark(self) -> int:
        """Return the number of instructions so far."""
        return len(self._ops)

    def program(self) -> NDArray[np.int64]:
        """Return all instructions."""
        return np.array(self._ops, np.int64).reshape(-1, FIELDS)

    def tables(self) -> NDArray[np.int32]:
        """Return all tables in one array."""
        return np.concatenate([*self._tables, np.zeros(1, np.int32)])

    def table(self, offsets: Any, beyond: int | None = None) -> int:
        """Return where a table of `offsets` starts; `beyond` continues it for a tile's rows."""
        values = np.asarray(offsets, np.int32).ravel()
        if beyond is not None:
            values = np.concatenate([values, np.full(OVERHANG, beyond, np.int32)])
        key = values.tobytes()
        if key not in self._known:
            self._known[key] = self._table_size
            self._tables.append(values)
            self._table_size += len(values)
        return self._known[key]

    def memory(self, size: int, copies: int) -> tuple[int, int]:
        """Return start and step of `copies` regions of `size` floats, and one row to spill in."""
        step = aligned(size)
        start = self.floats
        self.floats += step * copies
        return start, step

    def places(self, size: int, copies: int) -> tuple[int, int]:
        """Return start and step of `copies` regions of `size` int32."""
        start, step = self.ints, aligned(size)
        self.ints += step * copies
        return start, step

    def product(
        self,
        *,
        a: tuple[int, int] | tuple[int, int, int],
        b: tuple[int, int, int],
        b_is_parameter: bool,
        c: tuple[int, int, int],
        start: int | None,
        tables: tuple[int, int, int, int],
        rows: tuple[int, int],
        count: tuple[int, int],
        width: int,
        repeat: int = 1,
    ) -> None:
        """Emit a product of matrices; see `digitile.engines.tile.tile`.

        Parameters
        ----------
        a, b, c : tuple of int
            Start, step between images, and step between repetitions, for a if there is one.
        b_is_parameter : bool
            Whether b lies in the packed parameters or in the lane's memory.
        start : int or None
            Where in the parameters the row lies that each row of C starts from, or None to add
            to C.
        tables : tuple of int
            row, col, brow, crow.
        rows, count : (int, int)
            Rows of A and terms of a sum: a fixed number, and a number for each image.
        width : int
            Columns, a multiple of 8.
        """
        parts = split(width // WIDTH, rows[0] + rows[1] * self.images)
        self.emit(
            Op.PRODUCT, *a[:2], *b, b_is_parameter, *c, start is None, start or 0, *tables,
            *rows, *count, self.table(parts), len(parts), repeat,
            a[2] if len(a) == 3 else 0,
        )  # fmt: skip


def windows(node: Node) -> NDArray[np.int64]:
    """Return where the window of each of a convolution's output pixels starts in its input."""
    layer, x, y = node.layer, node.x, node.y
    assert isinstance(layer, Conv)
    rows, columns = np.mgrid[0 : y.height, 0 : y.width] * layer.stride
    return np.asarray((rows * x.pitch + columns) * x.stride).ravel()
