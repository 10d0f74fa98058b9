"""What all layers use: products of matrices, sums of rows, and regions set to zero."""

from typing import Any, NamedTuple

from digitile.engines.tile.compile import kernel
from digitile.engines.tile.records import Region
from digitile.engines.tile.simd import at, load, store, zeros
from digitile.engines.tile.tile import Matrices, Tables, matmul


class Matrix(NamedTuple):
    """An operand of a product.

    Attributes
    ----------
    start, step : int
        As in `Region`.
    apart : int
        How far its values lie behind in the next of several products.
    """

    start: int
    step: int = 0
    apart: int = 0


class Offsets(NamedTuple):
    """Where the tables of a product start; see `tile.Tables`."""

    row: int
    col: int
    brow: int
    crow: int


class Product(NamedTuple):
    """C = D + A·B, or several such in a row.

    Attributes
    ----------
    a, b, c : Matrix
        A and C in the lane's memory; B in the parameters or in memory.
    b_is_parameter : int
    bias : int
        Where in the parameters the row D lies, or -1 to add to C.
    tables : Offsets
    rows, terms : int
        Rows of A, and terms of a sum; 0 for one of each image of the lane.
    widths, parts : int
        Table of the tiles' widths, and how many.
    repeat : int
        How many products.
    """

    a: Matrix
    b: Matrix
    c: Matrix
    b_is_parameter: int
    bias: int
    tables: Offsets
    rows: int
    terms: int
    widths: int
    parts: int
    repeat: int


@kernel
def tables_at(tables: Any, offsets: Any) -> Any:
    """Return pointers to the tables that start at `Offsets`."""
    return Tables(at(tables, offsets.row), at(tables, offsets.col),
                  at(tables, offsets.brow), at(tables, offsets.crow))  # fmt: skip


@kernel
def product(op: Any, s: int, lane: Any) -> None:
    """Compute a `Product` for image `s`."""
    tables = lane.tables
    t = tables_at(tables, op.tables)
    rows = op.rows if op.rows else lane.images
    terms = op.terms if op.terms else lane.images
    factor = lane.parameters if op.b_is_parameter else lane.memory
    for r in range(op.repeat):
        a = at(lane.memory, op.a.start + s * op.a.step + r * op.a.apart)
        b = at(factor, op.b.start + s * op.b.step + r * op.b.apart)
        c = at(lane.memory, op.c.start + s * op.c.step + r * op.c.apart)
        d = c if op.bias < 0 else at(lane.parameters, op.bias)
        m = Matrices(a, b, c, d, int(op.bias < 0))
        matmul(m, t, rows, terms, at(tables, op.widths), op.parts)


class SumRows(NamedTuple):
    """A bias gradient: db[o] += Σ_p dy[p, o].

    Attributes
    ----------
    dy : Region
    table : int
        Where each row of errors lies.
    rows : int
        How many; 0 for one of each image of the lane.
    width : int
        Values in a row.
    db : int
    """

    dy: Region
    table: int
    rows: int
    width: int
    db: int


@kernel
def sum_rows(op: Any, s: int, lane: Any) -> None:
    """Compute a `SumRows` for image `s`."""
    dy, memory, table = at(lane.memory, op.dy.start + s * op.dy.step), lane.memory, lane.tables
    rows, row = op.rows if op.rows else lane.images, at(table, op.table)
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
        store(memory, op.db + n, load(memory, op.db + n) + ((one + two) + (three + four)))


class Clear(NamedTuple):
    """A region set to zero.

    Attributes
    ----------
    target : Region
    size : int
    """

    target: Region
    size: int


@kernel
def clear(op: Any, s: int, lane: Any) -> None:
    """Compute a `Clear` for image `s`."""
    start = op.target.start + s * op.target.step
    for n in range(start, start + op.size, 8):
        store(lane.memory, n, zeros())
