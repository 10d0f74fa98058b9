"""The register tile: everything heavy the engine computes is this one small matrix product.

    C[crow[m] + n]  =  D[m, n]  +  Σ_k A[row[m] + col[k]] · B[brow[k] + n]
                                                             m = 0 … MR−1,  n = 0 … N−1

with the MR×N sums in registers for the whole of k. All four operands are read through tables of
offsets, so that the tile is a convolution (row: output pixels, col: taps), its weight gradient
(row: taps, col: pixels), its input gradient (row: error pixels, col: maps, and C[crow] overlaps,
so D is C itself), a fully connected layer and both its gradients, with no array copied. D is one
row for all m (a bias, or zeros), or C itself, to add to.

`tile` emits LLVM IR. N is given in units of 8; a register of 16 takes two units. How many rows
fit follows from the number of registers: 32 with AVX-512 and NEON, else 16. More than ten rows are
slower for another reason: each has its address in one of 16 general registers.
"""

from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir

from digitile.engines.tile.compile import kernel, native
from digitile.engines.tile.simd import (
    F32,
    I64,
    VECTOR,
    WIDTH,
    at,
    emit_fma,
    emit_load,
    emit_store,
    emit_switch,
    splat,
)

ROWS = {  # units of 8 columns → rows MR that fit into the registers beside one row of B
    16: {1: 8, 2: 8, 3: 8, 4: 8, 5: 8, 6: 8, 8: 6},
    8: {1: 10, 2: 6, 3: 4},
    4: {1: 8, 2: 4, 3: 3},
}[VECTOR]

MOST_ROWS = max(ROWS.values())
ROWS_OF = tuple(ROWS.get(units, 1) for units in range(max(ROWS) + 1))


class Matrices(NamedTuple):
    """Pointers to the operands of C = D + A·B, float32."""

    a: Any
    b: Any
    c: Any
    d: Any
    adds: int  # 1 where D is C: its rows lie where C's do; 0 where it is one row


class Tables(NamedTuple):
    """Pointers to offsets, int32: of A's rows and columns, B's rows and C's rows.

    `row` and `crow` go on for a tile's length behind their end, with places where nothing is lost.
    """

    row: Any
    col: Any
    brow: Any
    crow: Any


def pieces(units: int) -> list[int]:
    """Return how many vectors make `units` times 8 values: their widths."""
    whole, half = divmod(units * WIDTH, max(VECTOR, WIDTH))
    return [max(VECTOR, WIDTH)] * whole + ([half] if half else [])


def _load_row(builder: Any, pointer: Any, widths: list[int]) -> list[Any]:
    starts = [sum(widths[:n]) for n in range(len(widths))]
    return [emit_load(builder, pointer, n, w) for n, w in zip(starts, widths, strict=True)]


def _store_row(builder: Any, pointer: Any, values: list[Any]) -> None:
    place = 0
    for value in values:
        emit_store(builder, pointer, place, value)
        place += value.type.count


def _entry(builder: Any, table: Any, index: Any) -> Any:
    """Emit table[index] as int64."""
    return builder.sext(builder.load(builder.gep(table, [index])), I64)


def _emit_sums(b: Any, count: Any, starts: list[list[Any]], terms: Any) -> list[list[Any]]:
    """Emit a loop of `count` ≥ 1 rounds that adds to rows of sums in registers, and return them.

    terms(index) gives, for each row, a round's scalar and the vectors that it multiplies.
    """
    before, loop, done = b.block, *(b.append_basic_block(name) for name in ("loop", "done"))
    b.branch(loop)
    b.position_at_end(loop)
    index, sums = b.phi(I64), [[b.phi(value.type) for value in row] for row in starts]
    after = [
        [
            emit_fma(b, splat(b, scalar, value.type.count), value, total)
            for value, total in zip(values, row, strict=True)
        ]
        for (scalar, values), row in zip(terms(index), sums, strict=True)
    ]
    following = b.add(index, I64(1))
    rows = zip(sums, starts, after, strict=True)
    phis = [phi for row in rows for phi in zip(*row, strict=True)]
    for phi, start, new in ((index, I64(0), following), *phis):
        phi.add_incoming(start, before)
        phi.add_incoming(new, loop)
    b.cbranch(b.icmp_signed("<", following, count), loop, done)
    b.position_at_end(done)
    return after


def _emit_tile(b: Any, rows: int, units: int, m: Matrices, t: Tables, count: Any) -> None:
    """Emit the tile of `rows` times 8·`units` sums."""
    widths = pieces(units)
    a_rows = [b.gep(m.a, [_entry(b, t.row, I64(r))]) for r in range(rows)]
    zeros = [ir.Constant(ir.VectorType(F32, w), [0.0] * w) for w in widths]

    def terms(index: Any) -> Any:
        column = _entry(b, t.col, index)
        values = _load_row(b, b.gep(m.b, [_entry(b, t.brow, index)]), widths)
        return ((b.load(b.gep(row, [column])), values) for row in a_rows)

    for r, line in enumerate(_emit_sums(b, count, [zeros] * rows, terms)):
        place = _entry(b, t.crow, I64(r))  # one row after the other: rows of C may overlap
        first = _load_row(b, b.gep(m.d, [b.mul(place, m.adds)]), widths)
        sums = [b.fadd(start, value) for start, value in zip(first, line, strict=True)]
        _store_row(b, b.gep(m.c, [place]), sums)


def _emit_tiles(b: Any, _: Any, units: Any, m: Matrices, t: Tables, count: Any) -> None:
    cases = {n: partial(_emit_tile, b, rows, n, m, t, count) for n, rows in ROWS.items()}
    emit_switch(b, units, cases)


@native(_emit_tiles)
def tile(units: int, m: Any, t: Any, count: int) -> None:
    """Compute the tile that is 8·`units` wide, `count` terms long."""
    rows, width = ROWS[units], units * WIDTH
    sums = np.zeros((rows, width), np.float32)
    for k in range(count):
        for r in range(rows):
            sums[r] += m.a[t.row[r] + t.col[k]] * m.b.part(t.brow[k], width)
    for r in range(rows):
        m.c.part(t.crow[r], width)[:] = m.d.part(t.crow[r] * m.adds, width) + sums[r]


@kernel
def matmul(m: Any, t: Any, rows: int, count: int, widths: Any, parts: int) -> None:
    """Cover a product of `rows` rows with tiles, whose widths are widths[0 : parts]."""
    column = 0
    for part in range(parts):
        units = widths[part]
        own = Matrices(m.a, at(m.b, column), at(m.c, column), at(m.d, column), m.adds)
        for r in range(0, rows, ROWS_OF[units]):
            tile(units, own, Tables(at(t.row, r), t.col, t.brow, at(t.crow, r)), count)
        column += units * WIDTH


def split(units: int, rows: int) -> tuple[int, ...]:
    """Return the widths of tiles that cover `units` for a product of `rows` in the least time."""
    return _cover(units, rows)[1]


def price(units: int, rows: int) -> float:
    """Return the time of one term of a product of `rows` rows, in half cycles."""
    return _cover(units, rows)[0]


@cache
def _cover(units: int, rows: int) -> tuple[float, tuple[int, ...]]:
    """Return time and widths.

    A tile's row takes half a cycle for each register it adds to, and as long for each value it
    loads; starting and storing a tile takes about as long as four registers a row.
    """

    def cost(width: int) -> float:
        tile_rows, registers = ROWS[width], len(pieces(width))
        each = max(tile_rows * registers, tile_rows + registers + 2)
        return -(-rows // tile_rows) * (each + 0.1 * tile_rows)

    best: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]
    for total in range(1, units + 1):
        ways = [(*best[total - n], n) for n in ROWS if n <= total]
        best.append(min((time + cost(n), (*widths, n)) for time, widths, n in ways))
    time, widths = best[units]
    return time, tuple(sorted(widths, reverse=True))


STRIPS = {  # units of a strip → how many strips together fill the registers
    16: {1: 5, 2: 5, 5: 5, 8: 2, 15: 2},
    8: {1: 5, 2: 5, 5: 2, 8: 1, 15: 1},
    4: {1: 5, 2: 3, 5: 1, 8: 1, 15: 1},
}[VECTOR]
STRIPS_OF = tuple(STRIPS.get(units, 1) for units in range(max(STRIPS) + 1))


class Errors(NamedTuple):
    """A list of errors that are not zero."""

    values: Any  # pointer to float32
    places: Any  # pointer to int32: which pixel each belongs to
    step: int  # from one entry of the list to the next
    length: int  # 1 or more


class Strips(NamedTuple):
    """Where strips read and write."""

    x: Any  # pointer to float32: the input picture
    windows: Any  # pointer to int32: where the values that an error of each pixel multiplies lie
    row: int  # from one strip of x to the next
    sums: Any  # pointer to float32
    line: int  # from one strip of sums to the next


def _emit_strip(b: Any, rows: int, units: int, e: Errors, s: Strips) -> None:
    """Emit the sums of `rows` strips of 8·`units` values."""
    widths = pieces(units)
    targets = [b.gep(s.sums, [b.mul(s.line, I64(r))]) for r in range(rows)]

    def terms(index: Any) -> Any:
        entry = b.mul(index, e.step)
        scalar = b.load(b.gep(e.values, [entry]))
        x = b.gep(s.x, [_entry(b, s.windows, _entry(b, e.places, entry))])
        lines = (b.gep(x, [b.mul(s.row, I64(r))]) for r in range(rows))
        return ((scalar, _load_row(b, line, widths)) for line in lines)

    sums = _emit_sums(b, e.length, [_load_row(b, target, widths) for target in targets], terms)
    for target, values in zip(targets, sums, strict=True):
        _store_row(b, target, values)


def _emit_strips(b: Any, _: Any, units: Any, full: Any, e: Errors, s: Strips) -> None:
    sets = [(2 * n + full, (1, rows)[full], n) for n, rows in STRIPS.items() for full in (0, 1)]
    cases = {number: partial(_emit_strip, b, rows, n, e, s) for number, rows, n in sets}
    emit_switch(b, b.add(b.mul(b.sext(units, I64), I64(2)), full), cases)


@native(_emit_strips)
def strip(units: int, full: int, e: Any, s: Any) -> None:
    """Add a list's strips of 8·`units` values to their sums: a set of them, or a single one."""
    width = units * WIDTH
    for r in range(STRIPS[units] if full else 1):
        sums = s.sums.part(r * s.line, width)
        for k in range(e.length):
            source = s.windows[e.places[k * e.step]] + r * s.row
            sums += e.values[k * e.step] * s.x.part(source, width)


@kernel
def sum_strips(e: Any, s: Any, rows: int, widths: Any, parts: int) -> None:
    """Add each error times `rows` strips of x to the sums.

    ``sums[r·line + n] += Σ_e values[e] · x[windows[places[e]] + r·row + n]``. Strips' widths are
    widths[0 : parts].
    """
    column = 0
    for part in range(parts):
        units = widths[part]
        together = STRIPS_OF[units]
        r = 0
        while r < rows:
            full = int(r + together <= rows)
            x, sums = at(s.x, column + r * s.row), at(s.sums, column + r * s.line)
            strip(units, full, e, Strips(x, s.windows, s.row, sums, s.line))
            r += together if full else 1
        column += units * WIDTH


def split_strip(units: int) -> tuple[int, ...]:
    """Return the widths of strips that cover `units`."""
    parts = []
    while units:
        parts.append(max(width for width in STRIPS if width <= units))
        units -= parts[-1]
    return tuple(parts)
