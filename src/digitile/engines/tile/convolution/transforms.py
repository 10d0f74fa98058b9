"""Winograd's transforms of squares: a few points instead of taps and pixels.

A convolution is a product of polynomials, which is known by its values at as many points as it has
coefficients. Where a line of m outputs of k taps meets in 0, ±1, ±2 and infinity, m + k = 7, it
takes 6 multiplications instead of m·k:

    Y = Aᵀ·[(G·w·Gᵀ) ⊙ (Bᵀ·x·B)]·A        dw = Gᵀ·[Σ (Bᵀ·x·B) ⊙ (A·dY·Aᵀ)]·G

(S. Winograd, Arithmetic Complexity of Computations, 1980; for convolutions with many maps: Lavin
and Gray 2016.) A and G evaluate a polynomial at the points, G with a factor for each; Aᵀ and Gᵀ
collect. With stride 2 a line falls apart into its even pixels, under taps 0 and 2, and its odd
ones, under tap 1: four outputs take 5 multiplications, at 0, ±1, 2 and infinity, and 4. Kernels
have six values a line in each case: the last is tap 1, by which four points are multiplied.

The formulas below are those of one line, on LLVM's vectors or NumPy's arrays alike.
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
"""Values of a line, and of a square, of transformed kernels."""

Line = Callable[[list[Any]], list[Any]]

POINTS, FACTORS = (0, 1, -1, 2, -2), (1 / 4, -1 / 6, -1 / 6, 1 / 24, 1 / 24)
STRIDED, STRIDED_FACTORS = (0, 1, -1, 2), (1 / 2, -1 / 2, -1 / 6, 1 / 6)
"""Points beside infinity, and G's factors: 1/Π (p − q), over the other points q."""


def input_line(d: list[Any]) -> list[Any]:
    """Return Bᵀ·d for `POINTS`, 6 to 6."""
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


def strided_line(d: list[Any]) -> list[Any]:
    """Return Bᵀ·d for `STRIDED`, 5 to 5."""
    odd = d[3] - d[1]
    return [
        odd + 2.0 * (d[0] - d[2]),
        d[3] - d[2] - 2.0 * d[1],
        d[3] - 3.0 * d[2] + 2.0 * d[1],
        odd,
        d[4] - d[2] - 2.0 * odd,
    ]


def evaluate(
    d: list[Any], points: tuple[int, ...], factors: tuple[float, ...] = (1.0,) * 5
) -> list[Any]:
    """Return d[0] + d[1]·p + … at the points and infinity, each times its factor: A·d, G·d."""
    values = [factors[0] * d[0]]
    for p, factor in zip(points[1:], factors[1:], strict=False):
        even = _sum([float(p ** (2 * n)) * v for n, v in enumerate(d[0::2])])
        odd = _sum([float(abs(p) ** (2 * n + 1)) * v for n, v in enumerate(d[1::2])])
        values.append(factor * (even + odd if p > 0 else even - odd))
    return [*values, d[-1]]


def collect(
    d: list[Any], count: int, points: tuple[int, ...], factors: tuple[float, ...] = (1.0,) * 5
) -> list[Any]:
    """Return `evaluate`'s transpose, to `count` values: Aᵀ·d, Gᵀ·d."""
    scaled = [factor * v for factor, v in zip(factors, d[: len(points)], strict=False)]
    by_point = dict(zip(points, scaled, strict=True))
    result = [by_point[0], *[None] * (count - 1)]
    for n in range(count):
        terms = [] if n else [by_point[0]]
        for size in sorted({abs(p) for p in points} - {0}):
            plus, minus = by_point[size], by_point.get(-size)
            both = plus if minus is None else plus - minus if n % 2 else plus + minus
            terms.append(float(size**n) * both)
        result[n] = _sum(terms)
    result[-1] = result[-1] + d[len(points)]
    return result


def _sum(values: list[Any]) -> Any:
    total = values[0]
    for value in values[1:]:
        total = total + value
    return total


def _interleaved(even: list[Any], odd: list[Any]) -> list[Any]:
    return [value for pair in zip(even, odd, strict=True) for value in pair]


class Transform(NamedTuple):
    """A line's formula, and the values of a line before and after it."""

    line: Line
    before: int
    after: int


def _plain_scheme(k: int, m: int) -> dict[str, Transform]:
    """Return the transforms of k taps and m outputs with stride 1."""
    return {
        "input": Transform(input_line, SIDE, SIDE),
        "output": Transform(partial(collect, count=m, points=POINTS), SIDE, m),
        "error": Transform(partial(evaluate, points=POINTS), m, SIDE),
        "kernel": Transform(partial(evaluate, points=POINTS, factors=FACTORS), k, SIDE),
        "gradient": Transform(partial(collect, count=k, points=POINTS, factors=FACTORS), SIDE, k),
    }


def _strided_scheme() -> dict[str, Transform]:
    """Return the transforms of 3 taps and 4 outputs with stride 2.

    Errors go back by transforms of their own, 5 of them to 8 pixels, of which those before the
    first window's middle, and every second from there, are under tap 1.
    """
    taps = partial(evaluate, points=STRIDED, factors=STRIDED_FACTORS)
    untaps = partial(collect, count=2, points=STRIDED, factors=STRIDED_FACTORS)
    points, collected = partial(evaluate, points=STRIDED), partial(collect, points=STRIDED, count=4)

    def output(d: list[Any]) -> list[Any]:
        return [even + odd for even, odd in zip(collected(d[:5]), d[5:], strict=True)]

    def gradient(d: list[Any]) -> list[Any]:
        first, last = untaps(d[:5])
        return [first, d[5], last]

    return {
        "input": Transform(lambda d: [*strided_line(d[0::2]), *d[1::2]], 9, 9),
        "output": Transform(output, 9, 4),
        "error": Transform(lambda d: [*points(d), *d], 4, 9),
        "kernel": Transform(lambda d: [*taps(d[0::2]), d[1]], 3, SIDE),
        "gradient": Transform(gradient, SIDE, 3),
        "error input": Transform(lambda d: [*strided_line(d), *d[:4]], 5, 9),
        "error output": Transform(lambda d: _interleaved(d[5:], collected(d[:5])), 9, 8),
    }


SCHEMES = {(5, 1): _plain_scheme(5, 2), (3, 1): _plain_scheme(3, 4), (3, 2): _strided_scheme()}
"""What can be done to a square, by the kernel's size and stride."""

TRANSFORMS = {
    (*scheme, name): own for scheme, all_of_it in SCHEMES.items() for name, own in all_of_it.items()
}
NUMBERS = {name: number for number, name in enumerate(TRANSFORMS)}


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


def _square(own: Transform, read: Any, write: Any) -> None:
    """Transform columns, then rows: read(row, column) gives a vector, write(…, vector) keeps it.

    All is read before anything is written.
    """
    side = range(own.before)
    columns = [own.line([read(q, p) for q in side]) for p in side]
    for q in range(own.after):
        for p, value in enumerate(own.line([column[q] for column in columns])):
            write(q, p, value)


class PixelField(NamedTuple):
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
        s, t = (PixelField(*cgutils.unpack_tuple(b, own)) for own in args[2:])

        def place(field: PixelField, q: int, p: int) -> Any:
            down, right = b.mul(field.row, I64(q)), b.mul(field.pixel, I64(p))
            return b.gep(field.values, [b.add(down, right)])

        def code(own: Transform, width: int) -> None:
            def read(q: int, p: int) -> _Value:
                return _Value(b, emit_load(b, place(s, q, p), 0, width))

            def write(q: int, p: int, value: _Value) -> None:
                emit_store(b, place(t, q, p), 0, value.value)

            _square(own, read, write)

        cases = {
            2 * n + w: partial(code, own, (WIDTH, WIDE)[w])
            for n, own in enumerate(TRANSFORMS.values())
            for w in (0, 1)
        }
        emit_switch(b, b.add(b.mul(args[0], I64(2)), args[1]), cases)
        return context.get_dummy_value()

    return types.void(types.intp, types.intp, source, target), emit


def _plain_transform(kind: int, wide: int, s: PixelField, t: PixelField) -> None:
    _square(
        list(TRANSFORMS.values())[kind],
        lambda q, p: load(s.values, q * s.row + p * s.pixel, (WIDTH, WIDE)[wide]),
        lambda q, p, v: store(t.values, q * t.row + p * t.pixel, v.astype(np.float32)),
    )


_transform = _native_transform if JIT else _plain_transform


@kernel
def transform(kind: int, source: Any, target: Any) -> None:
    """Transform all maps of a square field; `kind` is one of NUMBERS."""
    n = 0
    while n < source.maps:
        s, t = _from_map(source, n), _from_map(target, n)
        _transform(kind, int(n + WIDE <= source.maps), s, t)
        n += WIDE


@kernel
def _from_map(field: Any, n: int) -> Any:
    values = at(field.values, n)
    return PixelField(values, field.row, field.pixel, field.height, field.width, field.maps)


@kernel
def tile_field(values: Any, side: int, apart: int, maps: int) -> Any:
    """Return the places of a tile as a field."""
    return PixelField(values, side * apart, apart, side, side, maps)


@kernel
def clipped(field: Any, top: int, left: int, side: int, square: Any) -> Any:
    """Return a field whose first pixel is field's (top, left), with zeros where that has none."""
    if top >= 0 and left >= 0 and top + side <= field.height and left + side <= field.width:
        start = at(field.values, top * field.row + left * field.pixel)
        return PixelField(start, field.row, field.pixel, side, side, field.maps)
    for y in range(side):
        for x in range(side):
            to = (y * side + x) * field.maps
            inside = 0 <= top + y < field.height and 0 <= left + x < field.width
            source = (top + y) * field.row + (left + x) * field.pixel
            for n in range(0, field.maps, 8):
                store(square, to + n, load(field.values, source + n) if inside else zeros())
    return PixelField(square, side * field.maps, field.maps, side, side, field.maps)
