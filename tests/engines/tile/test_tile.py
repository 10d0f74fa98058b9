"""The tiles and vector functions by themselves."""

import numpy as np
import pytest

from digitile.engines.tile import simd, tile
from digitile.engines.tile.compile import kernel
from digitile.engines.tile.simd import address, at


@pytest.mark.parametrize("units", sorted(tile.ROWS))
def test_tile_is_a_product_through_tables(units):
    rng = np.random.default_rng(units)
    rows, count, width = tile.ROWS[units], 7, units * 8
    a, b = rng.standard_normal((2, 5000)).astype(np.float32)
    c = rng.standard_normal(5000).astype(np.float32)
    row, col = rng.integers(0, 2000, rows), rng.integers(0, 2000, count)
    brow, crow = rng.integers(0, 4000, count), rng.permutation(rows) * width
    tab = np.concatenate([row, col, brow, crow]).astype(np.int32)
    expected = c.astype(np.float64)
    for m in range(rows):
        sums = a[3 + row[m] + col].astype(np.float64) @ np.stack(
            [b[5 + n : 5 + n + width] for n in brow]
        )
        expected[7 + crow[m] : 7 + crow[m] + width] += sums

    @kernel
    def call(a, b, c, tab):
        start, target = address(tab, 0), address(c, 7)
        tables = tile.Tables(
            start, at(start, rows), at(start, rows + count), at(start, rows + 2 * count)
        )
        matrices = tile.Matrices(address(a, 3), address(b, 5), target, target, 1)
        tile.matmul(matrices, tables, rows, count, address(tab, len(tab) - 1), 1)

    call(a, b, c, np.append(tab, np.int32(units)))
    np.testing.assert_allclose(c, expected, rtol=1e-4, atol=1e-4)


def test_split_covers_every_width():
    for units in range(1, 70):
        parts = tile.split(units, 25)
        assert sum(parts) == units
        assert set(parts) <= set(tile.ROWS)


@pytest.mark.parametrize(
    ("name", "truth"),
    [("tanh", np.tanh), ("sigmoid", lambda x: 1 / (1 + np.exp(-x))), ("exp", np.exp)],
)
def test_functions_are_exact_to_float32(name, truth):
    function = getattr(simd, name)

    @kernel
    def call(x, y):
        for k in range(0, len(x), 8):
            simd.store(address(y, 0), k, function(simd.load(address(x, 0), k)))

    x = np.concatenate([np.linspace(-20, 20, 4000), np.geomspace(1e-30, 1, 400)]).astype("f")
    y = np.empty_like(x)
    call(x, y)
    np.testing.assert_allclose(y, truth(x.astype(np.float64)), rtol=3e-6, atol=2e-7)
