"""What is measured on corrupted pictures and non-digits, by a model whose answers are known."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from digitile.data import fit_to
from digitile.data.corruptions import CORRUPTIONS
from digitile.data.digits import load_digits
from digitile.data.nondigits import HELD_OUT
from digitile.training import robustness
from digitile.training.robustness import measure_robustness

CLASSES = (*"0123456789", "none")


@dataclass
class Known:
    """Knows the pictures it was shown: half-sure of 5 % of them, else sure; others are none."""

    answers: dict[bytes, int]
    classes: tuple[str, ...] = CLASSES
    seen: list[int] = field(default_factory=list)

    def scores(self, images: np.ndarray, engine: str) -> np.ndarray:
        self.seen.append(len(images))
        scores = np.full((len(images), 11), 0.001, np.float32)
        for row, image in zip(scores, images, strict=True):
            label = self.answers.get(image.tobytes(), 10)
            row[label] = 0.5 if label % 10 == 0 and image.sum() % 2 else 0.99
        return scores


def test_known_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(robustness, "NONDIGITS", 24)
    digits = fit_to(load_digits().test, (1, 28, 28)).take(range(100))
    pairs = zip(digits.images, digits.labels.tolist(), strict=True)
    model = Known({image.tobytes(): label for image, label in pairs})
    found = measure_robustness(model, digits, "reference")  # type: ignore[arg-type]
    assert found.right == 1
    assert 0.01 < found.calibration_error < 0.1
    assert list(found.corrupted) == list(CORRUPTIONS)
    assert set(found.corrupted.values()) == {0.0}  # it knows pictures only as they were
    assert found.corrupted_mean == 0
    assert found.refused == dict.fromkeys(("trained kinds", *HELD_OUT), 1.0)
    assert model.seen == [100] * 16 + [24] * 4
