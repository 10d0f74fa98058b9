"""Trust in lines: what is fitted to made-up lines is what they were made with."""

from dataclasses import replace

import numpy as np
import pytest

from digitile.errors import TrainingError
from digitile.model import Model, bundled_model, load_model, tempered
from digitile.reader import Evidence
from digitile.reader.candidates import NONE, SIGNS, Candidates
from digitile.reader.trust import line_confidence
from digitile.training import line_trust
from digitile.training.line_trust import Known, calibrate, fit_temperature, fit_trust
from digitile.training.lines import LineResult

PLAIN = Evidence(text=0.5, weakest=0.5, digits=4, height=20.0, share=0.5, unread=0.0)
BLANK = LineResult(0, "number", "1", "1", 0.5, True, 4, 20.0, PLAIN, "plain", False, None)


def line(**evidence: float) -> LineResult:
    own = replace(PLAIN, **evidence)  # type: ignore[arg-type]
    return replace(BLANK, digits=own.digits, height=own.height, evidence=own)


def lines(count: int, seed: int = 0) -> list[LineResult]:
    """Lines that are right with odds e^z, z = 1 + 0.7·t + 0.4·w − 0.5·ln n + 0.3·ln h + a − 1.5·u.

    t and w are the logits of the text and of its weakest sign, a is 2·ln s of one digit that is as
    tall as a share s of its picture, u how much ink is unread.
    """
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        (t, w), n, h = rng.normal(0, 2, 2), int(rng.integers(1, 13)), float(rng.uniform(8, 60))
        share, left = rng.uniform(0.1, 1), float(rng.uniform(0, 2))
        z = 1 + 0.7 * t + 0.4 * w - 0.5 * np.log(n) + 0.3 * np.log(h) - 1.5 * left
        z += 2 * np.log(share) if n == 1 else 0
        text = "1" if rng.random() < 1 / (1 + np.exp(-z)) else "7"
        own = line(
            text=sigmoid(t), weakest=sigmoid(w), digits=n, height=h, share=share, unread=left
        )
        found.append(replace(own, text=text))
    return found


def sigmoid(z: float) -> float:
    return float(1 / (1 + np.exp(-z)))


def test_the_regression_that_lines_were_made_with() -> None:
    trust = fit_trust(lines(30_000), 0.7)
    assert trust.missed == 0.7
    numbers = [trust.bias, trust.text, trust.weakest, trust.length, trust.size, trust.alone]
    np.testing.assert_allclose(numbers, [1, 0.7, 0.4, -0.5, 0.3, 2], atol=0.2)
    assert trust.unread == pytest.approx(-1.5, abs=0.1)
    assert trust.most_digits == 12
    assert 8 <= trust.least_height < 10
    assert 58 < trust.most_height <= 60


def test_too_few_lines() -> None:
    right = [one for one in lines(200) if one.right]
    with pytest.raises(TrainingError, match=f"{len(right)} of the {len(right)} lines"):
        fit_trust(right, 0)


def drawn(temperature: float, missed: float, count: int = 400) -> list[Known]:
    """Lines whose texts are drawn from p; the network says q^T, from which p can be had again."""
    rng = np.random.default_rng(1)
    known = []
    for _ in range(count):
        x = np.arange(4) * 20.0
        boxes = np.stack([x, 0 * x, x + 12, 0 * x + 28], axis=1)
        p = rng.dirichlet(np.full(NONE + 1, 0.1), 4)
        signs = [rng.choice(NONE + 1, p=row) for row in p]
        text = "".join(SIGNS[sign] for sign in signs if sign != NONE)
        page = Candidates(boxes, np.clip(p, 1e-12, 1)).expected(-missed)
        said = tempered(page.p, 1 / temperature)
        known.append(Known(Candidates(boxes, said), text))
    return known


@pytest.mark.parametrize(("temperature", "missed"), [(0.5, 0.0), (1.0, 1.0), (1.6, -0.8)])
def test_what_texts_were_drawn_with(temperature: float, missed: float) -> None:
    """T and `missed` make p again."""
    known = drawn(temperature, missed)
    fitted = fit_temperature(known)
    assert fitted[0] == pytest.approx(temperature, rel=0.15)
    assert fitted[1] == pytest.approx(missed, abs=0.3)
    assert fit_temperature([]) == (1, 0)


def test_temperature_first_then_trust(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines are read with the temperature and `missed` that were fitted, and as likely as texts."""
    known, read, with_model = drawn(1.6, -0.8, 100), lines(500), []

    def read_drawn(model: Model, *_: object, **__: object) -> list[LineResult]:
        with_model.append(model)
        return read

    monkeypatch.setattr(line_trust, "drawable", lambda _, count: list(range(count)))
    monkeypatch.setattr(line_trust, "in_processes", lambda *_: iter([known]))
    monkeypatch.setattr(line_trust, "read_drawn", read_drawn)
    bundled = load_model(bundled_model())
    made = calibrate(bundled, "anywhere", 16, engine="reference")
    (first,) = with_model
    assert (first.temperature, first.line_trust.missed) == fit_temperature(known)
    assert line_confidence(first, PLAIN) == pytest.approx(PLAIN.text)
    assert made.line_trust == fit_trust(read, first.line_trust.missed)
    assert made.temperature == first.temperature
    assert made.about["trust"] == {"pictures": 16}
    wrong = np.mean([not one.right for one in read])
    assert made.error_rates[0][1] == pytest.approx(wrong, abs=1 / len(read))
    assert made.theta.tobytes() == bundled.theta.tobytes()
