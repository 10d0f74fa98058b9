"""The tile engine against the equations: scores, loss and every gradient, within 1e-4."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitile.engines.tile import TileEngine
from digitile.errors import ShapeError
from digitile.nn import Network
from tests.engines.tile.parity import check

NETWORKS = {
    "li2017": "1x28x28 - 6C5 - sigmoid - AP2 - 12C5 - sigmoid - AP2 - 10N - sigmoid - squared",
    "sjtu2025": "1x28x28 - 6C5 - ReLU - MP2 - 12C5 - ReLU - MP2 - 10N - softmax",
    "wu2016-mnist": "1x28x28 - 20C5 - MP2 - 40C5 - MP2 - 200N - ReLU - 10N - softmax",
    "wu2016-cifar10": "3x32x32 - 24C5p2 - MP3s2c - ReLU - 32C5p2 - ReLU - AP3s2c - 64C5p2 - ReLU "
    "- AP3s2c - 64N - ReLU - 10N - softmax",
    "lenet5": "1x32x32 - 6C5 - TP2 - tanh - 16C5[lenet5] - TP2 - tanh - 120N - tanh - 84N - tanh "
    "- 10N - softmax",
}


@pytest.mark.parametrize("text", NETWORKS.values(), ids=NETWORKS)
@pytest.mark.parametrize("batch", [1, 7, 20])
def test_networks_of_the_papers(text, batch):
    check(Network.parse(text), batch, seed=batch)


@pytest.mark.parametrize(
    "text",
    [
        "2x9x9 - 5C3 - SP2 - 4N - softmax",
        "2x9x8 - 3C3s2p1 - leaky(0.1) - 4N - softmax",
        "2x9x8 - 3C3 - leaky(-0.5) - 4N - dropout(0.5) - tanhkx(0.13) - 3N - softmax",
        "3x11x7 - 4C3full - IP3s2c - tanh - 7C2[0.1;1.2;2;3;0.3;1;2] - SP2 - 3N - squared(-1,1)",
        "1x6x6 - dropout(0.8) - 3C3 - ReLU - IP2 - flatten - sigmoid - dropout(0.7) - squared",
        "1x5x5 - SP2 - dropout(0.5) - 2N - softmax",
        "3x5x5 - MP2 - sigmoid - tanh - ReLU - flatten - softmax",
        "1x1x4 - flatten - softmax",
        "2x9x9 - TP3s2c - 3C2 - TP2s1 - sigmoid - TP2 - flatten - squared",
        "1x7x7 - 9C1 - tanh - sigmoid - dropout(0.5) - tanh - AP3s1 - 11N - 3N - softmax",
        "1x12x12 - 4C3same - ReLU - MP2 - 4C3same - ReLU - 4C3same - AP2 - 3N - softmax",
        "40x6x6 - 50C3 - MP2 - 70N - 17N - softmax",
    ],
)
def test_every_kind_of_layer(text):
    check(Network.parse(text), 5, seed=3)


@st.composite
def networks(draw):
    """Draw a small stack of layers that fit."""
    side = st.integers(3, 11)
    parts = [f"{draw(st.integers(1, 9))}x{draw(side)}x{draw(side)}"]
    for _ in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from(["conv", "pool", "act", "dropout"]))
        if kind == "conv":
            text = f"{draw(st.integers(1, 20))}C{draw(st.integers(1, 5))}"
            text += f"s{draw(st.integers(1, 3))}" + draw(st.sampled_from(["", "p1", "p2", "full"]))
        elif kind == "pool":
            text = draw(st.sampled_from(["MP", "AP", "IP", "SP", "TP"]))
            text += f"{draw(st.integers(1, 3))}s{draw(st.integers(1, 3))}"
            text += draw(st.sampled_from(["", "c"]))
        elif kind == "dropout":
            text = "dropout(0.7)"
        else:
            text = draw(st.sampled_from(["ReLU", "sigmoid", "tanh", "leaky(0.1)", "tanhkx(0.13)"]))
        try:
            Network.parse(" - ".join([*parts, text, "flatten - softmax"]))
        except ShapeError:
            continue
        parts.append(text)
    for _ in range(draw(st.integers(0, 2))):
        parts.append(f"{draw(st.integers(1, 40))}N")
        parts.append(draw(st.sampled_from(["ReLU", "sigmoid", "dropout(0.5)", "tanh"])))
    parts.append(f"{draw(st.integers(2, 12))}N")
    parts.append(draw(st.sampled_from(["softmax", "squared"])))
    return Network.parse(" - ".join(parts))


@settings(max_examples=60, deadline=None)
@given(networks(), st.integers(1, 24), st.integers(1, 5), st.integers(0, 1000))
def test_drawn_networks(network, batch, lanes, seed):
    check(network, batch, seed, TileEngine(network, lanes=lanes))


@pytest.mark.parametrize(
    "text",
    [
        "2x13x13 - 5C3p1 - MP3s2c - ReLU - 9C3p2 - MP3s2 - 7C2 - 4N - softmax",
        "3x14x12 - 6C4s2p3 - ReLU - IP2 - 5C2 - SP2 - 4N - softmax",
        "1x16x16 - 17C5 - MP2 - 30C5full - MP3 - sigmoid - 4N - squared",
        "1x20x20 - 3C7 - MP2 - 4C6[0.1;1;2;0.2] - MP2 - 4N - softmax",
    ],
)
@pytest.mark.parametrize("batch", [1, 6])
def test_sparse_errors(text, batch):
    check(Network.parse(text), batch, seed=batch)
