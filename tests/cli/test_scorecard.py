"""digitile evaluate --data scenes and digitile calibrate, as the shell sees them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from digitile.errors import TrainingError
from digitile.model import LineTrust, Model, bundled_model, load_model, save_model
from digitile.reader.trust import threshold
from digitile.training import line_trust, scorecard
from digitile.training.lines import LineResult

Run = Callable[..., Any]
BLANK = LineResult(0, "number", "12", "12", 0.9, True, 2, 20.0, None, "plain", False, None)
TRUST = LineTrust(0.5, 0.1, 1.0, 0.2, -0.2, 0.3, 0.4, -0.5, 12, 8.0, 60.0)


def read(*_: Any, count: int = 0, **__: Any) -> list[LineResult]:
    """Four lines: two right, one of them accepted, one wrong and accepted, one false."""
    false = replace(BLANK, kind="words", picture=7, truth=None, accepted=False)
    return [BLANK, replace(BLANK, accepted=False), replace(BLANK, text="13"), false]


def test_the_table(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scorecard, "read_drawn", read)
    words = ("evaluate", "digits", "--data", "scenes", "--count", 16)
    shown = run(*words, "--json").json
    assert shown["pictures"] == 16
    whole = {"name": "all", "lines": 3, "right": 2, "accepted": 2, "wrong": 1}
    assert shown["lines"][0] == {**whole, "right_accepted": 1}
    assert shown["empty"][0] == {"name": "words", "pictures": 1, "refused": 1}
    assert shown["edits"][2] == {"name": "changed", "lines": [1, 0, 0], "signs": 1}
    assert shown["accepted_where_none_is"] == 0
    # the bundled model's own threshold says which of the four lines are sure
    least = threshold(load_model(bundled_model()), 0.01)
    sure = [one for one in read() if one.confidence >= least]
    assert shown["sure"]["accepted"] == len(sure)
    assert shown["sure"]["wrong"] == sum(not one.right for one in sure)
    assert shown["sure"]["max_error"] == 0.01
    text = run(*words).out
    assert "digits on 16 synthetic pictures of held-out material" in text
    assert "--max-error 0.01" in text
    assert ["changed", "1", "0", "0", "1"] in [row.split() for row in text.splitlines()]
    assert text.splitlines()[3].split() == ["all", "3", "66.7", "%", "50.0", "%", "2", "50.0", "%"]


def test_lines_at_a_share_of_errors(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three lines of the four are sure enough where 0.95 has 0.5 % errors; one of them is wrong."""
    sure = [
        replace(one, confidence=c) for one, c in zip(read(), (0.99, 0.95, 0.96, 0.4), strict=True)
    ]
    monkeypatch.setattr(scorecard, "read_drawn", lambda *_, **__: sure)
    rates = ((0.0, 0.1, 1.0), (0.95, 0.005, 0.7))
    save_model(replace(load_model(bundled_model()), error_rates=rates), Path("m.safetensors"))
    words = ("evaluate", "m.safetensors", "--data", "scenes", "--count", 8)
    shown = run(*words, "--json").json["sure"]
    assert (shown["accepted"], shown["wrong"]) == (3, 1)
    assert shown["low"] == pytest.approx(0.0615, abs=1e-4)  # Wilson's of 1 in 3
    assert shown["high"] == pytest.approx(0.7923, abs=1e-4)
    assert "6.15 to 79.23 %" in run(*words).out


def test_what_is_for_data_sets_only(run: Run) -> None:
    result = run("evaluate", "digits", "--data", "scenes", "--worst", "w.png")
    assert result.status == 2
    assert "not for scenes" in result.err


def test_a_calibrated_model(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def calibrate(model: Model, folder: None, count: int, **_: Any) -> Model:
        rates = ((0.0, 0.1, 1.0), (0.9, 0.01, 0.9))
        about = {**model.about, "trust": {"pictures": count}}
        return replace(model, temperature=0.7, line_trust=TRUST, error_rates=rates, about=about)

    monkeypatch.setattr(line_trust, "calibrate", calibrate)
    shown = run("calibrate", "digits", "--count", 100, "--json").json
    assert shown["temperature"] == 0.7
    assert shown["line_trust"]["length"] == -0.2
    made = load_model(tmp_path / "digits-calibrated.safetensors")
    assert (made.line_trust, made.temperature) == (TRUST, 0.7)
    assert made.about["trust"] == {"pictures": 100}
    assert made.about["settings"] == load_model(bundled_model()).about["settings"]
    text = run("calibrate", "digits", "--overwrite").out
    assert ["0.9", "1.00", "%", "90.00", "%"] in [line.split() for line in text.splitlines()]


def test_without_enough_lines(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> Model:
        raise TrainingError("0 of the 3 lines are right. Measure on more pictures.")

    monkeypatch.setattr(line_trust, "calibrate", fail)
    result = run("calibrate", "digits")
    assert (result.status, result.out) == (1, "")
    assert "Measure on more pictures" in result.err
    assert not list(tmp_path.iterdir())
