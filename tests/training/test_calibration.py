"""Temperature and error rates, against scores whose truth is known."""

import numpy as np
import pytest

from digitile.errors import SettingError
from digitile.model import tempered
from digitile.nn.loss import SoftmaxCrossEntropy
from digitile.training.calibration import CONFIDENCES, calibrated, error_rates, fit_temperature
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


def test_error_rates_by_hand() -> None:
    confidences = np.array([0.55] + [0.6] * 4 + [0.97] * 6)
    right = np.array([False] + [True] * 3 + [False] + [True] * 6)
    table = {row[0]: row[1:] for row in error_rates(confidences, right)}
    assert list(table) == list(CONFIDENCES)
    assert table[0.5] == (round(3 / 12, 6), 1)  # 2 of 11 are wrong
    assert table[0.9] == (round(1 / 7, 6), round(6 / 9, 6))
    assert table[0.99] == (1, 0)
    assert error_rates(confidences[:1], right[:1])[0] == (0.0, 1, 0)  # none is right


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
