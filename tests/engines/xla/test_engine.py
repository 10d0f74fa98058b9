"""What holds for the engine as a whole: training, bits, resumption, errors."""

import gc
import json
import weakref
from dataclasses import replace

import numpy as np
import pytest

jax = pytest.importorskip("jax", reason="JAX is not installed (pip install 'digitile[xla]')")

from digitile.engines import ReferenceEngine, make_engine
from digitile.engines.xla import XlaEngine
from digitile.engines.xla import engine as module
from digitile.engines.xla.engine import CHUNK
from digitile.engines.xla.programs import programs
from digitile.engines.xla.training import _runs
from digitile.errors import ShapeError
from digitile.nn.optimiser import OptimiserState
from tests.engines.trainings import (
    PAGE,
    RULES,
    SMALL,
    batches_of,
    bits,
    optimiser_of,
    problem,
)
from tests.training.test_run import go, job


def part(batches, chosen):
    """Return some of the steps."""
    names = ("order", "lr", "noise")
    return replace(batches, **{name: getattr(batches, name)[chosen] for name in names})


def close(found, truth):
    np.testing.assert_allclose(found, truth, rtol=0, atol=1e-4 * np.abs(truth).max())


@pytest.mark.parametrize("looped", [True, False])
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("text", [SMALL, PAGE])
def test_training_is_that_of_the_reference(text, rule, looped):
    network, theta, images, target = problem(text)
    optimiser, batches = optimiser_of(network, rule), batches_of(network, images, target, 40)
    start = optimiser.start(theta)
    training = XlaEngine(network, looped=looped).training(optimiser, start)
    expected = ReferenceEngine(network, np.float64).training(optimiser, start)
    steps, true_steps = training.take(batches), expected.take(batches)
    np.testing.assert_allclose(steps.losses, true_steps.losses, rtol=1e-4)
    np.testing.assert_array_equal(steps.correct, true_steps.correct)
    state, truth = training.state(), expected.state()
    assert state.steps == truth.steps == 40
    assert list(state.memory) == list(optimiser.names)
    close(state.theta, truth.theta)
    for name, memory in truth.memory.items():
        close(state.memory[name], memory)
    assert true_steps.losses[-5:].mean() < 0.97 * true_steps.losses[:5].mean()


@pytest.mark.parametrize("text", [SMALL, PAGE])
def test_same_inputs_same_bits_in_any_engine_object(text):
    network, theta, images, target = problem(text)
    optimiser, batches = optimiser_of(network), batches_of(network, images, target)
    results = []
    for _ in range(3):
        training = XlaEngine(network).training(optimiser, optimiser.start(theta))
        losses = training.take(batches).losses
        results.append((losses.tobytes(), *bits(training.state())))
    assert results[0] == results[1] == results[2]


@pytest.mark.parametrize("steps", [0, 1, 31, 32, 33, 100])
def test_runs_cover_every_step_once(steps):
    parts = list(_runs(steps, (32, 1)))
    assert [n for part in parts for n in range(steps)[part]] == list(range(steps))
    assert {part.stop - part.start for part in parts} <= {32, 1}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("text", [SMALL, PAGE])
def test_runs_of_any_length_and_trainings_that_go_on_give_the_same_bits(text, rule):
    """What is compiled as 32 steps at once computes what one by one does."""
    network, theta, images, target = problem(text)
    optimiser, batches = optimiser_of(network, rule), batches_of(network, images, target, 35)
    results = []
    for cuts, anew in (([35], False), ([1] * 35, False), ([2, 32, 1], True)):
        training = XlaEngine(network, looped=True).training(optimiser, optimiser.start(theta))
        first = 0
        for count in cuts:
            training.take(part(batches, slice(first, first + count)))
            first += count
            if anew:
                training = XlaEngine(network, looped=True).training(optimiser, training.state())
        results.append(bits(training.state()))
    assert results[0] == results[1] == results[2]


def test_the_state_stays_on_the_device_and_what_is_given_and_returned_is_no_part_of_it():
    network, theta, images, target = problem()
    batches = batches_of(network, images, target)
    optimiser = optimiser_of(network, "adamw(0.9,0.99)")
    start = optimiser.start(theta)
    before = bits(start)
    training = XlaEngine(network).training(optimiser, start)
    held = jax.tree.leaves(training._state)
    assert all(isinstance(array, jax.Array) for array in held)
    training.take(batches)
    assert bits(start) == before
    assert all(array.is_deleted() for array in held)  # its memory is that of the new state
    first = training.state()
    kept = bits(first)
    training.take(batches)
    assert bits(first) == kept != bits(training.state())
    first.theta[:] = np.nan
    assert np.isfinite(training.state().theta).all()


def test_pictures_are_held_while_they_are_the_same_arrays():
    network, theta, images, target = problem(PAGE)
    optimiser, batches = optimiser_of(network), batches_of(network, images, target)
    training = XlaEngine(network).training(optimiser, optimiser.start(theta))
    training.take(batches)
    held = training._held[2]
    training.take(batches)
    assert training._held[2] is held
    other = replace(batches, images=255 - images)
    going_on = XlaEngine(network).training(optimiser, training.state())
    training.take(other)
    assert training._held[2] is not held
    going_on.take(other)
    assert bits(training.state()) == bits(going_on.state())
    training.take(replace(other, target=target._replace(classes=target.classes[::-1])))
    going_on.take(other)
    assert bits(training.state()) != bits(going_on.state())


def test_scores_of_many_and_of_none():
    network, theta, _, _ = problem()
    x = np.random.default_rng(1).standard_normal((CHUNK + 3, *network.input_shape))
    x = x.astype(np.float32)
    engine = make_engine("xla", network)
    truth = ReferenceEngine(network).scores(theta, x)
    np.testing.assert_allclose(engine.scores(theta, x), truth, atol=1e-5)
    assert engine.scores(theta, x[:0]).shape == (0, 4)


def test_scores_of_pictures_of_any_size(monkeypatch):
    network, theta, _, _ = problem(PAGE)
    engine, rng = XlaEngine(network), np.random.default_rng(2)
    monkeypatch.setattr(module, "VALUES", 3 * 4 * 20 * 17)  # of the widest layer in two pictures
    for shape in ((5, 1, 12, 16), (5, 1, 39, 33), (0, 1, 20, 20)):
        x = rng.standard_normal(shape).astype(np.float32)
        truth = ReferenceEngine(network).scores(theta, x)
        assert truth.shape == (shape[0], 7, -(-shape[2] // 2), -(-shape[3] // 2))
        np.testing.assert_allclose(engine.scores(theta, x), truth, atol=1e-5)


def test_few_programs_are_kept():
    network, theta, _, _ = problem("1x6x6 - 2C3 - focal(2)")
    engine = XlaEngine(network)
    for count in range(20):
        engine.scores(theta, np.ones((count, 1, 7, 7), np.float32))
    predict = programs(network.at(7, 7), *engine._form).scores
    assert predict._cache_size() == 6  # 1, 2, 4, 8, 16 and 32 pictures
    kept = weakref.ref(predict)
    del predict
    for side in range(8, 30):
        programs(network.at(side, side), *engine._form)
    gc.collect()
    assert kept() is None  # and what was compiled for it


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
    network, theta, images, labels = problem()
    engine, optimiser = XlaEngine(network), optimiser_of(network)
    x, start = images.astype(np.float32), optimiser.start(theta)
    with pytest.raises(ShapeError, match="2×12×12"):
        engine.scores(theta, x[:, :1])
    with pytest.raises(ShapeError, match="takes its whole input"):
        engine.scores(theta, x[:, :, 1:])
    with pytest.raises(ShapeError, match="4 classes"):
        engine.gradient(theta, x, labels + 4, [None] * 9)
    batches = batches_of(network, images, labels)
    with pytest.raises(ShapeError, match="there are 2"):
        engine.training(optimiser, start).take(
            replace(batches, images=images[:2], target=labels[:2])
        )
    with pytest.raises(ShapeError, match="the optimiser needs velocity"):
        engine.training(optimiser, OptimiserState(theta, {}, 0))
    with pytest.raises(ShapeError, match="theta has shape"):
        engine.training(optimiser, optimiser.start(theta[1:]))
