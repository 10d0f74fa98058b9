"""The register tile: everything heavy the engine computes is this one small matrix product.

    C[crow[m] + n]  =  D  +  Σ_k A[row[m] + col[k]] · B[brow[k] + n]     m = 0 … MR−1, n = 0 … N−1

with the MR×N sums in registers for the whole of k. All four operands are read through tables of
offsets, so that the tile is a convolution (row: output pixels, col: taps), its weight gradient
(row: taps, col: pixels), its input gradient (row: error pixels, col: maps, and C[crow] overlaps,
so D is C itself), a fully connected layer and both its gradients, with no array copied.

`tile` emits LLVM IR. N is given in units of 8; a register of 16 takes two units. How many rows
fit follows from the number of registers: 32 with AVX-512 and NEON, else 16. More than ten rows are
slower for another reason: each has its address in one of 16 general registers.
"""

# ruff: noqa: ARG001 (Numba reads the arguments of an intrinsic off its signature)

from functools import cache
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types

from digitile.engines.tile.compile import JIT, intrinsic, kernel
from digitile.engines.tile.simd import F32, I64, VECTOR, WIDTH, element, emit_fma, splat

ROWS = {  # units of 8 columns → rows MR that fit into the registers beside one row of B
    16: {1: 8, 2: 8, 3: 8, 4: 8, 5: 8, 6: 8},
    8: {1: 10, 2: 6, 3: 4},
    4: {1: 8, 2: 4, 3: 3},
}[VECTOR]


def pieces(units: int) -> list[int]:
    """Return how many vectors make `units` times 8 values: their widths."""
    whole, half = divmod(units * WIDTH, max(VECTOR, WIDTH))
    return [max(VECTOR, WIDTH)] * whole + ([half] if half else [])


def _vector_at(builder: Any, pointer: Any, at: int, width: int) -> Any:
    """Emit the address of `width` floats, `at` floats from `pointer`."""
    vector = ir.VectorType(F32, width)
    return builder.bitcast(builder.gep(pointer, [ir.Constant(I64, at)]), vector.as_pointer())


def _load_row(builder: Any, pointer: Any, widths: list[int]) -> list[Any]:
    row, at = [], 0
    for width in widths:
        value = builder.load(_vector_at(builder, pointer, at, width))
        value.align = 4
        row.append(value)
        at += width
    return row


def make_tile(rows: int, units: int) -> Any:
    """Return the tile of `rows` times 8·`units` sums, as a function to call from kernels."""
    if not JIT:
        return _plain_tile(rows, units)
    widths = pieces(units)

    def emit(context: Any, b: Any, signature: Any, args: Any) -> Any:
        (a, a0, bb, b0, c, c0, d, d0, own, tab, row, col, brow, crow, count) = args
        kinds = signature.args

        def table(start: Any, index: Any) -> Any:
            at = element(context, b, kinds[9], tab, b.add(start, index))
            return b.sext(b.load(at), I64)

        def const(n: int) -> Any:
            return ir.Constant(I64, n)

        a_at = element(context, b, kinds[0], a, a0)
        b_at = element(context, b, kinds[2], bb, b0)
        c_at = element(context, b, kinds[4], c, c0)
        d_at = element(context, b, kinds[6], d, d0)
        a_rows = [b.gep(a_at, [table(row, const(m))]) for m in range(rows)]

        entry, loop = b.block, b.append_basic_block("k")
        done = b.append_basic_block("done")
        b.branch(loop)
        b.position_at_end(loop)
        k = b.phi(I64)
        k.add_incoming(const(0), entry)
        sums = [[b.phi(ir.VectorType(F32, width)) for width in widths] for _ in range(rows)]
        for line in sums:
            for total, width in zip(line, widths, strict=True):
                total.add_incoming(ir.Constant(total.type, [0.0] * width), entry)
        offset = table(col, k)
        values = _load_row(b, b.gep(b_at, [table(brow, k)]), widths)
        after = []
        for m in range(rows):
            scalar = b.load(b.gep(a_rows[m], [offset]))
            after.append(
                [
                    emit_fma(b, splat(b, scalar, width), value, total)
                    for width, value, total in zip(widths, values, sums[m], strict=True)
                ]
            )
        following = b.add(k, const(1))
        k.add_incoming(following, loop)
        for line, new in zip(sums, after, strict=True):
            for total, value in zip(line, new, strict=True):
                total.add_incoming(value, loop)
        b.cbranch(b.icmp_signed("<", following, count), loop, done)

        b.position_at_end(done)
        for m in range(rows):  # one row after the other: rows of C may overlap
            place = table(crow, const(m))
            first = _load_row(b, b.gep(d_at, [b.mul(place, own)]), widths)
            target, at = b.gep(c_at, [place]), 0
            for width, value, start in zip(widths, after[m], first, strict=True):
                b.store(b.fadd(start, value), _vector_at(b, target, at, width)).align = 4
                at += width
        return context.get_dummy_value()

    @intrinsic
    def tile(
        _: Any, a: Any, a0: Any, b: Any, b0: Any, c: Any, c0: Any, d: Any, d0: Any, own: Any,
        tab: Any, row: Any, col: Any, brow: Any, crow: Any, count: Any,
    ) -> Any:  # fmt: skip
        i = types.intp
        signature = types.void(a, i, b, i, c, i, d, i, i, tab, i, i, i, i, i)
        return signature, emit

    return tile


def _plain_tile(rows: int, units: int) -> Any:
    """Return the tile in plain Python, with its bounds checked."""
    width = units * WIDTH

    def part(array: Any, at: int) -> Any:
        if not 0 <= at <= len(array) - width:
            raise IndexError(at)
        return array[at : at + width]

    def tile(
        a: Any, a0: int, b: Any, b0: int, c: Any, c0: int, d: Any, d0: int, own: int,
        tab: Any, row: int, col: int, brow: int, crow: int, count: int,
    ) -> None:  # fmt: skip
        sums = np.zeros((rows, width), np.float32)
        for k in range(count):
            line = part(b, b0 + tab[brow + k])
            for m in range(rows):
                sums[m] += a[a0 + tab[row + m] + tab[col + k]] * line
        for m in range(rows):
            place = tab[crow + m]
            part(c, c0 + place)[:] = part(d, d0 + place * own) + sums[m]

    return tile


def make_strip(units: int, rows: int) -> Any:
    """Return the tile for sparse errors: `rows` strips of 8·`units` values, summed over a list.

    ``C[c0 + r·crow : …] += Σ_e V[v0 + e·step] · X[x0 + tab[at + P[p0 + e·step]] + r·xrow : …]``

    A list entry is one error that is not zero: its value, and through a table where the values
    lie that it multiplies. X is the input picture (weight gradient) or the weights (input
    gradient). Nothing is spent on errors that are zero.
    """
    if not JIT:
        return _plain_strip(units, rows)
    widths = pieces(units)

    def emit(context: Any, b: Any, signature: Any, args: Any) -> Any:
        (v, v0, p, p0, step, x, x0, xrow, tab, at, c, c0, crow, count) = args
        kinds = signature.args

        def const(n: int) -> Any:
            return ir.Constant(I64, n)

        x_at = element(context, b, kinds[5], x, x0)
        c_at = element(context, b, kinds[10], c, c0)
        targets = [b.gep(c_at, [b.mul(crow, const(r))]) for r in range(rows)]
        start = [_load_row(b, target, widths) for target in targets]
        entry, loop = b.block, b.append_basic_block("e")
        done = b.append_basic_block("done")
        b.branch(loop)
        b.position_at_end(loop)
        e = b.phi(I64)
        e.add_incoming(const(0), entry)
        sums = [[b.phi(value.type) for value in line] for line in start]
        for line, first in zip(sums, start, strict=True):
            for total, value in zip(line, first, strict=True):
                total.add_incoming(value, entry)
        jump = b.mul(e, step)
        scalar = b.load(element(context, b, kinds[0], v, b.add(v0, jump)))
        entry_of = b.sext(b.load(element(context, b, kinds[2], p, b.add(p0, jump))), I64)
        offset = b.sext(b.load(element(context, b, kinds[8], tab, b.add(at, entry_of))), I64)
        source = b.gep(x_at, [offset])
        following = b.add(e, const(1))
        e.add_incoming(following, loop)
        after = []
        for r in range(rows):
            values = _load_row(b, b.gep(source, [b.mul(xrow, const(r))]), widths)
            new = [
                emit_fma(b, splat(b, scalar, value.type.count), value, total)
                for value, total in zip(values, sums[r], strict=True)
            ]
            for total, value in zip(sums[r], new, strict=True):
                total.add_incoming(value, loop)
            after.append(new)
        b.cbranch(b.icmp_signed("<", following, count), loop, done)
        b.position_at_end(done)
        for target, line in zip(targets, after, strict=True):
            place = 0
            for value in line:
                width = value.type.count
                b.store(value, _vector_at(b, target, place, width)).align = 4
                place += width
        return context.get_dummy_value()

    @intrinsic
    def strip(
        _: Any, v: Any, v0: Any, p: Any, p0: Any, step: Any, x: Any, x0: Any, xrow: Any,
        tab: Any, at: Any, c: Any, c0: Any, crow: Any, count: Any,
    ) -> Any:  # fmt: skip
        i = types.intp
        return types.void(v, i, p, i, i, x, i, i, tab, i, c, i, i, i), emit

    return strip


def _plain_strip(units: int, rows: int) -> Any:
    """Return the strip in plain Python, with its bounds checked."""
    width = units * WIDTH

    def part(array: Any, at: int) -> Any:
        if not 0 <= at <= len(array) - width:
            raise IndexError(at)
        return array[at : at + width]

    def strip(
        v: Any, v0: int, p: Any, p0: int, step: int, x: Any, x0: int, xrow: int,
        tab: Any, at: int, c: Any, c0: int, crow: int, count: int,
    ) -> None:  # fmt: skip
        for r in range(rows):
            target = part(c, c0 + r * crow)
            for e in range(count):
                place = tab[at + p[p0 + e * step]]
                target += v[v0 + e * step] * part(x, x0 + place + r * xrow)

    return strip


TILES = {units: make_tile(rows, units) for units, rows in ROWS.items()}
WIDE = 6 in TILES
tile1, tile2, tile3 = TILES[1], TILES[2], TILES[3]
tile4, tile5, tile6 = (TILES.get(units, tile3) for units in (4, 5, 6))
ROWS1, ROWS2, ROWS3 = ROWS[1], ROWS[2], ROWS[3]
ROWS4, ROWS5, ROWS6 = (ROWS.get(units, 1) for units in (4, 5, 6))

STRIPS = {  # units of a strip → how many strips together fill the registers
    16: {1: 5, 2: 5, 5: 5, 8: 2, 15: 2},
    8: {1: 5, 2: 5, 5: 2, 8: 1, 15: 1},
    4: {1: 5, 2: 3, 5: 1, 8: 1, 15: 1},
}[VECTOR]
STRIPS1, STRIPS2, STRIPS5, STRIPS8, STRIPS15 = STRIPS.values()
strip1, strip2, strip5, strip8, strip15 = (make_strip(u, n) for u, n in STRIPS.items())
line1, line2, line5, line8, line15 = (make_strip(u, 1) for u in STRIPS)


def split_strip(units: int) -> tuple[int, ...]:
    """Return the widths of strips that cover `units`."""
    parts = []
    while units:
        parts.append(max(width for width in STRIPS if width <= units))
        units -= parts[-1]
    return tuple(parts)


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
        best.append(
            min(
                (best[total - width][0] + cost(width), (*best[total - width][1], width))
                for width in ROWS
                if width <= total
            )
        )
    time, widths = best[units]
    return time, tuple(sorted(widths, reverse=True))


@kernel
def matmul(
    a: Any, a0: int, b: Any, b0: int, c: Any, c0: int, d: Any, d0: int, own: int,
    tab: Any, row: int, col: int, brow: int, crow: int, rows: int, count: int,
    parts: int, n: int,
) -> None:  # fmt: skip
    """Cover a product of `rows` rows with tiles, whose widths are tab[parts : parts + n].

    The row tables `row` and `crow` go on for a tile's length behind their end, with places where
    nothing is lost.
    """
    at = 0
    for part in range(n):
        units = tab[parts + part]
        if units == 1:
            for m in range(0, rows, ROWS1):
                tile1(a, a0, b, b0 + at, c, c0 + at, d, d0 + at, own, tab,
                      row + m, col, brow, crow + m, count)  # fmt: skip
        elif units == 2:
            for m in range(0, rows, ROWS2):
                tile2(a, a0, b, b0 + at, c, c0 + at, d, d0 + at, own, tab,
                      row + m, col, brow, crow + m, count)  # fmt: skip
        elif units == 3:
            for m in range(0, rows, ROWS3):
                tile3(a, a0, b, b0 + at, c, c0 + at, d, d0 + at, own, tab,
                      row + m, col, brow, crow + m, count)  # fmt: skip
        elif WIDE and units == 4:
            for m in range(0, rows, ROWS4):
                tile4(a, a0, b, b0 + at, c, c0 + at, d, d0 + at, own, tab,
                      row + m, col, brow, crow + m, count)  # fmt: skip
        elif WIDE and units == 5:
            for m in range(0, rows, ROWS5):
                tile5(a, a0, b, b0 + at, c, c0 + at, d, d0 + at, own, tab,
                      row + m, col, brow, crow + m, count)  # fmt: skip
        elif WIDE:
            for m in range(0, rows, ROWS6):
                tile6(a, a0, b, b0 + at, c, c0 + at, d, d0 + at, own, tab,
                      row + m, col, brow, crow + m, count)  # fmt: skip
        at += units * WIDTH


@kernel
def sum_strips(
    v: Any, v0: int, p: Any, p0: int, step: int, x: Any, x0: int, xrow: int, tab: Any, at: int,
    c: Any, c0: int, crow: int, rows: int, count: int, parts: int, n: int,
) -> None:  # fmt: skip
    """Add a list's `rows` strips to C, whose widths' parts are tab[parts : parts + n]."""
    place = 0
    for part in range(n):
        units = tab[parts + part]
        if units == 1:
            for r in range(0, rows - STRIPS1 + 1, STRIPS1):
                strip1(v, v0, p, p0, step, x, x0 + r * xrow + place, xrow, tab, at,
                        c, c0 + r * crow + place, crow, count)  # fmt: skip
            for r in range(rows - rows % STRIPS1, rows):
                line1(v, v0, p, p0, step, x, x0 + r * xrow + place, xrow, tab, at,
                       c, c0 + r * crow + place, crow, count)  # fmt: skip
        elif units == 2:
            for r in range(0, rows - STRIPS2 + 1, STRIPS2):
                strip2(v, v0, p, p0, step, x, x0 + r * xrow + place, xrow, tab, at,
                        c, c0 + r * crow + place, crow, count)  # fmt: skip
            for r in range(rows - rows % STRIPS2, rows):
                line2(v, v0, p, p0, step, x, x0 + r * xrow + place, xrow, tab, at,
                       c, c0 + r * crow + place, crow, count)  # fmt: skip
        elif units == 5:
            for r in range(0, rows - STRIPS5 + 1, STRIPS5):
                strip5(v, v0, p, p0, step, x, x0 + r * xrow + place, xrow, tab, at,
                        c, c0 + r * crow + place, crow, count)  # fmt: skip
            for r in range(rows - rows % STRIPS5, rows):
                line5(v, v0, p, p0, step, x, x0 + r * xrow + place, xrow, tab, at,
                       c, c0 + r * crow + place, crow, count)  # fmt: skip
        elif units == 8:
            for r in range(0, rows - STRIPS8 + 1, STRIPS8):
                strip8(v, v0, p, p0, step, x, x0 + r * xrow + place, xrow, tab, at,
                        c, c0 + r * crow + place, crow, count)  # fmt: skip
            for r in range(rows - rows % STRIPS8, rows):
                line8(v, v0, p, p0, step, x, x0 + r * xrow + place, xrow, tab, at,
                       c, c0 + r * crow + place, crow, count)  # fmt: skip
        else:
            for r in range(0, rows - STRIPS15 + 1, STRIPS15):
                strip15(v, v0, p, p0, step, x, x0 + r * xrow + place, xrow, tab, at,
                        c, c0 + r * crow + place, crow, count)  # fmt: skip
            for r in range(rows - rows % STRIPS15, rows):
                line15(v, v0, p, p0, step, x, x0 + r * xrow + place, xrow, tab, at,
                       c, c0 + r * crow + place, crow, count)  # fmt: skip
        place += units * WIDTH
