"""A network learns a new hand and keeps the old ones: real digits, half of them slanted."""

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from digitile.data.dataset import Dataset, Splits
from digitile.data.digits import load_normalised_digits
from digitile.data.nondigits import NONE
from digitile.errors import DataError, ModelFileError
from digitile.model import Model
from digitile.training import adapt as module
from digitile.training.adapt import FOLDS, Adapted, adapt
from digitile.training.loop import Trainer
from digitile.training.metrics import evaluate
from digitile.training.prepare import prepare_pictures
from digitile.training.settings import Settings

NETWORK = "1x28x28 - 6C5 - MP4 - ReLU - {}N - softmax"
SETTINGS = Settings(
    NETWORK.format(10), epochs=6, batch_size=20, lr=0.02, momentum=0.9, validation=200
)


@pytest.fixture(autouse=True)
def few_rehearsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REHEARSED", 400)


def slanted(digits: Dataset) -> Dataset:
    """The same digits in a hand that leans by 31 degrees."""
    lean = np.array([[1, -0.6, 0.6 * 13.5], [0, 1, 0]], np.float32)
    images = [cv2.warpAffine(image[0], lean, (28, 28))[None] for image in digits.images]
    return replace(digits, images=np.stack(images).astype(np.uint8))


def of_each_class(digits: Dataset, count: int) -> tuple[Dataset, Dataset]:
    places = [np.flatnonzero(digits.labels == label) for label in range(10)]
    first = np.concatenate([place[:count] for place in places])
    return digits.take(first), digits.take(np.setdiff1d(np.arange(len(digits)), first))


def trained(settings: Settings, data: Dataset, seed: int = 3) -> Model:
    trainer = Trainer(settings, prepare_pictures(settings, data, seed), "tile", seed)
    for _ in trainer.run():
        pass
    about = {"settings": settings.as_json(), "seed": seed, "data": {"sha256": data.digest()}}
    return trainer.model(about)


@pytest.fixture(scope="module")
def data() -> tuple[Splits, Dataset, Dataset]:
    """The old data, examples of the new hand, and what it wrote besides."""
    whole = load_normalised_digits()
    odd = np.arange(len(whole.test)) % 2 == 1
    old = Splits(whole.train, whole.test.take(np.flatnonzero(~odd)))
    return old, *of_each_class(slanted(whole.test.take(np.flatnonzero(odd))), 5)


@pytest.fixture(scope="module")
def model(data: tuple[Splits, Dataset, Dataset]) -> Model:
    return trained(SETTINGS, data[0].train)


def go(model: Model, examples: Dataset, old: Splits, seed: int = 0) -> Adapted:
    return adapt(model, examples, old, engine="tile", seed=seed, on_progress=float)


def test_the_new_hand_is_learnt_and_the_old_ones_kept(
    data: tuple[Splits, Dataset, Dataset], model: Model
) -> None:
    old, examples, others = data
    shares: list[float] = []
    result = adapt(model, examples, old, engine="tile", seed=0, on_progress=shares.append)
    before, after = (evaluate(it, others, "tile") for it in (model, result.model))
    assert after.error_rate < before.error_rate - 0.1
    assert result.old_after.error_rate <= result.old_before.error_rate + 0.02
    assert result.helps
    # what was cross-validated is near the truth, which pictures that nobody saw tell
    assert result.after.error_rate == pytest.approx(after.error_rate, abs=0.15)
    assert result.old_after.errors == evaluate(result.model, old.test, "tile").errors
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_the_same_seed_gives_the_same_bytes(
    data: tuple[Splits, Dataset, Dataset], model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EPOCHS", 1)
    old, examples, _ = data
    kept = model.theta.copy()
    one, same, other = (go(model, examples, old, seed) for seed in (1, 1, 2))
    assert one.model.theta.tobytes() == same.model.theta.tobytes()
    assert one.after.scores.tobytes() == same.after.scores.tobytes()
    assert one.model.theta.tobytes() != other.model.theta.tobytes()
    assert model.theta.tobytes() == kept.tobytes()


def test_no_example_is_answered_by_a_network_that_saw_it(
    data: tuple[Splits, Dataset, Dataset], model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, examples, _ = data
    seen: list[set[bytes]] = []
    answered: list[set[bytes]] = []
    mixed, scores = module._mixed, Model.scores

    def note_mixed(rehearsed: Dataset, part: Dataset) -> Dataset:
        seen.append({image.tobytes() for image in part.images})
        return mixed(rehearsed, part)

    def note_scores(self: Model, images: np.ndarray, engine: str = "reference") -> np.ndarray:
        if len(seen) > len(answered):
            answered.append({image.tobytes() for image in images})
        return scores(self, images, engine)

    monkeypatch.setattr(module, "EPOCHS", 1)
    monkeypatch.setattr(module, "_mixed", note_mixed)
    monkeypatch.setattr(Model, "scores", note_scores)
    go(model, examples, old)
    every = {image.tobytes() for image in examples.images}
    assert len(seen) == FOLDS + 1
    assert seen[-1] == every
    for learnt, asked in zip(seen[:-1], answered, strict=False):
        assert learnt | asked == every
        assert not learnt & asked
    assert set().union(*answered[:-1]) == every


def test_gained_and_lost_by_hand(data: tuple[Splits, Dataset, Dataset], model: Model) -> None:
    examples = data[1]
    right = np.eye(10, dtype=np.float32)[examples.labels]
    wrong = np.roll(right, 1, axis=1)
    result = go(model, examples, data[0])
    pattern = np.arange(50)
    before = replace(result.before, scores=np.where((pattern < 30)[:, None], right, wrong))
    after = replace(result.after, scores=np.where((pattern % 3 == 0)[:, None], right, wrong))
    counted = replace(result, before=before, after=after)
    assert (counted.gained, counted.lost) == (7, 20)  # 30, 33 … 48; all below 30 but 0, 3 … 27
    assert not counted.helps


def test_a_model_that_knows_what_is_no_digit(
    data: tuple[Splits, Dataset, Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It keeps its classes, and its temperature and error rates are measured anew."""
    monkeypatch.setattr(module, "EPOCHS", 1)
    old, examples, _ = data
    changes = [f"network={NETWORK.format(11)}", "nondigits=150", "calibration=1", "epochs=2"]
    model = trained(SETTINGS.override(changes), old.train)
    model = replace(model, temperature=5.0, error_rates=((0.0, 0.5, 1.0),))
    own = replace(examples, classes=model.classes)
    result = go(model, own, old)
    assert result.model.classes[-1] == NONE
    assert result.recalibrated
    assert result.model.temperature < 5
    assert len(result.model.error_rates) > 1
    pictures = module._rehearsed(model, SETTINGS, old.train, 100, 0)
    assert np.bincount(pictures.labels, minlength=11)[-1] == 20
    foreign = replace(old, train=old.train.take(np.arange(500)))
    kept = go(model, own, foreign)
    assert not kept.recalibrated
    assert (kept.model.temperature, kept.model.error_rates) == (5.0, ((0.0, 0.5, 1.0),))


def test_what_does_not_fit_is_said(data: tuple[Splits, Dataset, Dataset], model: Model) -> None:
    old, examples, _ = data
    with pytest.raises(DataError, match="has 9 different pictures, but adapting needs 10"):
        go(model, examples.take(np.arange(9)), old)
    with pytest.raises(DataError, match="but the model knows"):
        go(model, replace(examples, classes=tuple("abcdefghij")), old)
    broken: list[Any] = [
        {},
        {"settings": 7},
        {**model.about, "seed": "x"},
        {**model.about, "seed": -1},
    ]
    broken += [{**model.about, "settings": {**SETTINGS.as_json(), "batch_size": 2.5}}]
    for about in broken:
        with pytest.raises(ModelFileError, match="does not say how it was trained"):
            go(replace(model, about=about), examples, old)
