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
from digitile.nn.loss import HalfSquaredError, SoftmaxCrossEntropy
from digitile.nn.pool import MaxPool, MeanPool, MinPool, StochasticPool, Subsample
from tests.nn.gradients import check_layer, check_loss, spread

seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=25, deadline=None)


@st.composite
def convolutions(draw: Any) -> tuple[Conv, tuple[int, ...]]:
    k = draw(st.integers(1, 4))
    c, maps = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    stride = draw(st.integers(1, 3))
    padding: Any = draw(st.sampled_from(["valid", "full", "same", 0, 1, 2]))
    if padding == "same" and (k % 2 == 0 or stride != 1):
        padding = 1
    rows = st.lists(st.integers(0, c - 1), min_size=1, max_size=c, unique=True).map(tuple)
    table = draw(st.none() | st.lists(rows, min_size=maps, max_size=maps).map(tuple))
    h, w = draw(st.integers(k, k + 4)), draw(st.integers(k, k + 4))
    return Conv(maps, k, stride, padding, table), (draw(st.integers(1, 3)), c, h, w)


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
