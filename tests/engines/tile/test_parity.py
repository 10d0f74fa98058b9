"""The tile engine against the equations: scores, loss and every gradient, within 1e-4."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitile.engines.tile.engine import TileEngine
from digitile.nn import Network
from tests.engines.parity import EVERY_KIND, PAGE_NETWORKS, check, networks

NETWORKS = {
    "li2017": "1x28x28 - 6C5 - sigmoid - AP2 - 12C5 - sigmoid - AP2 - 10N - sigmoid - squared",
    "sjtu2025": "1x28x28 - 6C5 - ReLU - MP2 - 12C5 - ReLU - MP2 - 10N - softmax",
    "wu2016-mnist": "1x28x28 - 20C5 - MP2 - 40C5 - MP2 - 200N - ReLU - 10N - softmax",
    "wu2016-cifar10": "3x32x32 - 24C5p2 - MP3s2c - ReLU - 32C5p2 - ReLU - AP3s2c - 64C5p2 - ReLU "
    "- AP3s2c - 64N - ReLU - 10N - softmax",
    "lenet5": "1x32x32 - 6C5 - TP2 - tanh - 16C5[lenet5] - TP2 - tanh - 120N - tanh - 84N - tanh "
    "- 10N - softmax",
}


def hold(text, batch, seed):
    network = Network.parse(text)
    check(network, batch, seed, TileEngine(network))


@pytest.mark.parametrize("text", NETWORKS.values(), ids=NETWORKS)
@pytest.mark.parametrize("batch", [1, 7, 20])
def test_networks_of_the_papers(text, batch):
    hold(text, batch, seed=batch)


@pytest.mark.parametrize("text", [*EVERY_KIND, *PAGE_NETWORKS])
def test_every_kind_of_layer(text):
    hold(text, 5, seed=3)


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
    hold(text, batch, seed=batch)
