"""The reference engine: whole networks against central differences, and against PyTorch."""

import numpy as np
import pytest

from digitile import recipes
from digitile.bench import page
from digitile.engines import make_engine
from digitile.engines.reference import CHUNK, ReferenceEngine
from digitile.errors import SettingError, ShapeError
from digitile.nn import Network
from digitile.nn.init import Init
from tests.engines.trainings import RESIDUAL, draw_target
from tests.nn.gradients import numeric, relative_error
from tests.torch_network import torch_step

SMALL = (
    "2x9x9 - 3C3 - tanh - MP3s2c - 2C2 - sigmoid - AP2 - 4N - tanhkx(0.1) - dropout(0.7) - 3N - "
)


@pytest.mark.parametrize("loss", ["softmax", "squared"])
def test_whole_network_against_central_differences(loss: str) -> None:
    network = Network.parse(SMALL + loss)
    engine = ReferenceEngine(network, np.float64)
    rng = np.random.default_rng(4)
    theta = rng.normal(size=network.arena.size)
    x, labels = rng.normal(size=(3, 2, 9, 9)), np.array([2, 0, 1])
    noise = network.draw(rng, 3)
    found = engine.gradient(theta, x, labels, noise).gradient
    expected = numeric(lambda: engine.gradient(theta, x, labels, noise).loss, theta)
    assert relative_error(found, expected) <= 1e-6


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


def test_wrong_pictures_and_names() -> None:
    engine = make_engine("reference", Network.parse("1x4x4 - 3N - softmax"))
    with pytest.raises(ShapeError, match="1×4×4, but gets 3×4×4"):
        engine.scores(np.zeros(51, np.float32), np.zeros((1, 3, 4, 4), np.float32))
    with pytest.raises(SettingError, match="Use one of: tile, reference, xla"):
        make_engine("warp", engine.network)


@pytest.mark.parametrize(
    "name", [n for n in recipes.names() if "dropout" not in recipes.find(n)[1].network]
)
def test_each_recipe_agrees_with_pytorch(name: str) -> None:
    """Forward, loss and gradient of one batch in float32, to 1e-5 of their norms."""
    check_by_pytorch(Network.parse(recipes.find(name)[1].network))


@pytest.mark.parametrize("text", [page.NETWORK, *(t for t in RESIDUAL if "dropout" not in t)])
def test_page_networks_and_residual_connections_agree_with_pytorch(text: str) -> None:
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
