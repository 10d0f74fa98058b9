"""bfloat16 is what every product takes, and nothing else; tf32 is float32 on a processor."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

jax = pytest.importorskip("jax", reason="JAX is not installed (pip install 'digitile[xla]')")

from digitile import recipes
from digitile.engines import make_engine
from digitile.engines.xla.conv import lowered
from digitile.engines.xla.precision import passes_in
from digitile.nn import Network
from digitile.nn.init import Init
from tests.engines.tile.test_engine import problem, train

CALM = "2x12x12 - 3C3 - ReLU - MP2 - 5N - tanh - 4N - softmax"
"""Nothing in it is drawn, so that rounding chooses no other way."""

NETWORKS = sorted({recipes.find(name)[1].network for name in recipes.names()})


def products(jaxpr: Any) -> Iterator[Any]:
    """Yield the equations of a traced function that multiply arrays, also of inner functions."""
    for equation in jaxpr.eqns:
        if equation.primitive.name in ("dot_general", "conv_general_dilated"):
            yield equation
        for value in equation.params.values():
            if hasattr(value, "jaxpr"):
                yield from products(value.jaxpr)


@pytest.mark.parametrize("text", NETWORKS)
def test_every_product_of_every_recipe_takes_bfloat16(text: str) -> None:
    network, rng = Network.parse(text), np.random.default_rng(0)
    theta = Init.parse("xavier").draw(network, 0.0, rng).astype(np.float32)
    x = rng.normal(size=(2, *network.input_shape)).astype(np.float32)
    labels, noise = rng.integers(0, network.classes, 2), network.draw(rng, 2)
    traced = jax.make_jaxpr(passes_in(lowered(network), "bfloat16").gradient)
    jaxpr = traced(theta, x, labels, noise)
    found = list(products(jaxpr.jaxpr))
    weighed = sum(bool(count) for count in network.multiply_adds())
    assert len(found) >= 2 * weighed
    for equation in found:
        assert {v.aval.dtype.name for v in equation.invars} == {"bfloat16"}, equation
    assert {v.dtype.name for v in jaxpr.out_avals} == {"float32"}


def test_training_in_bfloat16_is_that_of_float32_but_for_rounding() -> None:
    network, theta, images, labels, _ = problem(CALM)
    seen = {}
    for name in ("xla", "xla-tf32", "xla-bfloat16"):
        own = theta.copy()
        engine = make_engine(name, network)
        steps, _ = train(engine, own, images, labels, np.random.default_rng(5), 40)
        scores = engine.scores(own, images.astype(np.float32) / 255)
        np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-6)  # the loss's own part is exact
        seen[name] = own, steps.losses
    plain, narrow = seen["xla"], seen["xla-bfloat16"]
    assert narrow[1][-5:].mean() < 0.8 * narrow[1][:5].mean()
    np.testing.assert_allclose(narrow[1], plain[1], rtol=0.2)
    # parameters keep more than bfloat16 holds: small steps are not lost
    assert (narrow[0].view(np.uint32) & 0xFFFF).any()
    if jax.default_backend() == "cpu":
        assert seen["xla-tf32"][0].tobytes() == plain[0].tobytes()
