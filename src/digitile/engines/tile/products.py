"""What all layers use: products of matrices, sums of rows, and regions set to zero."""

from typing import Any, NamedTuple

from digitile.engines.tile.compile import kernel
from digitile.engines.tile.records import Region, image_at
from digitile.engines.tile.simd import at, load, store, zeros
from digitile.engines.tile.tile import Matrices, Tables, matmul


class Offsets(NamedTuple):
    """Where the tables of a product start; see `tile.Tables`."""

    row: int
    col: int
    brow: int
    crow: int

    @property
    def turned(self) -> "Offsets":
        """The tables of B's gradient: A's rows are its terms, and C's errors are read like B."""
        return Offsets(row=self.col, col=self.row, brow=self.crow, crow=self.brow)


class Product(NamedTuple):
    """C = D + A·B, or several such in a row; A and C lie in the lane's memory."""

    a: Region
    b: Region
    c: Region
    b_is_parameter: int  # or else B lies in the lane's memory, too
    bias: int  # where in the parameters the row D lies, or -1 to add to C
    tables: Offsets
    rows: int  # of A; 0 for one of each image of the lane
    terms: int  # of a sum; 0 for one of each image
    widths: int  # table of the tiles' widths
    parts: int  # how many
    repeat: int  # how many products
    next_b: int  # how far B lies behind in the next of them
    next_c: int


@kernel
def tables_at(tables: Any, offsets: Any) -> Any:
    """Return pointers to the tables that start at `Offsets`."""
    return Tables(at(tables, offsets.row), at(tables, offsets.col),
                  at(tables, offsets.brow), at(tables, offsets.crow))  # fmt: skip


@kernel
def product(op: Any, s: int, lane: Any) -> None:
    """Compute a `Product` for image `s`."""
    rows = op.rows if op.rows else lane.images
    terms = op.terms if op.terms else lane.images
    tables, widths = tables_at(lane.tables, op.tables), at(lane.tables, op.widths)
    a, c = image_at(lane.memory, op.a, s), image_at(lane.memory, op.c, s)
    b = image_at(lane.parameters if op.b_is_parameter else lane.memory, op.b, s)
    for r in range(op.repeat):
        own = at(c, r * op.next_c)
        d = own if op.bias < 0 else at(lane.parameters, op.bias)
        m = Matrices(a, at(b, r * op.next_b), own, d, int(op.bias < 0))
        matmul(m, tables, rows, terms, widths, op.parts)


class SumRows(NamedTuple):
    """A bias gradient: db[o] += Σ_p dy[p, o]."""

    dy: Region
    table: int  # where each row of errors lies
    rows: int  # 0 for one of each image of the lane
    width: int  # values in a row
    db: int


@kernel
def sum_rows(op: Any, s: int, lane: Any) -> None:
    """Compute a `SumRows` for image `s`."""
    dy, db, row = image_at(lane.memory, op.dy, s), at(lane.memory, op.db), at(lane.tables, op.table)
    rows = op.rows if op.rows else lane.images
    for n in range(0, op.width, 8):
        # Four sums at once: an addition need not wait for the one before it.
        one, two, three, four = zeros(), zeros(), zeros(), zeros()
        k = 0
        while k + 4 <= rows:
            one = one + load(dy, row[k] + n)
            two = two + load(dy, row[k + 1] + n)
            three = three + load(dy, row[k + 2] + n)
            four = four + load(dy, row[k + 3] + n)
            k += 4
        while k < rows:
            one = one + load(dy, row[k] + n)
            k += 1
        store(db, n, load(db, n) + ((one + two) + (three + four)))


class Clear(NamedTuple):
    """A region set to zero."""

    target: Region
    size: int


@kernel
def clear(op: Any, s: int, lane: Any) -> None:
    """Compute a `Clear` for image `s`."""
    target = image_at(lane.memory, op.target, s)
    for n in range(0, op.size, 8):
        store(target, n, zeros())
