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
from tests.engines.trainings import PAGE, batches_of, draw_target, optimiser_of, problem

CALM = "2x12x12 - 3C3 - ReLU - MP2 - 5N - tanh - 4N - softmax"
CALM_PAGE = "1x12x16 - 4C3s2same - +(4C3d2same - tanh) - ReLU - 7C1 - focal(1.5)+box(0.5)"
"""Nothing in them is drawn, so that rounding chooses no other way."""

NETWORKS = [PAGE, *sorted({recipes.find(name)[1].network for name in recipes.names()})]


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
    target, noise = draw_target(network, 2, rng), network.draw(rng, 2)
    traced = jax.make_jaxpr(passes_in(lowered(network), "bfloat16")[1])
    jaxpr = traced(theta, x, target, noise)
    found = list(products(jaxpr.jaxpr))
    weighed = sum(bool(count) for count in network.multiply_adds())
    assert len(found) >= 2 * weighed
    for equation in found:
        assert {v.aval.dtype.name for v in equation.invars} == {"bfloat16"}, equation
    assert {v.dtype.name for v in jaxpr.out_avals} == {"float32"}


@pytest.mark.parametrize("text", [CALM, CALM_PAGE])
def test_training_in_bfloat16_is_that_of_float32_but_for_rounding(text: str) -> None:
    network, theta, images, target = problem(text)
    optimiser, batches = optimiser_of(network), batches_of(network, images, target, 40)
    classes, seen = network.classes, {}
    for name in ("xla", "xla-tf32", "xla-bfloat16"):
        engine = make_engine(name, network)
        training = engine.training(optimiser, optimiser.start(theta))
        losses, own = training.take(batches).losses, training.state().theta
        scores = engine.scores(own, images.astype(np.float32) / 255)
        # the loss's own part is exact
        np.testing.assert_allclose(scores[:, :classes].sum(axis=1), 1, atol=1e-6)
        seen[name] = own, losses
    plain, narrow = seen["xla"], seen["xla-bfloat16"]
    assert narrow[1][-5:].mean() < 0.9 * narrow[1][:5].mean()
    np.testing.assert_allclose(narrow[1], plain[1], rtol=0.2)
    # parameters keep more than bfloat16 holds: small steps are not lost
    assert (narrow[0].view(np.uint32) & 0xFFFF).any()
    if jax.default_backend() == "cpu":
        assert seen["xla-tf32"][0].tobytes() == plain[0].tobytes()
