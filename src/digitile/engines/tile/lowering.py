"""What a layer's lowering writes to: instructions, tables of offsets, and memory."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitile.engines.tile.packing import PackedSlot, Packing
from digitile.engines.tile.products import Offsets, Product
from digitile.engines.tile.records import NOWHERE, Region
from digitile.engines.tile.simd import WIDTH
from digitile.engines.tile.storage import Storage, aligned
from digitile.engines.tile.tile import MOST_ROWS, split
from digitile.nn.layer import Layer


@dataclass(eq=False)
class Node:
    """One layer of a plan."""

    layer: Layer
    x: Storage  # its input
    y: Storage  # its output; x for a layer that works in place
    slot: PackedSlot | None  # its parameters
    noise: int  # where its random numbers start in a step's; -1 for none
    wants_dx: bool  # whether a backward pass computes its input's error,
    wants_dp: bool  # and its parameters' gradient
    follower: "Node | None" = None  # the layer that reads y
    saved: Region = NOWHERE  # what its backward pass needs: float32, or int32 for places
    detail: Any = None  # what the layer's own lowering keeps, from `allocate` on


class Pass(NamedTuple):
    """Instructions, from `start` to `stop`, that are run one after the other."""

    start: int
    stop: int
    each: int  # 1: all of them for one image after the other; 0: once for the lane


@dataclass(eq=False)
class Lowering:
    """A program under construction."""

    packing: Packing
    batch: int  # images of a mini-batch
    images: int  # the most images a lane has
    training: bool  # whether what a backward pass needs is kept, and chance has its way
    records: list[Any] = field(default_factory=list)  # the instructions
    passes: list[Pass] = field(default_factory=list)
    floats: int = 0  # the memory that a lane needs, in values
    ints: int = 0
    copies: int = 1  # of what is kept: one for each image, if one does not go there and back first
    scratch: int = -1  # where memory starts that layers use one after the other
    _scratch_size: int = 0
    _tables: dict[bytes, int] = field(default_factory=dict)  # where each table starts
    _length: int = 0

    def emit(self, record: Any, once: bool = False) -> None:
        """Add an instruction, to be run for each image of a lane, or `once` for all."""
        at, each = len(self.records), int(not once)
        self.records.append(record)
        if self.passes and self.passes[-1].each == each:
            self.passes[-1] = self.passes[-1]._replace(stop=at + 1)
        else:
            self.passes.append(Pass(at, at + 1, each))

    def tables(self) -> NDArray[np.int32]:
        """Return all tables in one array."""
        return np.frombuffer(b"".join([*self._tables, bytes(4)]), np.int32).copy()

    def table(self, offsets: Any, beyond: int | None = None) -> int:
        """Return where a table of `offsets` starts; `beyond` continues it for a tile's rows."""
        values = np.asarray(offsets, np.int32).ravel()
        if beyond is not None:
            values = np.append(values, np.full(MOST_ROWS, beyond, np.int32))
        start = self._tables.setdefault(values.tobytes(), self._length)
        if start == self._length:
            self._length += len(values)
        return start

    def memory(self, size: int, copies: int = 1) -> Region:
        """Return a region of `size` floats; with several copies, one for each image."""
        start, step = self.floats, aligned(size)
        self.floats += step * copies
        return Region(start, step if copies > 1 else 0)

    def places(self, size: int, copies: int = 1) -> Region:
        """Return a region of `size` int32, as `memory` does of floats."""
        start, step = self.ints, aligned(size)
        self.ints += step * copies
        return Region(start, step if copies > 1 else 0)

    def need_scratch(self, size: int) -> None:
        """Let the memory at `scratch` have at least `size` floats."""
        self._scratch_size = max(self._scratch_size, size)

    def lay_scratch(self) -> None:
        """Give `scratch` its place, when every need is known."""
        self.scratch = self.memory(self._scratch_size).start

    def images_table(self, region: Region) -> int:
        """Return a table of where each image's row lies, and behind the last one to spill into."""
        return self.table(np.arange(self.images) * region.step, self.images * region.step)

    def product(  # noqa: PLR0913 - what a product of matrices has
        self,
        a: Region,
        b: Region | int,
        c: Region,
        tables: Offsets,
        *,
        bias: int = -1,
        rows: int = 0,
        terms: int = 0,
        width: int,
        repeat: tuple[int, int, int] = (1, 0, 0),
    ) -> None:
        """Emit a product of matrices; see `Product`.

        A number for b is a place in the parameters. Where rows or terms are 0, there is one for
        each image, and the product is computed once. `width` is C's columns, a multiple of 8;
        `repeat` how many products there are, and how far B and C lie apart in them.
        """
        known, own = (1, Region(b)) if isinstance(b, int) else (0, b)
        widths = self.widths(width, rows or self.images)
        record = Product(a, own, c, known, bias, tables, rows, terms, *widths, *repeat)
        self.emit(record, once=not (rows and terms))

    def widths(self, width: int, rows: int) -> tuple[int, int]:
        """Return a table of the tiles that cover `width` columns of a product, and how many."""
        parts = split(width // WIDTH, rows)
        return self.table(parts), len(parts)
