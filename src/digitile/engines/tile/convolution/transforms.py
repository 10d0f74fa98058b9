"""Winograd's transforms of squares: six points instead of taps and pixels.

With the polynomials that meet in 0, ±1, ±2 and infinity, a line of m outputs of a kernel of k taps,
m + k = 7, takes 6 multiplications instead of m·k:

    Y = Aᵀ·[(G·w·Gᵀ) ⊙ (Bᵀ·x·B)]·A        dw = Gᵀ·[Σ (Bᵀ·x·B) ⊙ (A·dY·Aᵀ)]·G

(S. Winograd, Arithmetic Complexity of Computations, 1980; for convolutions with many maps: Lavin
and Gray 2016.) A and G evaluate a polynomial at the points, G with a factor for each; Aᵀ and Gᵀ
collect. The formulas below are those of one line, on LLVM's vectors or NumPy's arrays alike.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numba import types
from numba.core import cgutils

from digitile.engines.tile.compile import JIT, intrinsic, kernel
from digitile.engines.tile.simd import (
    I64,
    WIDE,
    WIDTH,
    at,
    emit_load,
    emit_store,
    emit_switch,
    load,
    store,
    zeros,
)

SIDE = 6
SQUARE = SIDE * SIDE
OUTPUTS = {5: 2, 3: 4}
"""Outputs of a line of a tile, m, by the kernel's size."""

Line = Callable[[list[Any]], list[Any]]


def input_line(d: list[Any]) -> list[Any]:
    """Return Bᵀ·d, 6 to 6."""
    near, near_odd = d[4] - 4.0 * d[2], d[3] - 4.0 * d[1]
    far, far_odd = d[4] - d[2], 2.0 * (d[3] - d[1])
    return [
        4.0 * d[0] - 5.0 * d[2] + d[4],
        near + near_odd,
        near - near_odd,
        far + far_odd,
        far - far_odd,
        4.0 * d[1] - 5.0 * d[3] + d[5],
    ]


def evaluate(d: list[Any], factors: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> list[Any]:
    """Return the values of d[0] + d[1]·p + … at the six points, each times its factor: A·d, G·d."""
    zero, one, two = factors
    even, odd = _sum(d[0::2]), _sum(d[1::2])
    even2 = _sum([4.0**n * v for n, v in enumerate(d[0::2])])
    odd2 = _sum([2.0 * 4.0**n * v for n, v in enumerate(d[1::2])])
    return [
        zero * d[0],
        one * (even + odd),
        one * (even - odd),
        two * (even2 + odd2),
        two * (even2 - odd2),
        d[-1],
    ]


def collect(
    d: list[Any], count: int, factors: tuple[float, float, float] = (1.0, 1.0, 1.0)
) -> list[Any]:
    """Return `evaluate`'s transpose, 6 to `count`: Aᵀ·d, Gᵀ·d."""
    zero, one, two = factors
    even, odd = one * (d[1] + d[2]), one * (d[1] - d[2])
    even2, odd2 = two * (d[3] + d[4]), two * (d[3] - d[4])
    result = [(odd + 2.0**n * odd2) if n % 2 else (even + 2.0**n * even2) for n in range(count)]
    result[0] = zero * d[0] + result[0]
    result[-1] = result[-1] + d[5]
    return result


def _sum(values: list[Any]) -> Any:
    total = values[0]
    for value in values[1:]:
        total = total + value
    return total


class _Value:
    """An LLVM vector with arithmetic, of which every operation may be contracted."""

    def __init__(self, builder: Any, value: Any) -> None:
        self.builder, self.value = builder, value

    def __add__(self, other: "_Value") -> "_Value":
        flags = ("contract",)
        return _Value(self.builder, self.builder.fadd(self.value, other.value, flags=flags))

    def __sub__(self, other: "_Value") -> "_Value":
        flags = ("contract",)
        return _Value(self.builder, self.builder.fsub(self.value, other.value, flags=flags))

    def __rmul__(self, factor: float) -> "_Value":
        if factor == 1:
            return self
        constant = self.value.type([float(np.float32(factor))] * self.value.type.count)
        product = self.builder.fmul(constant, self.value, flags=("contract",))
        return _Value(self.builder, product)


def _square(line: Line, lines: int, results: int, read: Any, write: Any) -> None:
    """Transform columns, then rows: read(row, column) gives a vector, write(…, vector) keeps it."""
    columns = [line([read(q, p) for q in range(lines)]) for p in range(lines)]
    for q in range(results):
        for p, value in enumerate(line([column[q] for column in columns])):
            write(q, p, value)


FACTORS = (1 / 4, -1 / 6, 1 / 24)

TRANSFORMS: dict[str, tuple[Line, int, int]] = {"input": (input_line, SIDE, SIDE)}
"""What can be done to a square: a line's formula, its vectors before, and after."""

for _k, _m in OUTPUTS.items():
    TRANSFORMS |= {
        f"output {_k}": (partial(collect, count=_m), SIDE, _m),
        f"error {_k}": (evaluate, _m, SIDE),
        f"kernel {_k}": (partial(evaluate, factors=FACTORS), _k, SIDE),
        f"gradient {_k}": (partial(collect, count=_k, factors=FACTORS), SIDE, _k),
    }
NAMES = tuple(TRANSFORMS)


class Field(NamedTuple):
    """Pixels, or places of a tile, with all their maps.

    Attributes
    ----------
    values : pointer to float32
    row, pixel : int
        Distance between rows and between pixels.
    height, width, maps : int
    """

    values: Any
    row: int
    pixel: int
    height: int
    width: int
    maps: int


@intrinsic
def _native_transform(_: Any, kind: Any, wide: Any, source: Any, target: Any) -> Any:
    """Transform one vector of maps of a square field to another, which may be the same."""

    def emit(context: Any, b: Any, _sig: Any, args: Any) -> Any:
        s, t = (Field(*cgutils.unpack_tuple(b, own)) for own in args[2:])

        def place(field: Field, q: int, p: int) -> Any:
            down, right = b.mul(field.row, I64(q)), b.mul(field.pixel, I64(p))
            return b.gep(field.values, [b.add(down, right)])

        def code(line: Line, lines: int, results: int, width: int) -> None:
            def write(q: int, p: int, value: _Value) -> None:
                emit_store(b, place(t, q, p), 0, value.value)

            cells = [(q, p) for q in range(lines) for p in range(lines)]
            values = {cell: _Value(b, emit_load(b, place(s, *cell), 0, width)) for cell in cells}
            _square(line, lines, results, lambda q, p: values[q, p], write)

        cases = {
            2 * n + w: partial(code, *TRANSFORMS[name], (WIDTH, WIDE)[w])
            for n, name in enumerate(NAMES)
            for w in (0, 1)
        }
        emit_switch(b, b.add(b.mul(args[0], I64(2)), args[1]), cases)
        return context.get_dummy_value()

    return types.void(types.intp, types.intp, source, target), emit


def _plain_transform(kind: int, wide: int, s: Field, t: Field) -> None:
    line, lines, results = TRANSFORMS[NAMES[kind]]
    cells = [(q, p) for q in range(lines) for p in range(lines)]
    values = {
        (q, p): load(s.values, q * s.row + p * s.pixel, (WIDTH, WIDE)[wide]) for q, p in cells
    }
    _square(
        line, lines, results, lambda q, p: values[q, p],
        lambda q, p, v: store(t.values, q * t.row + p * t.pixel, v.astype(np.float32)),
    )  # fmt: skip


_transform = _native_transform if JIT else _plain_transform


@kernel
def transform(kind: int, source: Any, target: Any) -> None:
    """Transform all maps of a square field; `kind` is a place in NAMES."""
    n = 0
    while n < source.maps:
        s, t = _from_map(source, n), _from_map(target, n)
        _transform(kind, int(n + WIDE <= source.maps), s, t)
        n += WIDE


@kernel
def _from_map(field: Any, n: int) -> Any:
    values = at(field.values, n)
    return Field(values, field.row, field.pixel, field.height, field.width, field.maps)


@kernel
def tile_field(values: Any, apart: int, maps: int) -> Any:
    """Return the six times six places of a tile as a field."""
    return Field(values, SIDE * apart, apart, SIDE, SIDE, maps)


@kernel
def clipped(field: Any, top: int, left: int, side: int, square: Any) -> Any:
    """Return a field whose first pixel is field's (top, left), with zeros where that has none."""
    if top >= 0 and left >= 0 and top + side <= field.height and left + side <= field.width:
        start = at(field.values, top * field.row + left * field.pixel)
        return Field(start, field.row, field.pixel, side, side, field.maps)
    for y in range(side):
        for x in range(side):
            to = (y * side + x) * field.maps
            inside = 0 <= top + y < field.height and 0 <= left + x < field.width
            source = (top + y) * field.row + (left + x) * field.pixel
            for n in range(0, field.maps, 8):
                store(square, to + n, load(field.values, source + n) if inside else zeros())
    return Field(square, side * field.maps, field.maps, side, side, field.maps)
