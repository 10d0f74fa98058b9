"""The XLA engine against the equations: scores, loss and every gradient, within 1e-4."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("jax", reason="JAX is not installed (pip install 'digitile[xla]')")

from digitile import recipes
from digitile.engines import ReferenceEngine
from digitile.engines.xla import XlaEngine
from digitile.nn import Network
from tests.engines.parity import EVERY_KIND, TOLERANCE, check, close, networks
from tests.engines.trainings import RESIDUAL, draw_target, problem

RECIPES = {recipes.find(name)[1].network: name for name in reversed(recipes.names())}
"""Each network of a recipe or variant, with the name of the first that has it."""


@pytest.mark.parametrize("text", RECIPES, ids=RECIPES.get)
def test_every_recipe_and_variant(text):
    network = Network.parse(text)
    check(network, 7, 1, XlaEngine(network))


@pytest.mark.parametrize("text", EVERY_KIND)
def test_every_kind_of_layer(text):
    network = Network.parse(text)
    check(network, 5, 3, XlaEngine(network))


@pytest.mark.parametrize("text", RESIDUAL)
def test_residual_connections_and_places(text):
    network, theta, images, _ = problem(text, 6)
    rng, x = np.random.default_rng(4), images / np.float32(255)
    target, noise = draw_target(network, 6, rng), network.draw(rng, 6)
    step = XlaEngine(network).gradient(theta, x, target, noise)
    expected = ReferenceEngine(network, np.float64).gradient(theta, x, target, noise)
    assert step.loss == pytest.approx(expected.loss, rel=TOLERANCE)
    close(step.scores, expected.scores)
    for name, truth in network.arena.named(expected.gradient).items():
        close(network.arena.named(step.gradient)[name], truth, name)


@settings(max_examples=15, deadline=None)
@given(networks(), st.integers(1, 9), st.integers(0, 1000))
def test_drawn_networks(network, batch, seed):
    check(network, batch, seed, XlaEngine(network))
