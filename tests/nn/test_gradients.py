"""Every layer and loss against central differences, over drawn shapes and hyper-parameters."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitile.nn.activations import LeakyReLU, ReLU, Sigmoid, Tanh, TanhKx
from digitile.nn.conv import Conv
from digitile.nn.dropout import Dropout
from digitile.nn.linear import Flatten, Linear
from digitile.nn.loss import HalfSquaredError, Places, SoftmaxCrossEntropy
from digitile.nn.network import Network
from digitile.nn.places import FocalCrossEntropy, PlaceLoss, SmoothL1
from digitile.nn.pool import MaxPool, MeanPool, MinPool, StochasticPool, Subsample
from tests.nn.gradients import check_layer, check_loss, check_network, spread

seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=25, deadline=None)


@st.composite
def convolutions(draw: Any) -> tuple[Conv, tuple[int, ...]]:
    k = draw(st.integers(1, 4))
    c, maps = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    stride, dilation = draw(st.integers(1, 3)), draw(st.sampled_from([1, 1, 2, 3]))
    padding: Any = draw(st.sampled_from(["valid", "full", "same", 0, 1, 2]))
    if padding == "same":
        k |= 1  # odd
    rows = st.lists(st.integers(0, c - 1), min_size=1, max_size=c, unique=True).map(tuple)
    table = draw(st.none() | st.lists(rows, min_size=maps, max_size=maps).map(tuple))
    sides = st.integers(dilation * (k - 1) + 1, dilation * (k - 1) + 5)
    shape = (draw(st.integers(1, 2)), c, draw(sides), draw(sides))
    return Conv(maps, k, stride, padding, table, dilation), shape


@few
@given(convolutions(), seeds)
def test_convolution(drawn: tuple[Conv, tuple[int, ...]], seed: int) -> None:
    layer, shape = drawn
    rng = np.random.default_rng(seed)
    check_layer(layer, rng.normal(size=shape), rng)


@pytest.mark.parametrize("kind", [MaxPool, MinPool, MeanPool, StochasticPool, Subsample])
@few
@given(st.data(), seeds)
def test_pooling(kind: Any, data: st.DataObject, seed: int) -> None:
    window, stride = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    layer = kind(window, stride, data.draw(st.booleans()))
    sides = st.integers(window, window + 5)
    shape = (
        data.draw(st.integers(1, 2)),
        data.draw(st.integers(1, 2)),
        *data.draw(st.tuples(sides, sides)),
    )
    rng = np.random.default_rng(seed)
    check_layer(layer, spread(rng, shape), rng)


@few
@given(st.integers(1, 3), st.sampled_from([(5,), (2, 3, 2)]), st.integers(1, 4), seeds)
def test_linear(n: int, shape: tuple[int, ...], units: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    check_layer(Linear(units), rng.normal(size=(n, *shape)), rng)


@pytest.mark.parametrize(
    "layer",
    [ReLU(), LeakyReLU(0.05), Sigmoid(), Tanh(), TanhKx(0.13), Dropout(0.6), Flatten()],
    ids=str,
)
@few
@given(st.sampled_from([(7,), (2, 3, 3)]), seeds)
def test_elementwise(layer: Any, shape: tuple[int, ...], seed: int) -> None:
    rng = np.random.default_rng(seed)
    check_layer(layer, spread(rng, (2, *shape)) * 5, rng)


@pytest.mark.parametrize(
    "loss", [SoftmaxCrossEntropy(), HalfSquaredError(), HalfSquaredError(-0.8, 0.8)], ids=str
)
@few
@given(st.integers(1, 4), st.integers(2, 6), seeds)
def test_loss(loss: Any, n: int, classes: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    check_loss(loss, rng.normal(size=(n, classes)), rng.integers(0, classes, n))


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.5, 2.0])
@pytest.mark.parametrize("beta", [None, 0.1, 1.0])
@settings(max_examples=10, deadline=None)
@given(st.integers(1, 3), st.integers(2, 4), seeds)
def test_losses_over_places(
    gamma: float, beta: float | None, n: int, classes: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    loss = PlaceLoss(FocalCrossEntropy(gamma), SmoothL1(beta) if beta else None)
    grid = (n, 2, 3)
    weights = rng.uniform(0.1, 1, grid) * (rng.random(grid) < 0.7)
    z = 3 * rng.normal(size=(n, classes + (4 if beta else 0), 2, 3))
    # No distance is on a kink, neither at 0 nor at β.
    boxes = z[:, -4:] if beta else z[:, :1].repeat(4, axis=1)
    boxes = boxes + rng.choice([-0.9, -0.5, 0.5, 0.9, 1.1, 3], (n, 4, 2, 3)) * (beta or 1)
    check_loss(loss, z, Places(rng.integers(0, classes, grid), weights, boxes))


BRANCHES = [
    "2x5x5 - +(2C3same) - 2C3 - tanh - 3N - softmax",
    "2x5x4 - +(+(3C3d2same - tanh - 2C1) - sigmoid - +(2C3same)) - SP2 - +(dropout(0.6)) - 3N - "
    "squared",
    "1x6x5 - 3C3s2same - +(+(+(3C1) - tanh)) - 4N - +(4N - +(tanh) - 4N) - softmax",
    "1x7x6 - 2C3s2same - +(3C1 - tanh - 2C3same) - 7C3d2same - focal(1.5)+box(0.5)",
]


@pytest.mark.parametrize("text", BRANCHES)
def test_whole_networks_with_residual_branches(text: str) -> None:
    network, rng = Network.parse(text), np.random.default_rng(7)
    n, classes = 2, network.classes
    target: Any = rng.integers(0, classes, n)
    if isinstance(network.loss, PlaceLoss):
        grid = (n, *network.shapes[-1][1:])
        boxes = rng.normal(size=(n, 4, *grid[1:]))
        target = Places(rng.integers(0, classes, grid), rng.random(grid), boxes)
    check_network(network, target, rng)
