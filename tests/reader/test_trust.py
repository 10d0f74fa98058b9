"""Which confidence an error rate asks for."""

import math
from dataclasses import replace

import pytest

from digitile.errors import SettingError
from digitile.model import bundled_model, load_model
from digitile.reader.trust import LIKELIER, threshold

PLAIN = replace(load_model(bundled_model()), error_rates=())
MEASURED = replace(PLAIN, error_rates=((0.5, 0.02, 1.0), (0.9, 0.004, 0.99), (0.99, 0.0005, 0.9)))


@pytest.mark.parametrize(
    ("max_error", "least"), [(None, LIKELIER), (0.5, 0.5), (0.01, 0.9), (0.004, 0.9), (0.001, 0.99)]
)
def test_the_least_confidence_that_is_good_enough(max_error: float | None, least: float) -> None:
    assert threshold(MEASURED, max_error) == least


def test_what_nothing_measured_can_promise_accepts_nothing() -> None:
    assert threshold(MEASURED, 1e-5) == math.inf


def test_without_measurements_confidence_is_taken_at_its_word() -> None:
    assert threshold(PLAIN, 0.01) == pytest.approx(0.99)


@pytest.mark.parametrize("wrong", [0.0, 1.0, -1.0, math.nan])
def test_error_rates_out_of_range(wrong: float) -> None:
    with pytest.raises(SettingError, match="between 0 and 1"):
        threshold(MEASURED, wrong)
