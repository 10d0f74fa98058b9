"""Verdicts on numbers worked by hand.

t for 2 degrees of freedom at 5 % is 4.303, so of three differences the mean has to be 4.303 times
their standard deviation / √3 away from 0.
"""

import pytest

from digitile.papers.experiment import (
    Arm,
    Best,
    Check,
    Claim,
    ClaimedValue,
    Difference,
    Experiment,
    Falling,
    Figure,
    Function,
    Panel,
    Text,
    TrainingWork,
    WholePictures,
)
from digitile.papers.functions import draw
from digitile.papers.numbers import Statistic
from digitile.papers.results import ArmResult, ClaimResult, Run
from digitile.papers.verdict import QUICK, ahead, judge

T = Text("x", "某")


def arm(name: str) -> Arm:
    return Arm(name, Text(f"arm {name}", f"组 {name}"), TrainingWork("ma2018"))


def measured(name: str, *errors: float, diverged: float = 0.0) -> ArmResult:
    runs = [
        Run(
            seed, "d", 1.0, "", {"diverged": diverged} | ({} if diverged else {"test_error": x}), {}
        )
        for seed, x in enumerate(errors)
    ]
    return ArmResult(name, 3898, 50, 20, {}, runs)


def verdict(
    check: Check, *arms: ArmResult, quick: bool = False, skipped: Text | None = None
) -> ClaimResult:
    names = {each.name for each in arms} | {"a", "b", "c"}
    panel = Panel("paper", T, tuple(arm(name) for name in sorted(names)))
    experiment = Experiment(
        "paper/x", T, (panel,), Figure("curves"), claims=(Claim("id", T, "98 %", check),)
    )
    (result,) = judge(experiment, list(arms), quick, skipped)
    assert (result.id, result.claimed) == ("id", "98 %")
    return result


@pytest.mark.parametrize(
    ("sense", "value", "tolerance", "loose", "expected"),
    [
        # The mean of 2.0, 2.2 and 2.4 % is 2.2 %, its standard error 0.1155 points, t times it 0.5.
        ("near", 0.022, 0, 0, "holds"),
        ("near", 0.023, 0.001, 0, "holds"),
        ("near", 0.026, 0, 0, "undecided"),  # 0.4 points away: chance
        ("near", 0.026, 0, 0.005, "trend"),
        ("near", 0.030, 0, 0, "fails"),  # 0.8 points away
        ("near", 0.030, 0, 0.01, "trend"),
        ("most", 0.025, 0, 0, "holds"),
        ("most", 0.022, 0, 0, "holds"),
        ("most", 0.016, 0, 0, "fails"),
        ("most", 0.016, 0.006, 0, "holds"),
        ("least", 0.015, 0, 0, "holds"),
        ("least", 0.028, 0, 0, "fails"),
        ("least", 0.028, 0, 0.007, "trend"),
    ],
)
def test_value(sense: str, value: float, tolerance: float, loose: float, expected: str) -> None:
    check = ClaimedValue("a", "test_error", sense, value, tolerance, loose)  # type: ignore[arg-type]
    result = verdict(check, measured("a", 0.020, 0.022, 0.024))
    assert result.verdict == expected
    assert result.measured == "2.20 ± 0.20 %"
    assert "2.20 ± 0.20 % over 3 seeds" in result.reason.en
    assert f"{100 * value:.2f} %" in result.reason.en
    assert "2.20 ± 0.20 %" in result.reason.zh
    assert "组 a" in result.reason.zh


def test_ahead_pairs_by_seed() -> None:
    # Differences 1, 2, 3: mean 2, standard error 0.577, times 4.303 = 2.48: chance. 2, 2.5, 3: not.
    low = Statistic({0: 5.0, 1: 1.0, 2: 9.0})
    assert not ahead(low, Statistic({0: 6.0, 1: 3.0, 2: 12.0}))
    far = Statistic({0: 7.0, 1: 3.5, 2: 12.0})
    assert ahead(low, far)
    assert not ahead(far, low)
    assert ahead(low, Statistic({0: 5.5, 1: 1.5, 2: 9.5}))  # the same each time
    assert not ahead(low, low)
    assert ahead(Statistic({0: 1.0}), Statistic({0: 3.0, 1: 3.1, 2: 3.2}))
    assert not ahead(Statistic({0: 1.0}), Statistic({0: 3.0}))


A = measured("a", 0.010, 0.011, 0.012)
B = measured("b", 0.020, 0.022, 0.024)  # 1.0, 1.1, 1.2 points above a
C = measured("c", 0.012, 0.010, 0.013)  # 0.2, −0.1, 0.1 above a: chance


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        (Best("a", ("b",), "test_error"), "holds"),
        (Best("a", ("a", "b", "c"), "test_error"), "trend"),
        (Best("c", ("a", "b"), "test_error"), "undecided"),
        (Best("b", ("a", "c"), "test_error"), "fails"),
        (Best("b", ("a", "c"), "test_error", highest=True), "holds"),
        (Best("a", ("b",), "test_error", highest=True), "fails"),
        (Best("b", ("a",), "accuracy"), "holds"),
        (Falling(("b", "a"), "test_error"), "holds"),
        (Falling(("b", "c", "a"), "test_error"), "trend"),
        (Falling(("c", "a"), "test_error"), "undecided"),
        (Falling(("a", "b"), "test_error"), "fails"),
        (Difference("a", "b", "test_error", -0.011, 0.001), "holds"),
        (Difference("a", "b", "test_error", -0.002, 0.001), "trend"),
        (Difference("a", "b", "test_error", 0.002, 0.001), "fails"),
        (Difference("c", "a", "test_error", 0.002, 0.001), "undecided"),
    ],
)
def test_comparisons(check: Check, expected: str) -> None:
    result = verdict(check, A, B, C)
    assert result.verdict == expected
    assert result.reason.en.endswith(".")
    assert result.reason.zh.endswith("。")


def test_reasons_hold_the_figures() -> None:
    best = verdict(Best("b", ("a", "c"), "test_error"), A, B, C)
    assert best.measured == "3 / 3: 2.20 ± 0.20 %"
    assert best.reason.en == (
        "arm b: test error 2.20 ± 0.20 %, place 3 of 3, lowest first; arm a has 1.10 ± 0.10 %."
    )
    falling = verdict(Falling(("b", "c", "a"), "test_error"), A, B, C)
    assert "1 of 2 steps fall by more than chance" in falling.reason.en
    difference = verdict(Difference("a", "b", "test_error", -0.011, 0.001), A, B)
    assert difference.measured == "-1.10 %"


def test_a_rival_that_diverged_is_behind() -> None:
    lost = measured("b", 0, 0, 0, diverged=1.0)
    assert verdict(Best("a", ("b",), "test_error"), A, lost).verdict == "holds"
    assert verdict(ClaimedValue("b", "test_error", "most", 1.0), lost).verdict == "undecided"


@pytest.mark.parametrize(
    ("rate", "pictures", "digits", "expected"),
    [
        (0.0098, 1000, 2, "fails"),  # 9.8 pictures
        (0.0098, 10000, 2, "holds"),
        (0.010, 1000, 2, "holds"),
        (0.333, 3, 1, "holds"),  # one of three, rounded
        (0.335, 3, 1, "fails"),
    ],
)
def test_whole_pictures(rate: float, pictures: int, digits: int, expected: str) -> None:
    assert verdict(WholePictures(rate, pictures, digits)).verdict == expected


def test_the_smoke_version_decides_nothing_but_facts() -> None:
    assert verdict(Best("a", ("b",), "test_error"), A, B, quick=True).reason == QUICK
    result = verdict(ClaimedValue("a", "test_error", "most", 0.9), A, quick=True)
    assert (result.verdict, result.measured) == ("undecided", "1.10 ± 0.10 %")
    assert verdict(WholePictures(0.0098, 1000, 2), quick=True).verdict == "fails"
    count = ClaimedValue("a", "parameters", "near", 3966)
    assert verdict(count, A, quick=True).verdict == "fails"


def test_a_function_is_a_fact() -> None:
    panel = Panel("paper", T, (Arm("tanh", T, Function("tanh")),))
    claim = Claim("id", T, "0", ClaimedValue("tanh", "slope_2", "near", 0.0, loose=0.1))
    experiment = Experiment("paper/x", T, (panel,), Figure("functions"), claims=(claim,))
    arms = [ArmResult("tanh", 0, 0, 0, {}, [draw(Function("tanh"))])]
    (result,) = judge(experiment, arms, True, None)
    assert (result.verdict, result.measured) == ("trend", "0.0707")


def test_what_is_missing_is_undecided_and_says_why() -> None:
    skipped = Text("Skipped: needs CIFAR-10.", "已跳过")
    empty = ArmResult("a", 3898, 50, 0, {}, [])
    check = ClaimedValue("a", "test_error", "most", 0.1)
    assert verdict(check, empty, skipped=skipped).reason == skipped
    assert verdict(check, empty).verdict == "undecided"
    assert "arm a" in verdict(check, empty).reason.en
    assert verdict(ClaimedValue("a", "parameters", "near", 3898), empty).verdict == "holds"
