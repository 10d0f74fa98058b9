"""Winograd's filtering: its matrices by polynomials, and the same results as the direct form."""

import numpy as np
import pytest

from digitile.engines.tile import packing, tiles, winograd
from digitile.engines.tile.compile import kernel
from digitile.engines.tile.engine import TileEngine
from digitile.nn import Network
from tests.engines.parity import check

POINTS = (0.0, 1.0, -1.0, 2.0, -2.0)
"""Where polynomials are multiplied, besides infinity."""


def matrix(kind: int, lines: int, results: int) -> np.ndarray:
    """Return the matrix that a kind of line transform multiplies with."""

    @kernel
    def call(m, s):
        winograd._transform_line(kind, m, s, 8, 400, 8, False)

    columns = []
    for line in range(lines):
        m = np.zeros(600, np.float32)
        m[200 + 8 * line : 208 + 8 * line] = 1
        call(m, 200)
        columns.append(m[400 : 400 + 8 * results : 8].copy())
    return np.array(columns, float).T


def test_lines_multiply_polynomials() -> None:
    at, bt = matrix(winograd.OUTPUT, 6, 2), matrix(winograd.INPUT, 6, 6)
    g = matrix(winograd.KERNELS, 5, 6)
    # G evaluates a kernel's polynomial at the points, but for a factor; A a pair's.
    for row, point in zip(g, POINTS, strict=False):
        factor = np.prod([point - other for other in POINTS if other != point])
        np.testing.assert_allclose(row * factor, [point**n for n in range(5)], rtol=1e-6)
    np.testing.assert_allclose(at[:, :5], [[1] * 5, POINTS])
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal(6), rng.standard_normal(5)
    np.testing.assert_allclose(
        at @ ((g @ w) * (bt @ x)), np.correlate(x, w, mode="valid"), atol=1e-5
    )


def test_gradients_take_the_transposed_way() -> None:
    at, g = matrix(winograd.OUTPUT, 6, 2), matrix(winograd.KERNELS, 5, 6)
    np.testing.assert_allclose(matrix(winograd.ERROR, 2, 6), at.T)
    np.testing.assert_allclose(matrix(winograd.GRADIENT, 6, 5), g.T, rtol=1e-6)


@pytest.mark.parametrize(
    "text",
    [
        "2x8x8 - 3C3 - 9C5p2 - sigmoid - AP2 - 4N - softmax",
        "3x9x11 - 17C2 - ReLU - 8C5p2 - MP2 - 4N - softmax",
        "1x13x9 - 10C2 - tanh - 20C5p1 - AP2 - 12C5full - 4N - squared",
        "2x12x12 - 6C3 - MP3s1 - 24C5p4 - 5C5 - ReLU - MP2 - 4N - softmax",
        "1x10x10 - 4C3 - 6C5p2[0.1;1.2;2.3;3;0.3;0.1.2.3] - AP2 - 4N - softmax",
    ],
)
@pytest.mark.parametrize("batch", [1, 11])
def test_tiles_give_the_same_results(text: str, batch: int, monkeypatch) -> None:
    # Whatever pays on this processor: tiles wherever the sides allow them.
    monkeypatch.setattr(winograd, "forward_price", lambda *_: 0.0)
    monkeypatch.setattr(winograd, "weights_price", lambda *_: 0.0)
    network = Network.parse(text)
    engine = TileEngine(network)
    kinds = {row[0] for row in engine._packing.derived}
    assert packing.Derive.KERNELS in kinds
    check(network, batch, batch, engine)


def test_transforms_keep_apart_in_the_cache() -> None:
    for channels, width in ((24, 32), (32, 64), (64, 64)):
        assert winograd.kernels_apart(channels, width) * 4 % 512
    assert tiles.LINES >= winograd.SQUARE * 8
