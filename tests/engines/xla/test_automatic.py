"""Every hand-derived gradient against automatic differentiation of the same forward equations.

JAX runs nn's own `forward` and differentiates it by itself, in float64; nn's `backward`, in NumPy,
must agree to rounding.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

jax = pytest.importorskip("jax", reason="JAX is not installed (pip install 'digitile[xla]')")

from digitile import recipes
from digitile.engines.xla.conv import XlaConv
from digitile.nn import Network, passes
from digitile.nn.activations import LeakyReLU, ReLU, Sigmoid, Tanh, TanhKx
from digitile.nn.dropout import Dropout
from digitile.nn.linear import Flatten, Linear
from digitile.nn.loss import HalfSquaredError, Places, SoftmaxCrossEntropy
from digitile.nn.places import FocalCrossEntropy, PlaceLoss, SmoothL1
from digitile.nn.pool import MaxPool, MeanPool, MinPool, StochasticPool, Subsample
from tests.engines.parity import EVERY_KIND, PAGE_NETWORKS
from tests.engines.trainings import draw_target
from tests.nn.gradients import relative_error, spread
from tests.nn.test_gradients import convolutions, seeds

TOLERANCE = 1e-9
QUICKLY = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
few = settings(max_examples=8, deadline=None)


@pytest.fixture(autouse=True, scope="module")
def float64():
    with jax.enable_x64(True):
        yield


def derived(f, *arguments):
    """Return df for each argument, by JAX alone."""
    numbers = tuple(range(len(arguments)))
    return jax.jit(jax.grad(f, numbers), compiler_options=QUICKLY)(*arguments)


def check_layer(layer, x, rng, truth=None):
    """Hold dx and every dp of a layer to those of Σ y·g for a random g."""
    truth, shape = truth or layer, x.shape[1:]
    p = {q.name: rng.normal(size=q.shape) for q in layer.parameters(shape)}
    noise = layer.draw(rng, len(x), shape)
    g = rng.normal(size=(len(x), *layer.output_shape(shape)))

    dx, dp = derived(lambda x, p: (truth.forward(x, p, noise)[0] * g).sum(), x, p)
    own_dx, own_dp = layer.backward(g, layer.forward(x, p, noise)[1], p)
    assert own_dp.keys() == dp.keys()
    for name, found, expected in (("x", own_dx, dx), *((n, own_dp[n], dp[n]) for n in dp)):
        assert expected.dtype == np.float64
        error = relative_error(np.asarray(found), np.asarray(expected))
        assert error <= TOLERANCE, f"d{name} of {layer}"


@few
@given(convolutions(), seeds)
def test_convolution(drawn, seed):
    layer, shape = drawn
    rng = np.random.default_rng(seed)
    check_layer(layer, rng.normal(size=shape), rng)


@few
@given(convolutions(), seeds)
def test_convolution_in_xlas_form(drawn, seed):
    layer, shape = drawn
    rng = np.random.default_rng(seed)
    check_layer(XlaConv(**vars(layer)), rng.normal(size=shape), rng, truth=layer)


@pytest.mark.parametrize("kind", [MaxPool, MinPool, MeanPool, StochasticPool, Subsample])
@few
@given(st.data(), seeds)
def test_pooling(kind, data, seed):
    window, stride = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    layer = kind(window, stride, data.draw(st.booleans()))
    sides = st.integers(window, window + 5)
    shape = (2, data.draw(st.integers(1, 2)), *data.draw(st.tuples(sides, sides)))
    rng = np.random.default_rng(seed)
    check_layer(layer, spread(rng, shape), rng)


@pytest.mark.parametrize(
    "layer",
    [ReLU(), LeakyReLU(0.05), Sigmoid(), Tanh(), TanhKx(0.13), Dropout(0.6), Flatten(), Linear(4)],
    ids=str,
)
@few
@given(st.sampled_from([(7,), (2, 3, 3)]), st.integers(1, 3), seeds)
def test_elementwise_and_linear(layer, shape, n, seed):
    rng = np.random.default_rng(seed)
    check_layer(layer, spread(rng, (n, *shape)) * 5, rng)


@pytest.mark.parametrize(
    "loss", [SoftmaxCrossEntropy(), HalfSquaredError(), HalfSquaredError(-0.8, 0.8)], ids=str
)
@few
@given(st.integers(1, 4), st.integers(2, 6), seeds)
def test_loss(loss, n, classes, seed):
    rng = np.random.default_rng(seed)
    z, labels = rng.normal(size=(n, classes)), rng.integers(0, classes, n)
    (dz,) = derived(lambda z: loss.forward(z, jax.numpy.asarray(labels))[0], z)
    own = loss.backward(loss.forward(z, labels)[1])
    assert relative_error(own, np.asarray(dz)) <= TOLERANCE


@pytest.mark.parametrize("gamma", [0.0, 1.5, 2.0])
@few
@given(st.integers(1, 3), st.integers(2, 4), st.sampled_from([None, 0.1, 1.0]), seeds)
def test_loss_of_places(gamma, n, classes, beta, seed):
    loss = PlaceLoss(FocalCrossEntropy(gamma), beta and SmoothL1(beta))
    rng, size = np.random.default_rng(seed), (n, 2, 3)
    z = 3 * rng.normal(size=(n, classes + (4 if beta else 0), 2, 3))
    weights = rng.random(size) * (rng.random(size) < 0.7)
    target = Places(rng.integers(0, classes, size), weights, rng.normal(size=(n, 4, 2, 3)))
    there = jax.tree.map(jax.numpy.asarray, target)
    (dz,) = derived(lambda z: loss.forward(z, there)[0], z)
    own = loss.backward(loss.forward(z, target)[1])
    assert relative_error(own, np.asarray(dz)) <= TOLERANCE


WHOLE = [recipe.settings.network for name, recipe in recipes.RECIPES.items() if name != "reader"]


@pytest.mark.parametrize("text", [*EVERY_KIND, *PAGE_NETWORKS, *dict.fromkeys(WHOLE)])
def test_whole_networks(text):
    network, rng = Network.parse(text), np.random.default_rng(6)
    theta = 0.2 * rng.normal(size=network.arena.size)
    x = rng.normal(size=(2, *network.input_shape))
    target, noise = draw_target(network, 2, rng), network.draw(rng, 2)
    pictures, there = jax.tree.map(jax.numpy.asarray, (x, target))

    def loss(theta):
        *_, (z, _) = passes.outputs(network, theta, pictures, noise)
        return network.loss.forward(z, there)[0]

    (expected,) = derived(loss, theta)
    own_loss, _, own = passes.gradient(network, theta, x, target, noise)
    assert float(own_loss) == pytest.approx(float(loss(jax.numpy.asarray(theta))), rel=TOLERANCE)
    for slot in network.arena.slots:
        part = slice(slot.start, slot.stop)
        assert relative_error(own[part], np.asarray(expected[part])) <= TOLERANCE, slot.name
