"""What holds for the engine as a whole: training, bits, resumption, errors."""

import json

import numpy as np
import pytest

jax = pytest.importorskip("jax", reason="JAX is not installed (pip install 'digitile[xla]')")

from digitile.engines import ReferenceEngine, make_engine
from digitile.engines.xla import XlaEngine
from digitile.engines.xla.engine import CHUNK, _runs
from digitile.errors import ShapeError
from digitile.nn.optimiser import SGD
from digitile.nn.preprocess import Preprocess
from tests.engines.tile.test_engine import problem, train
from tests.training.test_run import go, job

SMALL = "2x12x12 - 3C3 - ReLU - SP2 - 5N - dropout(0.8) - 4N - softmax"


@pytest.mark.parametrize("looped", [True, False])
def test_training_is_that_of_the_reference(looped):
    network, theta, images, labels, _ = problem(SMALL)
    own, truth = theta.copy(), theta.copy()
    engine = XlaEngine(network, looped=looped)
    steps, velocity = train(engine, own, images, labels, np.random.default_rng(5), 40)
    expected, true_velocity = train(
        ReferenceEngine(network), truth, images, labels, np.random.default_rng(5), 40
    )
    np.testing.assert_allclose(steps.losses, expected.losses, rtol=1e-4)
    np.testing.assert_array_equal(steps.correct, expected.correct)
    np.testing.assert_allclose(own, truth, atol=1e-4 * np.abs(truth).max())
    np.testing.assert_allclose(velocity, true_velocity, atol=1e-4 * np.abs(true_velocity).max())
    assert expected.losses[-1] < expected.losses[0]


def test_same_inputs_same_bits_in_any_engine_object():
    network, theta, images, labels, _ = problem(SMALL)
    results = []
    for _ in range(3):
        own = theta.copy()
        steps, velocity = train(XlaEngine(network), own, images, labels, np.random.default_rng(5))
        results.append((own.tobytes(), velocity.tobytes(), steps.losses.tobytes()))
    assert len(set(results)) == 1


@pytest.mark.parametrize("steps", [0, 1, 31, 32, 33, 100])
def test_runs_cover_every_step_once(steps):
    parts = list(_runs(steps, (32, 1)))
    assert [n for part in parts for n in range(steps)[part]] == list(range(steps))
    assert {part.stop - part.start for part in parts} <= {32, 1}


def test_runs_of_any_length_give_the_same_bits():
    """What is compiled as 32 steps at once computes what one by one does."""
    network, theta, images, labels, rng = problem(SMALL)
    order, engine = rng.integers(0, len(images), (35, 10)), XlaEngine(network, looped=True)
    noise = [network.draw(rng, 10) for _ in order]
    rule = {
        "preprocess": Preprocess.fit("standardize", images),
        "optimiser": SGD.of(network, 0.9, 0.001, 2.0, ()),
    }
    results = []
    for cuts in ([35], [1] * 35, [2, 32, 1]):
        t, v, first = theta.copy(), np.zeros_like(theta), 0
        for count in cuts:
            part = slice(first, first + count)
            engine.train(
                t, v, images, labels, order[part], [0.05] * count, noise=noise[part], **rule
            )
            first += count
        results.append((t.tobytes(), v.tobytes()))
    assert len(set(results)) == 1


def test_pictures_are_held_while_they_are_the_same_array():
    network, theta, images, labels, _ = problem(SMALL)
    engine = XlaEngine(network)
    train(engine, theta.copy(), images, labels, np.random.default_rng(5))
    held = engine._held[2]
    train(engine, theta.copy(), images, labels, np.random.default_rng(5))
    assert engine._held[2] is held
    other, again = theta.copy(), theta.copy()
    train(engine, other, 255 - images, labels, np.random.default_rng(5))
    train(XlaEngine(network), again, 255 - images, labels, np.random.default_rng(5))
    assert other.tobytes() == again.tobytes()


def test_scores_of_many_and_of_none():
    network, theta, _, _, rng = problem()
    x = rng.standard_normal((CHUNK + 3, *network.input_shape)).astype(np.float32)
    engine = make_engine("xla", network)
    truth = ReferenceEngine(network).scores(theta, x)
    np.testing.assert_allclose(engine.scores(theta, x), truth, atol=1e-5)
    assert engine.scores(theta, x[:0]).shape == (0, 4)


def test_stopped_and_resumed_is_the_same_to_the_byte(tmp_path):
    whole = job(tmp_path / "whole.safetensors", engine="xla")
    parts = job(tmp_path / "parts.safetensors", engine="xla")
    go(whole)
    go(parts, 45)
    go(parts, resume=True)
    assert parts.out.read_bytes() == whole.out.read_bytes()
    assert parts.history.read_bytes() == whole.history.read_bytes()


def test_a_training_is_that_of_the_reference(tmp_path):
    """The same start, order of pictures and chance: the histories are the same to rounding."""
    histories = []
    for engine in ("xla", "reference"):
        it = job(tmp_path / f"{engine}.safetensors", engine=engine)
        assert go(it).test.error_rate < 0.2
        histories.append([json.loads(line) for line in it.history.read_text().splitlines()])
    for own, truth in zip(*histories, strict=True):
        assert own.keys() == truth.keys()
        assert own["loss"] == pytest.approx(truth["loss"], rel=1e-3)


def test_errors_say_what_is_wrong():
    network, theta, images, labels, _rng = problem()
    engine = XlaEngine(network)
    x = images.astype(np.float32)
    with pytest.raises(ShapeError, match="2×12×12"):
        engine.scores(theta, x[:, :1])
    with pytest.raises(ShapeError, match="4 classes"):
        engine.gradient(theta, x, labels + 4, [None] * 9)
    with pytest.raises(ShapeError, match="there are 20"):
        engine.train(
            theta, theta, images[:20], labels[:20], np.array([[3, 20]]), [0.1],
            preprocess=Preprocess.fit("scale", images),
            optimiser=SGD.of(network, 0.9, 0.0, 1.0, ()), noise=[[None] * 9],
        )  # fmt: skip
