"""The loop: what it draws, what it does in a step, when it ends."""

import dataclasses
import itertools

import numpy as np
import pytest

from digitile import recipes
from digitile.data import fit_to
from digitile.data.dataset import Dataset
from digitile.data.digits import load_digits
from digitile.engines import ENGINES, make_engine
from digitile.errors import SettingError, TrainingError
from digitile.nn import Network
from digitile.training import loop
from digitile.training.loop import Purpose, Record, Trainer, generator, subset
from digitile.training.metrics import evaluate
from digitile.training.settings import Settings
from tests.training.quadrants import SETTINGS, quadrants, splits

PLAIN = Settings(network="1x8x8 - 4N - softmax", epochs=1, batch_size=10, lr=0.5)


def trained(
    settings: Settings, seed: int = 0, engine: str = "reference"
) -> tuple[Trainer, list[Record]]:
    trainer = Trainer(settings, splits().train, engine, seed)
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


def test_held_out_pictures_are_not_trained_on_and_none_is_lost() -> None:
    train = splits().train
    trainer = Trainer(SETTINGS, train, "reference", 0)
    kept = {image.tobytes() for image in trainer.training.images}
    held = {image.tobytes() for image in trainer.held_out.images}
    assert len(held) == 20
    assert not kept & held
    assert kept | held == {image.tobytes() for image in train.images}
    assert trainer.preprocess.shift.mean() == pytest.approx(
        trainer.training.images.mean(), rel=1e-5
    )


def test_the_first_steps_are_the_update_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "RUN_SECONDS", 0.0)
    trainer = Trainer(PLAIN, splits().train, "reference", 0)
    theta, runs = trainer.theta.copy(), trainer.run()
    order = generator(0, Purpose.ORDER, 0).permutation(150)
    engine = make_engine("reference", trainer.network)
    for number in range(3):
        chosen = order[10 * number : 10 * number + 10]
        x = trainer.preprocess(trainer.training.images[chosen])
        labels = trainer.training.labels[chosen]
        step = engine.gradient(theta, x, labels, [None, None])
        theta = theta - np.float32(0.5) * step.gradient
        (record,) = next(runs)
        assert record.loss == step.loss
        assert record.accuracy == np.mean(step.scores.argmax(axis=1) == labels)
        np.testing.assert_allclose(trainer.theta, theta, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", recipes.RECIPES)
def test_engines_train_alike(name: str) -> None:
    """A few steps of each recipe, on noise: both engines end within float32's rounding."""
    settings = recipes.find(name)[1]
    none = min(settings.nondigits, 1)
    short = [f"train_pictures={50 + 3 * settings.batch_size - none}", f"nondigits={none}"]
    short += ["continental=0"]
    # Small steps: large ones on noise double each rounding, step by step.
    short += [f"lr={settings.lr / 10}", "validation=50", "epochs=2", "validate_every=3"]
    short += ["test_pictures=0"]
    settings = settings.override(short)
    shape = Network.parse(settings.network).input_shape
    rng = np.random.default_rng(3)
    images = rng.integers(0, 256, (400, *shape), dtype=np.uint8)
    data = Dataset("noise", images, rng.integers(0, 10, 400), tuple("0123456789"))
    one, other = (Trainer(settings, data, engine, 0) for engine in ("reference", "tile"))
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
        assert len(list(Trainer(settings, splits().train, engine, 0).run())) < len(records)


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


def test_divergence_is_an_error_that_names_the_mend() -> None:
    with pytest.raises(TrainingError, match=r"diverged. Set lr below 1e\+30"):
        trained(PLAIN.override(["lr=1e30", "network=1x8x8 - 4N - 4N - squared", "epochs=9"]))


def test_what_does_not_fit() -> None:
    with pytest.raises(SettingError, match="4 classes, but the network ends in 3"):
        Trainer(PLAIN.override(["network=1x8x8 - 3N - softmax"]), splits().train, "reference", 0)
    with pytest.raises(SettingError, match="leaves nothing of 150"):
        Trainer(PLAIN.override(["validation=150"]), splits().train, "reference", 0)
    with pytest.raises(SettingError, match="200 pictures wanted, but quadrants has 150"):
        Trainer(PLAIN.override(["train_pictures=200"]), splits().train, "reference", 0)


def test_subset_is_drawn_without_repeats() -> None:
    chosen = subset(quadrants(50, 0), 20, 1, Purpose.SUBSET)
    assert len({image.tobytes() for image in chosen.images}) == 20
    assert len(subset(quadrants(50, 0), 0, 1, Purpose.SUBSET)) == 50


def test_non_digits_are_one_class_more() -> None:
    """Each part has its own, a share of it, from the seed; and they are trained on."""
    digits = fit_to(load_digits().train, (1, 28, 28))
    settings = Settings(
        network="1x28x28 - 11N - softmax",
        epochs=3,
        batch_size=50,
        lr=0.1,
        validation=300,
        nondigits=240,
    )
    trainer, again = (Trainer(settings, digits, "reference", 4) for _ in range(2))
    assert trainer.training.classes[-1] == "none"
    assert np.count_nonzero(trainer.training.labels == 10) == 240
    share = 300 / (len(digits) - 300)
    assert np.count_nonzero(trainer.held_out.labels == 10) == round(240 * share)
    np.testing.assert_array_equal(trainer.training.images, again.training.images)
    kept = {image.tobytes() for image in trainer.training.images[trainer.training.labels == 10]}
    held = {image.tobytes() for image in trainer.held_out.images[trainer.held_out.labels == 10]}
    assert len(kept & held) <= 1  # blank paper
    for _ in trainer.run():
        pass
    model = trainer.model({})
    assert model.classes == (*"0123456789", "none")
    answers = model.scores(trainer.held_out.images).argmax(axis=1)
    assert np.mean(answers == trainer.held_out.labels) > 0.7
    with pytest.raises(SettingError, match="has 11 classes with none, but the network ends in 10"):
        Trainer(settings.override(["network=1x28x28 - 10N - softmax"]), digits, "reference", 0)
