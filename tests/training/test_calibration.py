"""Temperature and error rates, against scores whose truth is known."""

import numpy as np
import pytest

from digitile.errors import SettingError
from digitile.model import tempered
from digitile.nn.loss import SoftmaxCrossEntropy
from digitile.training.calibration import (
    CONFIDENCES,
    NONE_SHARE,
    calibrated,
    error_rates,
    fit_none,
    fit_temperature,
)
from digitile.training.loop import Trainer
from tests.training.quadrants import SETTINGS, parts, splits


def drawn(n: int, temperature: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores as a network gives them, true shares, and labels drawn from those."""
    rng = np.random.default_rng(0)
    z = rng.normal(0, 4, (n, 5)).astype(np.float32)
    softmax = SoftmaxCrossEntropy().scores
    true = softmax(z / np.float32(temperature))
    labels = (true.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1).clip(0, 4)
    return softmax(z), true, labels


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_temperature_that_labels_were_drawn_at(temperature: float) -> None:
    scores, true, labels = drawn(20_000, temperature)
    found = fit_temperature(scores, labels)
    assert found == pytest.approx(temperature, rel=0.05)
    np.testing.assert_allclose(tempered(scores, temperature), true, atol=1e-5)


def test_the_bias_of_none_is_made_right_once_and_for_all() -> None:
    scores, _, labels = drawn(40_000, 1.5)
    temperature, less = fit_none(scores, labels, none=4)
    # Bayes: what the odds of none lose when its share falls, in logits before they are tempered
    share = np.mean(labels == 4)
    odds = np.log(share / (1 - share)) - np.log(NONE_SHARE / (1 - NONE_SHARE))
    assert temperature == pytest.approx(1.5, rel=0.07)
    assert less / temperature == pytest.approx(odds, rel=0.07)
    moved = scores * np.where(np.arange(5) == 4, np.exp(-less), 1)
    again, more = fit_none(moved / moved.sum(axis=1, keepdims=True), labels, none=4)
    assert again == pytest.approx(temperature, rel=0.01)
    assert abs(more) < 0.02


def test_error_rates_by_hand() -> None:
    scores = np.array(
        [[0.96, 0.02, 0.02], [0.3, 0.6, 0.1], [0.85, 0.1, 0.05], [0.01, 0.01, 0.98]], np.float32
    )
    labels = np.array([0, 0, 2, 2])
    table = {row[0]: row[1:] for row in error_rates(scores, labels, none=2)}
    assert list(table) == list(CONFIDENCES)
    assert table[0.5] == (round(3 / 4, 6), 1.0)  # 0 right, 0 as 1, none as 0: 2 of 3 wrong
    assert table[0.8] == (round(2 / 3, 6), 0.5)
    assert table[0.95] == (round(1 / 2, 6), 0.5)
    assert table[0.98] == (1.0, 0.0)
    all_digits = {row[0]: row[1:] for row in error_rates(scores, labels, none=None)}
    assert all_digits[0.0] == (round(3 / 5, 6), 1.0)
    assert all_digits[0.98] == (round(1 / 2, 6), 0.25)


def test_a_trained_model_says_how_often_it_is_right() -> None:
    settings = SETTINGS.override(["epochs=6", "validation=60", "calibration=3"])
    own = parts(settings)
    trainer = Trainer(settings, own, "reference", 0)
    for _ in trainer.run():
        pass
    plain = trainer.model({})
    model, again = (calibrated(plain, own.held_out, settings, trainer.engine, 0) for _ in range(2))
    assert (model.temperature, model.error_rates) == (again.temperature, again.error_rates)
    assert model.temperature != 1
    before, after = plain.scores(splits().test.images), model.scores(splits().test.images)
    np.testing.assert_array_equal(before.argmax(axis=1), after.argmax(axis=1))
    np.testing.assert_allclose(after, tempered(before, model.temperature), rtol=1e-6)
    kept = [row[2] for row in model.error_rates]
    assert kept[0] == 1
    assert kept == sorted(kept, reverse=True)


def test_without_held_out_pictures_or_softmax() -> None:
    for changes in (["validation=0"], ["network=1x8x8 - 4N - sigmoid - squared"]):
        settings = SETTINGS.override([*changes, "calibration=1"])
        trainer = Trainer(settings, parts(settings), "reference", 0)
        held_out = trainer.source.held_out
        with pytest.raises(SettingError, match="validation=… above 0, or calibration=0"):
            calibrated(trainer.model({}), held_out, settings, trainer.engine, 0)
