"""The reference engine: whole networks against central differences, and against PyTorch."""

import re
from dataclasses import astuple, replace
from typing import Any

import numpy as np
import pytest

from digitile import recipes
from digitile.bench import page
from digitile.engines import make_engine
from digitile.engines.reference import CHUNK, ReferenceEngine
from digitile.errors import SettingError, ShapeError
from digitile.nn import Network
from digitile.nn.init import Init
from digitile.nn.loss import select
from digitile.nn.optimiser import OptimiserState
from tests.engines.parity import EVERY_KIND, PAGE_NETWORKS
from tests.engines.trainings import PAGE, batches_of, draw_target, optimiser_of, problem
from tests.nn.gradients import check_network, relative_error
from tests.torch_network import torch_step

SMALL = (
    "2x9x9 - 3C3 - tanh - MP3s2c - 2C2 - sigmoid - AP2 - 4N - tanhkx(0.1) - dropout(0.7) - 3N - "
)
WITH_TORCH = [
    text
    for text in [*EVERY_KIND, *PAGE_NETWORKS]
    if not re.search(r"dropout|SP|IP|TP\ds\dc", text) and re.search("[NC]", text)
]
"""Networks without chance and what PyTorch has no layer for, that have parameters."""


@pytest.mark.parametrize("text", [SMALL + "softmax", SMALL + "squared", *PAGE_NETWORKS])
def test_whole_network_against_central_differences(text: str) -> None:
    network, rng = Network.parse(text), np.random.default_rng(4)
    engine = ReferenceEngine(network, np.float64)

    def gradient(_: Network, *of: Any) -> tuple[Any, ...]:
        return astuple(engine.gradient(*of))

    check_network(network, draw_target(network, 2, rng), rng, gradient)


def test_prediction_goes_through_in_parts() -> None:
    network = Network.parse("1x4x4 - 2C3 - ReLU - 3N - softmax")
    engine = ReferenceEngine(network, np.float64)
    rng = np.random.default_rng(0)
    theta = rng.normal(size=network.arena.size)
    x = rng.normal(size=(CHUNK + 3, 1, 4, 4))
    scores = engine.scores(theta, x)
    one_by_one = np.concatenate([engine.scores(theta, row[None]) for row in x])
    np.testing.assert_allclose(scores, one_by_one, rtol=1e-12)
    np.testing.assert_allclose(scores.sum(axis=1), 1)
    assert engine.scores(theta, x[:0]).shape == (0, 3)


def test_pictures_of_any_size_are_read_as_their_parts_are() -> None:
    network = Network.parse("1x8x8 - 3C3 - ReLU - MP2 - 4C2 - 7C1 - focal(2)+box(0.1)")
    engine, rng = ReferenceEngine(network, np.float64), np.random.default_rng(0)
    theta, x = rng.normal(size=network.arena.size), rng.normal(size=(2, 1, 14, 11))
    scores = engine.scores(theta, x)
    assert scores.shape == (2, 7, 5, 3)
    for u, v in ((0, 0), (2, 1), (4, 2)):  # each answer is of 6×6 pixels, 2 apart
        part = x[:, :, 2 * u : 2 * u + 6, 2 * v : 2 * v + 6]
        np.testing.assert_allclose(engine.scores(theta, part)[:, :, 0, 0], scores[:, :, u, v])
    np.testing.assert_allclose(scores[:, :3].sum(axis=1), 1)
    with pytest.raises(ShapeError, match="5×9, but each answer of the network depends on 6×6"):
        engine.scores(theta, x[:, :, :5, :9])
    with pytest.raises(ShapeError, match="1×8×8, but gets 2×14×11"):
        engine.scores(theta, x[None, :, 0])


def test_wrong_pictures_and_names() -> None:
    engine = make_engine("reference", Network.parse("1x4x4 - 3N - softmax"))
    with pytest.raises(ShapeError, match="1×4×4, but gets 3×4×4"):
        engine.scores(np.zeros(51, np.float32), np.zeros((1, 3, 4, 4), np.float32))
    with pytest.raises(SettingError, match="Use one of: tile, reference, xla"):
        make_engine("warp", engine.network)


PAPERS = [name for name in recipes.names() if name != "reader"]
"""Recipes but for the one whose network is bench's page network, with more classes."""


@pytest.mark.parametrize("name", [n for n in PAPERS if "dropout" not in recipes.find(n)[1].network])
def test_each_recipe_agrees_with_pytorch(name: str) -> None:
    """Forward, loss and gradient of one batch in float32, to 1e-5 of their norms."""
    check_by_pytorch(Network.parse(recipes.find(name)[1].network))


@pytest.mark.parametrize("text", [page.NETWORK, *WITH_TORCH])
def test_every_kind_that_pytorch_has_agrees_with_it(text: str) -> None:
    network = Network.parse(text)
    if text == page.NETWORK:
        network = network.at(80, 72)  # enough to see every tap
    check_by_pytorch(network)


def check_by_pytorch(network: Network) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed (pip install 'digitile[torch]')")
    rng = np.random.default_rng(8)
    theta = Init.parse("xavier").draw(network, 0.1, rng)
    x = rng.normal(size=(6, *network.input_shape)).astype(np.float32)
    target = draw_target(network, 6, rng)
    step = make_engine("reference", network).gradient(theta, x, target, network.draw(rng, 6))
    loss, scores, gradient = torch_step(network, theta, x, target)
    assert step.loss == pytest.approx(loss, rel=1e-5)
    assert relative_error(step.scores, scores) <= 1e-5
    for slot in network.arena.slots:
        part = slice(slot.start, slot.stop)
        assert relative_error(step.gradient[part], gradient[part]) <= 1e-5, slot.name


@pytest.mark.parametrize("rule", ["sgd(0.9)", "adamw(0.9,0.99)"])
@pytest.mark.parametrize("text", [SMALL + "softmax", PAGE])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_training_takes_the_optimisers_steps(text: str, rule: str, dtype: type) -> None:
    network, theta, images, target = problem(text)
    engine, optimiser = ReferenceEngine(network, dtype), optimiser_of(network, rule)
    batches = batches_of(network, images, target, steps=4, batch=6)
    training = engine.training(optimiser, optimiser.start(theta))
    shown = training.take(batches)

    state = optimiser.start(theta.astype(dtype))
    for k, chosen in enumerate(batches.order):
        own = select(target, chosen)
        x = batches.preprocess(images[chosen])
        step = engine.gradient(state.theta, x, own, batches.noise[k])
        assert shown.losses[k] == step.loss
        assert shown.correct[k] == network.loss.count_correct(step.scores, own)
        state = optimiser.step(state, step.gradient, float(batches.lr[k]))
    found = training.state()
    assert found.theta.dtype == dtype
    assert found.steps == 4
    np.testing.assert_array_equal(found.theta, state.theta)
    assert found.memory.keys() == state.memory.keys()
    for name, array in state.memory.items():
        np.testing.assert_array_equal(found.memory[name], array)


def test_a_training_goes_on_from_a_state_and_hands_out_copies() -> None:
    network, theta, images, target = problem()
    engine, optimiser = ReferenceEngine(network), optimiser_of(network)
    batches = batches_of(network, images, target, steps=4)
    whole = engine.training(optimiser, optimiser.start(theta))
    whole.take(batches)
    first = {"order": batches.order[:3], "lr": batches.lr[:3], "noise": batches.noise[:3]}
    rest = {"order": batches.order[3:], "lr": batches.lr[3:], "noise": batches.noise[3:]}
    begun = engine.training(optimiser, optimiser.start(theta))
    begun.take(replace(batches, **first))
    middle = begun.state()
    begun.state().theta[:] = np.nan
    gone_on = engine.training(optimiser, middle)
    gone_on.take(replace(batches, **rest))
    np.testing.assert_array_equal(gone_on.state().theta, whole.state().theta)
    np.testing.assert_array_equal(middle.theta, begun.state().theta)


def test_wrong_states_and_batches() -> None:
    network, theta, images, target = problem(PAGE)
    engine, optimiser = ReferenceEngine(network), optimiser_of(network)
    with pytest.raises(ShapeError, match="the state remembers nothing, but the optimiser needs"):
        engine.training(optimiser, OptimiserState(theta, {}, 0))
    with pytest.raises(ShapeError, match="velocity has shape"):
        engine.training(optimiser, OptimiserState(theta, {"velocity": theta[1:]}, 0))
    training = engine.training(optimiser, optimiser.start(theta))
    batches = batches_of(network, images, target)
    with pytest.raises(ShapeError, match="order names pictures 0 to 30, but there are 30"):
        training.take(replace(batches, order=np.array([[0, 30]])))
    with pytest.raises(ShapeError, match="takes Places as target"):
        training.take(replace(batches, target=np.zeros(30, int)))
    with pytest.raises(ShapeError, match="takes Places as target"):
        engine.gradient(theta, images.astype(np.float32), np.zeros(30, int), [None] * 9)
    with pytest.raises(ShapeError, match="1×12×16"):
        training.take(replace(batches, images=images[:, :, 1:]))
