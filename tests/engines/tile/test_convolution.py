"""The ways to compute a convolution: each gives the same results, and the chooser takes the best.

Winograd's matrices are held to the products of polynomials that they stand for.
"""

import numpy as np
import pytest

from digitile.engines.tile import convolution
from digitile.engines.tile.convolution import WAYS, Choice
from digitile.engines.tile.convolution.part import Part
from digitile.engines.tile.convolution.transforms import SCHEMES, SIDE, Transform
from digitile.engines.tile.engine import TileEngine
from digitile.engines.tile.plan import Mode, build, pack
from digitile.nn import Network
from tests.engines.parity import check


def ways(engine: TileEngine, batch: int) -> list[dict[Part, str]]:
    nodes = engine.plan(batch, Mode.GRADIENT).graph.nodes
    return [node.detail.ways for node in nodes if isinstance(node.detail, Choice)]


@pytest.fixture
def cheap(monkeypatch):
    """Make a way cheapest wherever it suits, whatever the processor would choose."""

    def make(name):
        own = WAYS[name].price
        monkeypatch.setattr(WAYS[name], "price", lambda node, part: 1e-9 * own(node, part))

    return make


@pytest.mark.parametrize(
    ("name", "text", "parts"),
    [
        ("grouped", "1x12x12 - 3C5 - sigmoid - AP2 - 4N - softmax", [2]),
        ("grouped", "3x8x12 - 5C3p1 - tanh - 9C4p1 - IP2 - 4N - softmax", [2, 0]),
        ("grouped", "2x9x9 - 7C2 - ReLU - MP2 - 6C1 - 4N - squared", [2, 2]),
        ("grouped", "1x12x12 - 4C3[0;0;0;0] - MP2 - 6C2[0.1;1.2;2.3;3;0;1] - 4N - softmax", [2, 2]),
        ("sparse", "1x12x12 - 4C3 - MP2 - ReLU - 5C2 - SP2 - 4N - softmax", [1, 1]),
        ("sparse", "2x13x13 - 5C3p1 - MP3s2c - ReLU - 9C3p2 - MP3s2 - 4N - softmax", [1, 1]),
        ("winograd", "2x8x8 - 3C3 - 9C5p2 - sigmoid - AP2 - 4N - softmax", [0, 3]),
        ("winograd", "3x9x11 - 17C2 - ReLU - 8C5p2 - MP2 - 4N - softmax", [0, 3]),
        ("winograd", "1x13x9 - 10C2 - tanh - 20C5p1 - AP2 - 12C5full - 4N - squared", [0, 3, 3]),
        ("winograd", "2x12x12 - 6C3 - MP3s1 - 24C3p2 - 5C3 - ReLU - MP2 - 4N - softmax", [0, 3, 3]),
        ("winograd", "1x10x10 - 4C2 - 6C5p2[0.1;1.2;2.3;3;0.3;0.1.2] - 4N - softmax", [0, 3]),
        ("winograd", "1x15x20 - 9C2 - 12C3s2same - tanh - 20C3s2same - 4N - softmax", [0, 3, 3]),
        ("winograd", "1x14x11 - 20C2 - 9C3d3same - 40C5d2same - 7C1 - focal(1)", [0, 3, 3, 0]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("batch", [1, 6])
def test_each_way_gives_the_same_results(name, text, parts, batch, cheap):
    cheap(name)
    engine = TileEngine(Network.parse(text))
    assert [list(own.values()).count(name) for own in ways(engine, batch)] == parts
    check(engine.network, batch, batch, engine)


def test_the_cheapest_way_is_taken_if_it_saves_enough():
    network = Network.parse("1x16x16 - 16C3same - 32C3same - MP2 - 9C3d2same - 4N - softmax")
    nodes = build(network, pack(network), 4, training=True).nodes
    chosen = [convolution.choose(node) for node in nodes if hasattr(node.layer, "maps")]
    assert [Part.INPUT in own.ways for own in chosen] == [False, True, True]
    for own in chosen:
        for part, name in own.ways.items():
            least = min(own.prices[part].values())
            direct = own.prices[part]["direct"]
            assert own.prices[part][name] == (least if least < 0.9 * direct else direct)


def test_forms_lie_behind_the_parameters_and_apart():
    packing = pack(
        Network.parse("1x12x12 - 6C5 - sigmoid - AP2 - 16C3same - 16C3same - 4N - softmax")
    )
    assert not packing.array().any()
    starts = sorted(start for slot in packing.slots if slot for start in slot.forms.values())
    assert len(set(starts)) == len(starts) >= 3
    assert packing.size <= starts[0]
    assert starts[-1] < packing.zeros < len(packing.array())


def matrix(own: Transform) -> np.ndarray:
    """Return the matrix that a line transform multiplies with."""
    return np.stack([np.array(own.line(list(unit)), float) for unit in np.eye(own.before)], axis=1)


def products(scheme, x, w) -> np.ndarray:
    """Return a line's products at its points: those beyond a kernel's six are by its last value."""
    at_points = matrix(scheme["input"]) @ x
    return at_points * (matrix(scheme["kernel"]) @ w)[np.minimum(range(len(at_points)), SIDE - 1)]


@pytest.mark.parametrize(("kernel_size", "stride"), SCHEMES)
def test_lines_are_convolutions(kernel_size, stride):
    scheme, rng = SCHEMES[kernel_size, stride], np.random.default_rng(0)
    x, w = rng.standard_normal(scheme["input"].before), rng.standard_normal(kernel_size)
    y = matrix(scheme["output"]) @ products(scheme, x, w)
    np.testing.assert_allclose(y, np.correlate(x, w, mode="valid")[::stride], atol=1e-5)


@pytest.mark.parametrize(("kernel_size", "stride"), SCHEMES)
def test_gradients_take_the_transposed_way(kernel_size, stride):
    scheme = SCHEMES[kernel_size, stride]
    np.testing.assert_allclose(matrix(scheme["error"]), matrix(scheme["output"]).T)
    np.testing.assert_allclose(matrix(scheme["gradient"]), matrix(scheme["kernel"]).T, rtol=1e-6)


def test_errors_go_back_through_a_stride():
    scheme, rng = SCHEMES[3, 2], np.random.default_rng(0)
    dy, w = rng.standard_normal(5), rng.standard_normal(3)
    dx = np.zeros(11)  # one pixel of padding, then those of two tiles' windows
    for n in range(5):
        dx[2 * n : 2 * n + 3] += dy[n] * w
    back = {"input": scheme["error input"], "kernel": scheme["kernel"]}
    found = matrix(scheme["error output"]) @ products(back, dy, w[::-1])
    np.testing.assert_allclose(found, dx[1:9], atol=1e-5)
