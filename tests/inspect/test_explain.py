"""What is explained is what nn computes."""

import numpy as np
import pytest

from digitile.engines.reference import ReferenceEngine
from digitile.errors import SettingError, ShapeError
from digitile.inspect.explain import (
    SEED,
    Walk,
    class_index,
    follow,
    strongest,
)
from digitile.model import Model
from digitile.nn.conv import Conv
from digitile.nn.network import Network
from digitile.nn.preprocess import Preprocess

EVERY_KIND = (
    "2x12x12 - 4C3s1p1 - ReLU - MP2 - 5C3same[0.1;2;1.3;0;2.3] - tanhkx(0.1) - SP2s1 - 3C2 - "
    "leaky(0.1) - AP2s1 - sigmoid - IP2c - TP1 - flatten - dropout(0.7) - 6N - tanh - 4N - "
)
NETWORKS = (
    "1x28x28 - 6C5 - sigmoid - AP2 - 12C5s2 - ReLU - MP3s2c - 10N - softmax",
    EVERY_KIND + "softmax",
    EVERY_KIND + "squared(-1,1)",
    "1x12x12 - 4C3s2d2same - +(+(4C3same - ReLU) - 4C3d2same) - 3N - softmax",
)


def model_of(text: str, classes: tuple[str, ...] | None = None) -> Model:
    network = Network.parse(text)
    rng = np.random.default_rng(3)
    theta = rng.normal(0, 0.4, network.arena.size).astype(np.float32)
    names = classes or tuple(f"class {i}" for i in range(network.classes))
    around = np.ones((1, 1, 1), np.float32)
    return Model(network, theta, Preprocess("scale", 0 * around, around / 255), names)


def walk_of(text: str, label: int | None = None) -> Walk:
    model = model_of(text)
    rng = np.random.default_rng(5)
    image = rng.integers(0, 256, model.network.input_shape).astype(np.uint8)
    return follow(model, image, label)


@pytest.mark.parametrize("text", NETWORKS)
def test_the_way_there_is_the_engines(text: str) -> None:
    walk = walk_of(text)
    expected = walk.model.scores(walk.image[None])[0]
    np.testing.assert_array_equal(walk.scores, expected)
    assert walk.answer == walk.label == int(expected.argmax())
    for stage, after in zip(walk.stages, walk.stages[1:], strict=False):
        np.testing.assert_array_equal(stage.y, after.x)
        np.testing.assert_array_equal(stage.dy, after.dx)
    assert walk.drawn == ("dropout" in text)


@pytest.mark.parametrize("text", NETWORKS)
def test_the_way_back_is_the_engines(text: str) -> None:
    walk = walk_of(text, label=2)
    network = walk.model.network
    noise = network.draw(np.random.default_rng(SEED), 1)
    x = walk.model.preprocess(walk.image[None])
    step = ReferenceEngine(network).gradient(walk.model.theta, x, np.array([2]), noise)
    found = np.empty_like(step.gradient)
    for views, stage in zip(network.arena.views(found), walk.stages, strict=True):
        for name, view in views.items():
            view[:] = stage.dp[name]
    np.testing.assert_array_equal(found, step.gradient)
    assert np.abs(found).max() > 0
    if not walk.drawn:
        assert walk.loss == step.loss


def test_the_error_at_the_input_is_a_slope() -> None:
    walk = walk_of(NETWORKS[0], label=4)
    network, model = walk.model.network, walk.model
    x = model.preprocess(walk.image[None]).astype(np.float64)
    theta = model.theta.astype(np.float64)
    engine, h = ReferenceEngine(network, np.float64), 1e-5
    for row, column in ((10, 11), (14, 20)):
        losses = []
        for side in (h, -h):
            moved = x.copy()
            moved[0, 0, row, column] += side
            losses.append(engine.gradient(theta, moved, np.array([4]), [None] * 9).loss)
        slope = (losses[0] - losses[1]) / (2 * h)
        assert walk.stages[0].dx[0, row, column] == pytest.approx(slope, rel=1e-3, abs=1e-6)


@pytest.mark.parametrize("text", NETWORKS)
def test_a_value_worked_out_is_the_layers(text: str) -> None:
    for stage in walk_of(text).stages:
        if isinstance(stage.layer, Conv):
            found = strongest(stage)
            assert found.value == stage.y[found.place]
            assert abs(found.value) == np.abs(stage.y).max()
            total = float((found.window * found.kernel).sum()) + found.bias
            assert total == pytest.approx(found.value, rel=1e-4)


def test_a_network_of_places_is_refused() -> None:
    model = model_of("1x4x4 - 3C1 - focal(2)")
    with pytest.raises(ShapeError, match=r"every place of a picture \(focal\(2\)\)"):
        follow(model, np.zeros((1, 4, 4), np.uint8))


def test_classes_by_name() -> None:
    model = model_of("1x4x4 - 2N - softmax", ("cat", "dog"))
    assert class_index(model, "dog") == 1
    with pytest.raises(SettingError, match="cat, dog"):
        class_index(model, "cow")
