"""How sure a line is, and which confidence an error rate asks for."""

import math
from dataclasses import replace

import pytest

from digitile.errors import SettingError
from digitile.model import LineTrust, bundled_model, load_model
from digitile.reader import Evidence
from digitile.reader.trust import LIKELIER, is_measured, line_confidence, threshold

PLAIN = replace(load_model(bundled_model()), error_rates=(), line_trust=None)
ROWS = ((0.0, 0.1, 1.0), (0.5, 0.02, 1.0), (0.9, 0.004, 0.99), (0.99, 0.0005, 0.9))
MEASURED = replace(PLAIN, error_rates=ROWS)
TRUST = LineTrust(
    0.7, 0.5, 0.8, 0.4, -0.3, 0.6, 0.9, -1.5, most_digits=12, least_height=8.0, most_height=50
)
TRUSTED = replace(PLAIN, line_trust=TRUST)
LINE = Evidence(text=0.9, weakest=0.8, digits=4, height=20.0, share=0.2, unread=0.1)


@pytest.mark.parametrize(
    ("max_error", "least"),
    [(None, 0.5), (0.5, 0.0), (0.03, 0.5), (0.01, 0.9), (0.004, 0.9), (0.001, 0.99)],
)
def test_the_least_confidence_that_is_good_enough(max_error: float | None, least: float) -> None:
    assert threshold(MEASURED, max_error) == least


def test_what_nothing_measured_can_promise_accepts_nothing() -> None:
    assert threshold(MEASURED, 1e-5) == math.inf
    poor = replace(PLAIN, error_rates=((0.0, 0.4, 1.0), (0.7, 0.1, 0.5), (0.9, 0.2, 0.1)))
    assert threshold(poor, 0.05) == math.inf
    assert threshold(poor, None) == LIKELIER


@pytest.mark.parametrize("model", [PLAIN, MEASURED, replace(PLAIN, error_rates=((0.0, 0.001, 1),))])
def test_only_who_asks_for_more_errors_accepts_more(model: object) -> None:
    usual = threshold(model, None)  # type: ignore[arg-type]
    for max_error in (0.02, 0.01, 0.002, 1e-4):
        assert threshold(model, max_error) >= usual  # type: ignore[arg-type]


def test_without_measurements_confidence_is_taken_at_its_word() -> None:
    assert threshold(PLAIN, None) == LIKELIER
    assert threshold(PLAIN, 0.01) == pytest.approx(0.99)
    assert line_confidence(PLAIN, replace(LINE, text=0.3)) == 0.3
    assert not is_measured(PLAIN, LINE)


def test_a_line_s_confidence_by_hand() -> None:
    z = 0.5 + 0.8 * math.log(9) + 0.4 * math.log(4) - 0.3 * math.log(4) + 0.6 * math.log(20)
    z -= 1.5 * 0.1
    assert line_confidence(TRUSTED, LINE) == pytest.approx(1 / (1 + math.exp(-z)))
    alone = 0.5 + 0.8 * math.log(9) + 0.4 * math.log(4) + 0.6 * math.log(20) + 0.9 * math.log(0.2)
    alone -= 1.5 * 0.1
    one = replace(LINE, digits=1)
    assert line_confidence(TRUSTED, one) == pytest.approx(1 / (1 + math.exp(-alone)))


def test_confidences_beyond_what_was_measured() -> None:
    def of(**changes: float) -> float:
        return line_confidence(TRUSTED, replace(LINE, **changes))  # type: ignore[arg-type]

    # taller than was measured counts as tall as that; certainty is never quite 1
    assert of(height=500) == of(height=50)
    assert of(height=1) == of(height=8)
    assert 0 < of(text=0.0) < of(text=1.0) < 1


def test_what_was_measured() -> None:
    def known(digits: int, height: float) -> bool:
        return is_measured(TRUSTED, replace(LINE, digits=digits, height=height))

    assert known(12, 8)
    assert known(1, 400)
    assert not known(13, 20)
    assert not known(4, 7)


@pytest.mark.parametrize("wrong", [0.0, 1.0, -1.0, math.nan])
def test_error_rates_out_of_range(wrong: float) -> None:
    with pytest.raises(SettingError, match="between 0 and 1"):
        threshold(MEASURED, wrong)
