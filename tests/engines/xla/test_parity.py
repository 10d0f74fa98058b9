"""The XLA engine against the equations: scores, loss and every gradient, within 1e-4."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("jax", reason="JAX is not installed (pip install 'digitile[xla]')")

from digitile import recipes
from digitile.engines.xla import XlaEngine
from digitile.nn import Network
from tests.engines.parity import EVERY_KIND, PAGE_NETWORKS, check, networks

RECIPES = {
    recipes.find(name)[1].network: name for name in reversed(recipes.names()) if name != "reader"
}
"""Each network for small pictures, with the name of the first recipe or variant that has it."""


@pytest.mark.parametrize("text", RECIPES, ids=RECIPES.get)
def test_every_recipe_and_variant(text):
    network = Network.parse(text)
    check(network, 7, 1, XlaEngine(network))


@pytest.mark.parametrize("text", EVERY_KIND)
def test_every_kind_of_layer(text):
    network = Network.parse(text)
    check(network, 5, 3, XlaEngine(network))


@pytest.mark.parametrize("text", PAGE_NETWORKS)
def test_networks_of_places(text):
    network = Network.parse(text)
    check(network, 5, 4, XlaEngine(network))


@settings(max_examples=15, deadline=None)
@given(networks(), st.integers(1, 9), st.integers(0, 1000))
def test_drawn_networks(network, batch, seed):
    check(network, batch, seed, XlaEngine(network))
