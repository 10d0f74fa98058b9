"""The loop: what it draws, what it does in a step, when it ends."""

import dataclasses
import itertools

import numpy as np
import pytest

from digitile import recipes
from digitile.data.dataset import Dataset
from digitile.engines import ENGINES, make_engine
from digitile.errors import TrainingError
from digitile.nn import Network
from digitile.training import loop
from digitile.training.chance import Purpose, generator
from digitile.training.loop import Trainer
from digitile.training.metrics import evaluate
from digitile.training.prepare import prepare_pictures
from digitile.training.progress import Record
from digitile.training.settings import Settings
from tests.training.quadrants import SETTINGS, parts, splits

PLAIN = Settings(network="1x8x8 - 4N - softmax", epochs=1, batch_size=10, lr=0.5)


def trained(
    settings: Settings, seed: int = 0, engine: str = "reference"
) -> tuple[Trainer, list[Record]]:
    trainer = Trainer(settings, parts(settings, seed), engine, seed)
    return trainer, list(itertools.chain.from_iterable(trainer.run()))


def test_learns() -> None:
    trainer, records = trained(SETTINGS.override(["epochs=12"]))
    assert records[-1].epoch == 12
    result = evaluate(trainer.model({}), splits().test, "reference")
    assert result.error_rate <= 0.05
    accuracies = [r.validation_accuracy for r in records if r.validation_accuracy is not None]
    assert len(accuracies) == len(records) // 9
    assert accuracies[-1] >= 0.9
    np.testing.assert_allclose(trainer.progress.errors, 1 - np.array(accuracies))


def test_same_seed_same_bits() -> None:
    one, two, other = trained(SETTINGS, 3), trained(SETTINGS, 3), trained(SETTINGS, 4)
    assert one[0].theta.tobytes() == two[0].theta.tobytes()
    assert one[1] == two[1]
    assert one[0].theta.tobytes() != other[0].theta.tobytes()


def test_the_first_steps_are_the_update_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "RUN_SECONDS", 0.0)
    training = parts(PLAIN).training
    trainer = Trainer(PLAIN, parts(PLAIN), "reference", 0)
    theta, runs = trainer.theta, trainer.run()
    order = generator(0, Purpose.ORDER, 0).permutation(150)
    engine = make_engine("reference", trainer.network)
    for number in range(3):
        chosen = order[10 * number : 10 * number + 10]
        x = trainer.preprocess(training.images[chosen])
        labels = training.labels[chosen]
        step = engine.gradient(theta, x, labels, [None, None])
        theta = theta - np.float32(0.5) * step.gradient
        (record,) = next(runs)
        assert record.loss == step.loss
        assert record.accuracy == np.mean(step.scores.argmax(axis=1) == labels)
        np.testing.assert_allclose(trainer.theta, theta, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", [name for name in recipes.RECIPES if name != "reader"])
def test_engines_train_alike(name: str) -> None:
    """A few steps of each recipe for data sets, on noise: both end within float32's rounding."""
    settings = recipes.find(name)[1]
    short = [f"train_pictures={20 + 3 * settings.batch_size}"]
    # Small steps: large ones on noise double each rounding, step by step.
    short += [f"lr={settings.lr / 10}", "validation=20", "epochs=2", "validate_every=3"]
    short += ["test_pictures=0"]
    settings = settings.override(short)
    shape = Network.parse(settings.network).input_shape
    rng = np.random.default_rng(3)
    images = rng.integers(0, 256, (400, *shape), dtype=np.uint8)
    data = Dataset("noise", images, rng.integers(0, 10, 400), tuple("0123456789"))
    prepared = prepare_pictures(settings, data, 0)
    one, other = (Trainer(settings, prepared, engine, 0) for engine in ("reference", "tile"))
    losses, same = ([r.loss for records in t.run() for r in records] for t in (one, other))
    assert len(losses) == 6
    np.testing.assert_allclose(same, losses, rtol=1e-4)
    np.testing.assert_allclose(one.theta, other.theta, atol=1e-4 * np.abs(one.theta).max())


@pytest.mark.parametrize("engine", ENGINES)
def test_how_many_steps_go_at_once_does_not_change_them(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine == "xla":
        pytest.importorskip("jax", reason="JAX is not installed")
    for settings in (SETTINGS, PLAIN.override(["batch_size=40", "epochs=3"])):
        monkeypatch.setattr(loop, "RUN_SECONDS", 0.0)
        one_by_one, records = trained(settings, engine=engine)
        monkeypatch.setattr(loop, "RUN_SECONDS", 1e9)
        at_once, same = trained(settings, engine=engine)
        assert one_by_one.theta.tobytes() == at_once.theta.tobytes()
        assert one_by_one.progress == at_once.progress
        assert records == same
        assert len(list(Trainer(settings, parts(settings), engine, 0).run())) < len(records)


def test_each_picture_is_seen_once_an_epoch_in_a_new_order() -> None:
    first, second = (generator(0, Purpose.ORDER, epoch).permutation(150) for epoch in (0, 1))
    assert sorted(first) == sorted(second) == list(range(150))
    assert first.tolist() != second.tolist()


def test_epoch_loss_smoothed_loss_and_last_small_batch() -> None:
    _, records = trained(dataclasses.replace(PLAIN, batch_size=40, smoothing=0.9))
    losses = [record.loss for record in records]
    assert len(losses) == 4  # 40, 40, 40 and 30 of 150
    mean = (40 * sum(losses[:3]) + 30 * losses[3]) / 150
    assert records[-1].epoch_loss == pytest.approx(mean)
    smoothed = losses[0]
    for loss, record in zip(losses[1:], records[1:], strict=True):
        smoothed = 0.9 * smoothed + 0.1 * loss
        assert record.smoothed == pytest.approx(smoothed)


def test_stops_after_the_epoch_whose_mean_loss_is_low() -> None:
    trainer, records = trained(PLAIN.override(["epochs=50", "stop_loss=0.2"]))
    losses = [r.epoch_loss for r in records if r.epoch_loss is not None]
    assert 1 < len(losses) < 50
    assert losses[-1] < 0.2 <= min(losses[:-1])
    assert "below 0.2" in str(trainer.progress.stopped)


def test_stops_after_so_many_iterations() -> None:
    trainer, records = trained(PLAIN.override(["epochs=50", "iterations=23"]))
    assert [r.iteration for r in records] == list(range(1, 24))
    assert trainer.progress.stopped == "all 23 iterations are done"


def test_divergence_is_an_error_that_names_the_place_and_the_mend(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loop, "RUN_SECONDS", 0.0)
    changes = ["lr=1e30", "schedule=step(0.1,1)", "network=1x8x8 - 4N - 4N - squared", "epochs=9"]
    with pytest.raises(TrainingError, match=r"diverged. Set lr below 1e\+30, or clip=1") as caught:
        trained(PLAIN.override(changes))
    # the first step makes parameters so large that the second one's outputs overflow
    assert "at iteration 2, where lr is 1e+30" in str(caught.value)
    assert "linear" in str(caught.value)


def test_clipping_keeps_a_step_within_its_bound() -> None:
    changes = ["clip=0.1", "lr=3", "iterations=1"]
    start = Trainer(PLAIN, parts(PLAIN), "reference", 0).theta
    moved = trained(PLAIN.override(changes))[0].theta - start
    assert np.linalg.norm(moved) == pytest.approx(0.3, rel=1e-5)


def test_the_model_has_the_averaged_parameters() -> None:
    """Of one step: θ̄ = θ₀ + (1 − a₁)(θ₁ − θ₀), where a₁ = min(0.9, 2/11)."""
    settings = PLAIN.override(["iterations=1"])
    start = Trainer(settings, parts(settings), "reference", 0).theta
    plain, averaged = trained(settings)[0], trained(settings.override(["average=0.9"]))[0]
    assert averaged.state.theta.tobytes() == plain.theta.tobytes()
    expected = start + (1 - 2 / 11) * (plain.theta - start)
    np.testing.assert_allclose(averaged.theta, expected, rtol=1e-5, atol=1e-7)
    assert averaged.model({}).theta.tobytes() == averaged.theta.tobytes()


def test_adamw_with_cosine_and_warmup_learns() -> None:
    changes = ["optimiser=adamw", "lr=0.02", "schedule=cosine(0,0.1)", "clip=5", "average=0.95"]
    trainer, records = trained(SETTINGS.override([*changes, "epochs=12"]))
    assert evaluate(trainer.model({}), splits().test, "reference").error_rate <= 0.05
    assert records[0].lr == records[-1].lr == 0
    assert max(record.lr for record in records) == pytest.approx(0.02, rel=0.01)


@pytest.mark.parametrize(
    ("changes", "when"),
    [
        (["iterations=5", "validate_every=0"], [5]),  # an epoch has 19
        (["iterations=10"], [9]),
        (["stop_loss=9", "validate_every=50"], [19]),
        (["iterations=18"], [9, 18]),
        (["iterations=5", "validation=0"], []),
    ],
)
def test_where_nothing_was_validated_before_the_end_is(changes: list[str], when: list[int]) -> None:
    trainer, records = trained(SETTINGS.override(changes))
    assert [r.iteration for r in records if r.validation_accuracy is not None] == when
    assert len(trainer.progress.errors) == len(when)


def test_a_training_starts_from_a_model() -> None:
    first, _ = trained(SETTINGS)
    model = first.model({})
    settings = PLAIN.override([f"network={SETTINGS.network}", "iterations=1", "lr=1e-9"])
    other = prepare_pictures(settings, splits().test, 0)
    second = Trainer(settings, other, "reference", 7, start=model)
    assert second.theta.tobytes() == model.theta.tobytes()
    assert second.preprocess is model.preprocess
    kept = model.theta.copy()
    for _ in second.run():
        pass
    np.testing.assert_allclose(second.theta, kept, atol=1e-6)
    assert model.theta.tobytes() == kept.tobytes()
    assert second.state.steps == 1


def test_an_engine_that_was_made_before() -> None:
    engine = make_engine("reference", Network.parse(PLAIN.network))
    trainer = Trainer(PLAIN, parts(PLAIN), engine, 0)
    for _ in trainer.run():
        pass
    assert trainer.engine is engine
    assert trainer.theta.tobytes() == trained(PLAIN)[0].theta.tobytes()
