"""Trust in lines: what is fitted to made-up lines is what they were made with."""

from dataclasses import replace

import numpy as np
import pytest

from digitile.errors import TrainingError
from digitile.model import LineTrust, bundled_model, load_model, tempered
from digitile.reader.candidates import NONE, SIGNS, Candidates
from digitile.training.calibration import CONFIDENCES
from digitile.training.line_trust import Known, error_rates, fit_temperature, fit_trust
from digitile.training.lines import LineResult

BLANK = LineResult(0, "number", "1", "1", 0.5, True, 4, 20.0, "plain", False, None)


def lines(count: int, seed: int = 0) -> list[LineResult]:
    """Lines whose odds of being right are e^(1 + 0.7·logit − 0.5·ln n + 0.3·ln h)."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        logit, n, h = rng.normal(0, 2), int(rng.integers(1, 13)), float(rng.uniform(8, 60))
        z = 1 + 0.7 * logit - 0.5 * np.log(n) + 0.3 * np.log(h)
        text = "1" if rng.random() < 1 / (1 + np.exp(-z)) else "7"
        p = float(1 / (1 + np.exp(-logit)))
        found.append(replace(BLANK, text=text, confidence=p, digits=n, height=h))
    return found


def test_the_regression_that_lines_were_made_with() -> None:
    trust = fit_trust(lines(20_000))
    numbers = [trust.bias, trust.logit, trust.length, trust.size]
    np.testing.assert_allclose(numbers, [1, 0.7, -0.5, 0.3], atol=0.15)
    assert trust.most_digits == 12
    assert 8 <= trust.least_height < 10
    assert 58 < trust.most_height <= 60


def test_too_few_lines() -> None:
    right = [one for one in lines(200) if one.right]
    with pytest.raises(TrainingError, match=f"{len(right)} of the {len(right)} lines"):
        fit_trust(right)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 1.6])
def test_the_temperature_that_texts_were_drawn_with(temperature: float) -> None:
    """Texts are drawn from p; the network says p^T, which T makes p again."""
    rng = np.random.default_rng(1)
    known = []
    for _ in range(400):
        x = np.arange(4) * 20.0
        boxes = np.stack([x, 0 * x, x + 12, 0 * x + 28], axis=1)
        p = rng.dirichlet(np.full(NONE + 1, 0.1), 4)
        signs = [rng.choice(NONE + 1, p=row) for row in p]
        text = "".join(SIGNS[sign] for sign in signs if sign != NONE)
        said = tempered(np.clip(p, 1e-12, 1), 1 / temperature)
        known.append(Known(Candidates(boxes, said), text))
    assert fit_temperature(known) == pytest.approx(temperature, rel=0.12)
    assert fit_temperature([]) == 1


def test_error_rates_by_hand() -> None:
    model = replace(load_model(bundled_model()), line_trust=None)
    read = [replace(BLANK, confidence=0.6)] * 3 + [replace(BLANK, confidence=0.6, text="7")]
    read += [replace(BLANK, confidence=0.97)] * 6
    read += [replace(BLANK, confidence=0.55, truth=None)]
    rows = {row[0]: row[1:] for row in error_rates(model, read, 9)}
    assert set(rows) == set(CONFIDENCES)
    assert rows[0.5] == (round(3 / 12, 6), 1)
    assert rows[0.9] == (round(1 / 7, 6), round(6 / 9, 6))
    assert rows[0.99] == (1, 0)
    sure = replace(model, line_trust=LineTrust(50, 0, 0, 0, 12, 8, 60))
    assert error_rates(sure, read, 9)[-1][1:] == (round(3 / 12, 6), 1)
