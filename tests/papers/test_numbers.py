import pytest

from digitile.errors import SettingError
from digitile.papers.numbers import Statistic, describe, of, statistic
from digitile.papers.results import ArmResult, Curve, Run

RUN = Run(
    0,
    "d",
    2.5,
    "",
    {"test_error": 0.02, "final": 0.5},
    {"validation_error": Curve([20.0, 40.0, 60.0], [0.3, 0.2, 0.1])},
)
ARM = ArmResult("a", 3898, 50, 20, {}, [RUN])


def test_numbers_of_a_run() -> None:
    assert of(ARM, RUN, "accuracy") == pytest.approx(0.98)
    assert of(ARM, RUN, "final") == 0.5
    assert of(ARM, RUN, "seconds") == 2.5
    assert of(ARM, RUN, "area") is None
    assert of(ARM, RUN, "validation_error@2") == 0.2
    assert of(ARM, RUN, "validation_error@3") == 0.1
    assert of(ARM, RUN, "validation_error@4") is None  # it ended before
    assert of(ARM, RUN, "smoothed@1") is None
    parameters = statistic(ARM, "parameters")
    assert parameters is not None
    assert parameters.mean == 3898
    assert statistic(ARM, "dead") is None


def test_how_they_are_shown() -> None:
    accuracy = describe("accuracy")
    assert Statistic({0: 0.98, 1: 0.99}).show(accuracy) == "98.50 ± 0.71 %"
    assert Statistic({0: 0.98}).show(accuracy) == "98.00 %"
    assert Statistic({0: 3898.0}).show(describe("parameters")) == "3,898"
    assert describe("validation_error@30").label.en == "held-out error, epoch 30"
    with pytest.raises(SettingError, match="unknown number 'speed'"):
        describe("speed")
