"""Winograd's minimal filtering, F(2×2, 5×5): 36 multiplications where a convolution takes 100.

Four neighbouring outputs of a 5×5 convolution hang on 6×6 inputs, a tile. With the polynomials
that meet in 0, ±1, ±2 and infinity,

    Y = Aᵀ·[(G·w·Gᵀ) ⊙ (Bᵀ·x·B)]·A        dw = Gᵀ·[Σ (Bᵀ·x·B) ⊙ (A·dY·Aᵀ)]·G

(S. Winograd, Arithmetic Complexity of Computations, 1980; for convolutions with many maps:
Lavin, Gray 2016.) Over all maps and tiles each ⊙ is thirty-six small products of matrices, by the
register tile. The input gradient is the first form, on errors within zeros and kernels turned
round. Largest error against float64, of the second and third convolution of wu2016-cifar10: 3e-6
of the largest value, where the direct form has 7e-7.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from digitile.engines.tile.compile import inlined, kernel
from digitile.engines.tile.simd import (
    WIDE,
    WIDTH,
    add,
    fma,
    get,
    load,
    load_wide,
    mul,
    put,
    store,
    sub,
)
from digitile.engines.tile.tile import price

if TYPE_CHECKING:
    from digitile.engines.tile.packing import Slot

SIDE, STEP, KERNEL = 6, 2, 5
SQUARE = SIDE * SIDE
LINE = 48
"""Half cycles to transform one line of six vectors; prices are compared as in `tile.price`."""

GAIN = 0.9
"""It is used where it takes less than this part of the time."""

INPUT, OUTPUT, ERROR, KERNELS, GRADIENT = range(5)


def kernels_apart(channels: int, width: int) -> int:
    """Return the distance between places of transformed kernels: not a power of two.

    Else all thirty-six values of a kernel would fall into the same few sets of the cache.
    """
    return channels * width + 16


def suits(kernel_size: int, stride: int, height: int, width: int) -> bool:
    """Tell whether outputs of these sides can be made tile by tile."""
    return kernel_size == KERNEL and stride == 1 and height % STEP == 0 and width % STEP == 0


def forward_price(channels: int, width_in: int, width_out: int, pixels: int) -> float:
    """Return the time of a convolution of `channels` maps, both widths padded, in half cycles."""
    tiles = pixels // STEP**2
    products = SQUARE * channels * price(width_out // WIDTH, tiles)
    return products + LINE * tiles * (2 * SIDE * _vectors(width_in) + 8 * _vectors(width_out))


def weights_price(slot: "Slot", pixels: int) -> float:
    """Return the time of a weight gradient, in half cycles."""
    tiles, width_in = pixels // STEP**2, -(-slot.channels // WIDTH) * WIDTH
    products = SQUARE * tiles * price(slot.width // WIDTH, width_in)
    return products + LINE * tiles * (2 * SIDE * _vectors(width_in) + 8 * _vectors(slot.width))


def _vectors(width: int) -> int:
    return width // WIDE + (width % WIDE > 0)


@inlined
def _line(
    kind: int, m: Any, t: int, dt: int, d0: Any, d1: Any, d2: Any, d3: Any, d4: Any, d5: Any
) -> None:
    """Transform up to six vectors, and write the results `dt` apart."""
    two, four, five = np.float32(2), np.float32(4), np.float32(-5)
    if kind == INPUT:  # Bᵀ, 6 to 6
        store(m, t, fma(four, d0, fma(five, d2, d4)))
        even, odd = fma(-four, d2, d4), fma(-four, d1, d3)
        store(m, t + dt, add(even, odd))
        store(m, t + 2 * dt, sub(even, odd))
        even, odd = sub(d4, d2), mul(two, sub(d3, d1))
        store(m, t + 3 * dt, add(even, odd))
        store(m, t + 4 * dt, sub(even, odd))
        store(m, t + 5 * dt, fma(four, d1, fma(five, d3, d5)))
    elif kind == OUTPUT:  # Aᵀ, 6 to 2
        store(m, t, add(d0, add(add(d1, d2), add(d3, d4))))
        store(m, t + dt, add(fma(two, sub(d3, d4), sub(d1, d2)), d5))
    elif kind == ERROR:  # A, 2 to 6
        store(m, t, d0)
        store(m, t + dt, add(d0, d1))
        store(m, t + 2 * dt, sub(d0, d1))
        store(m, t + 3 * dt, fma(two, d1, d0))
        store(m, t + 4 * dt, fma(-two, d1, d0))
        store(m, t + 5 * dt, d1)
    elif kind == KERNELS:  # G, 5 to 6
        sixth, small = np.float32(-1 / 6), np.float32(1 / 24)
        store(m, t, mul(d0, np.float32(1 / 4)))
        even, odd = add(add(d0, d2), d4), add(d1, d3)
        store(m, t + dt, mul(add(even, odd), sixth))
        store(m, t + 2 * dt, mul(sub(even, odd), sixth))
        even = fma(four, d2, fma(np.float32(16), d4, d0))
        odd = fma(np.float32(8), d3, mul(two, d1))
        store(m, t + 3 * dt, mul(add(even, odd), small))
        store(m, t + 4 * dt, mul(sub(even, odd), small))
        store(m, t + 5 * dt, d4)
    else:  # Gᵀ, 6 to 5
        sixth, small = np.float32(-1 / 6), np.float32(1 / 24)
        near, far = mul(add(d1, d2), sixth), mul(add(d3, d4), small)
        near_odd, far_odd = mul(sub(d1, d2), sixth), mul(sub(d3, d4), small)
        store(m, t, fma(np.float32(1 / 4), d0, add(near, far)))
        store(m, t + dt, fma(two, far_odd, near_odd))
        store(m, t + 2 * dt, fma(four, far, near))
        store(m, t + 3 * dt, fma(np.float32(8), far_odd, near_odd))
        store(m, t + 4 * dt, add(fma(np.float32(16), far, near), d5))


@inlined
def _transform_line(kind: int, m: Any, s: int, ds: int, t: int, dt: int, wide: bool) -> None:
    """Transform the vectors that lie `ds` apart; what a kind has no use for is read for nothing."""
    d2, d3, d4, d5 = s + 2 * ds, s + 3 * ds, s + 4 * ds, s + 5 * ds
    if kind == ERROR:
        d2 = d3 = d4 = d5 = s
    if kind == KERNELS:
        d5 = s
    if wide:
        _line(kind, m, t, dt, load_wide(m, s), load_wide(m, s + ds), load_wide(m, d2),
              load_wide(m, d3), load_wide(m, d4), load_wide(m, d5))  # fmt: skip
    else:
        _line(kind, m, t, dt, load(m, s), load(m, s + ds), load(m, d2), load(m, d3),
              load(m, d4), load(m, d5))  # fmt: skip


@kernel
def _squares(
    kind: int, lines: int, results: int, m: Any, s: int, row: int, column: int, t: int,
    down: int, across: int, width: int, scratch: int,
) -> None:  # fmt: skip
    """Transform a square of `width` values each: its columns into `scratch`, then its rows."""
    k = 0
    while k < width:
        wide = k + WIDE <= width
        for q in range(lines):
            at = scratch + q * WIDE
            if kind == INPUT:
                _transform_line(INPUT, m, s + q * column + k, row, at, SIDE * WIDE, wide)
            elif kind == OUTPUT:
                _transform_line(OUTPUT, m, s + q * column + k, row, at, SIDE * WIDE, wide)
            elif kind == ERROR:
                _transform_line(ERROR, m, s + q * column + k, row, at, SIDE * WIDE, wide)
            else:
                _transform_line(GRADIENT, m, s + q * column + k, row, at, SIDE * WIDE, wide)
        for q in range(results):
            at = scratch + q * SIDE * WIDE
            if kind == INPUT:
                _transform_line(INPUT, m, at, WIDE, t + q * down + k, across, wide)
            elif kind == OUTPUT:
                _transform_line(OUTPUT, m, at, WIDE, t + q * down + k, across, wide)
            elif kind == ERROR:
                _transform_line(ERROR, m, at, WIDE, t + q * down + k, across, wide)
            else:
                _transform_line(GRADIENT, m, at, WIDE, t + q * down + k, across, wide)
        k += WIDE if wide else WIDTH


@kernel
def transform_tiles(op: Any, s: int, mem: Any, par: Any) -> None:
    """Transform one image between pixels and tiles.

    An op is (kind, pixels, step, row, stride, tiles' values, places apart, rows of tiles, columns
    of tiles, width, scratch, bias or -1). INPUT and ERROR go from pixels to tiles, OUTPUT back.
    """
    kind, image, row, stride = op[1], op[2] + s * op[3], op[4], op[5]
    values, apart, columns, width, scratch = op[6], op[7], op[9], op[10], op[11]
    for i in range(op[8]):
        for j in range(columns):
            corner = image + STEP * (i * row + j * stride)
            place = values + (i * columns + j) * width
            if kind == INPUT:
                _squares(INPUT, SIDE, SIDE, mem, corner, row, stride, place, SIDE * apart, apart,
                         width, scratch)  # fmt: skip
            elif kind == ERROR:
                _squares(ERROR, STEP, SIDE, mem, corner, row, stride, place, SIDE * apart, apart,
                         width, scratch)  # fmt: skip
            else:
                _squares(OUTPUT, SIDE, STEP, mem, place, SIDE * apart, apart, corner, row, stride,
                         width, scratch)  # fmt: skip
                if op[12] >= 0:
                    _add_bias(mem, corner, row, stride, par, op[12], width)


@kernel
def _add_bias(mem: Any, corner: int, row: int, stride: int, par: Any, b: int, width: int) -> None:
    for n in range(0, width, 8):
        bias = load(par, b + n)
        for at in (corner, corner + stride, corner + row, corner + row + stride):
            store(mem, at + n, add(load(mem, at + n), bias))


@kernel
def enclose(op: Any, s: int, mem: Any) -> None:
    """Copy an image's errors to a picture with zeros around it.

    An op is (errors, step, row, length, rows, target, its row).
    """
    source, target = op[1] + s * op[2], op[6]
    for y in range(op[5]):
        for n in range(0, op[4], 8):
            store(mem, target + y * op[7] + n, load(mem, source + y * op[3] + n))


@kernel
def fold_tiles(op: Any, mem: Any) -> None:
    """Write dw from the sums over all tiles.

    An op is (sums, places apart, dw, channels, width, scratch).
    """
    channels, width = op[4], op[5]
    for c in range(channels):
        _squares(GRADIENT, SIDE, KERNEL, mem, op[1] + c * width, SIDE * op[2], op[2],
                 op[3] + c * width, KERNEL * channels * width, channels * width, width,
                 op[6])  # fmt: skip


@kernel
def transform_kernels(row: Any, item: int, par: Any) -> None:
    """Write G·w·Gᵀ of input map `item`, all output maps.

    A row is (…, …, w, target, channels,
    width), as `Packing.derived` has them.
    """
    channels, width = row[4], row[5]
    tap, apart = channels * width, row[6]
    w, u = row[2] + item * width, row[3] + item * width
    n = 0
    while n < width:
        wide = n + WIDE <= width
        for j in range(KERNEL):
            _transform_line(KERNELS, par, w + j * tap + n, KERNEL * tap, u + j * apart + n,
                            SIDE * apart, wide)  # fmt: skip
        _transform_rows(par, u + n, apart, wide)
        n += WIDE if wide else WIDTH


@kernel
def transform_turned(row: Any, item: int, par: Any) -> None:
    """Write G·w·Gᵀ of output map `item`, all input maps, the kernel turned round.

    A row is (…, …, w, target, channels, width, channels padded, apart).
    """
    channels, width, own, apart = row[4], row[5], row[6], row[7]
    u = row[3] + item * own
    for i in range(KERNEL):
        for j in range(KERNEL):
            target = u + ((KERNEL - 1 - i) * SIDE + KERNEL - 1 - j) * apart
            source = row[2] + (i * KERNEL + j) * channels * width + item
            for c in range(channels):
                put(par, target + c, get(par, source + c * width))
    n = 0
    while n < own:
        wide = n + WIDE <= own
        for j in range(KERNEL):
            at = u + j * apart + n
            _transform_line(KERNELS, par, at, SIDE * apart, at, SIDE * apart, wide)
        _transform_rows(par, u + n, apart, wide)
        n += WIDE if wide else WIDTH


@kernel
def _transform_rows(par: Any, u: int, apart: int, wide: bool) -> None:
    """Transform six rows of five vectors to six rows of six, in their places."""
    for i in range(SIDE):
        at = u + i * SIDE * apart
        _transform_line(KERNELS, par, at, apart, at, apart, wide)
