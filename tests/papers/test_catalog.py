"""The catalog is complete, and everything in it can be run and judged."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from digitile import recipes
from digitile.papers import catalog, experiment
from digitile.papers.catalog import EXPERIMENTS
from digitile.papers.experiment import (
    Arm,
    Best,
    ClaimedValue,
    Difference,
    Experiment,
    Falling,
    Text,
    TrainingWork,
)
from digitile.papers.numbers import describe
from digitile.papers.task import settings_of

NAMES = """
    ma2018/fig4 ma2018/fig5 ma2018/fig6 ma2018/fig7 ma2018/fig8 ma2018/fig9 ma2018/vanishing
    sjtu2025/base sjtu2025/kernels sjtu2025/depth sjtu2025/dropout
    li2017/fig4 li2017/fig5 li2017/fig6 li2017/fig7 li2017/table1
    wu2016/mnist wu2016/thresholds wu2016/cifar10 wu2016/pooling wu2016/init wu2016/plain
    lenet5
"""
CLAIMED = {
    "ma2018": ["0", "k = 0.13", "0.1694", "lr = 2", "0.0481", "α = 0.05", "α = 0"],
    "sjtu2025": ["98.2 %", "98.5 %", "98.7 %", "96.5 %", "97.8 %", "97.82 %", "97.22 %"],
    "li2017": ["50", "> 90 %", "2.0", "15.00 %", "5.50 %", "1.69 %", "0.98 %", "3,966"],
    "wu2016": ["99.14 %", "99.09 %", "14", "17", "0.2572", "74.90 %", "96 %", "50 %"],
    "lenet5": ["60,000"],
}
by_name = pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda each: each.name)


def test_all_experiments_are_there() -> None:
    assert [experiment.name for experiment in EXPERIMENTS] == NAMES.split()


@pytest.mark.parametrize("paper", CLAIMED)
def test_every_figure_that_is_claimed_has_a_check(paper: str) -> None:
    claims = [claim for each in EXPERIMENTS if each.paper == paper for claim in each.claims]
    assert set(CLAIMED[paper]) <= {claim.claimed for claim in claims}


def arms_of(check: object) -> tuple[str, ...]:
    if isinstance(check, ClaimedValue):
        return (check.arm,)
    if isinstance(check, Best):
        return (check.arm, *check.among)
    if isinstance(check, Falling):
        return check.arms
    return (check.arm, check.other) if isinstance(check, Difference) else ()


@by_name
def test_names_fit(experiment: Experiment) -> None:
    arms = [arm.name for arm in experiment.arms]
    panels = [panel.name for panel in experiment.panels]
    claims = [claim.id for claim in experiment.claims]
    for names in (arms, panels, claims):
        assert len(set(names)) == len(names)
    assert panels[0] == "paper"
    for each in experiment.assumptions:
        where, _, panel = each.panel.rpartition(":")
        other = next(other for other in EXPERIMENTS if other.name == (where or experiment.name))
        assert panel in {"", *(known.name for known in other.panels)}, each.name
    assert experiment.claims
    for claim in experiment.claims:
        assert set(arms_of(claim.check)) <= set(arms), claim.id
        describe(getattr(claim.check, "number", "accuracy"))
    for number in experiment.numbers:
        describe(number)


@by_name
def test_settings_parse_and_differ(experiment: Experiment) -> None:
    trainings = [arm for arm in experiment.arms if isinstance(arm.work, TrainingWork)]
    settings = []
    for arm in trainings:
        assert isinstance(arm.work, TrainingWork)
        settings_of(arm.work, quick=True)
        settings.append((settings_of(arm.work, quick=False), arm.work.watch))
    assert len(set(settings)) == len(settings), "two arms are the same"


@by_name
def test_enough_seeds(experiment: Experiment) -> None:
    def seeds(arm: Arm) -> int:
        return arm.seeds or experiment.seeds

    for arm in experiment.panels[0].arms:
        cifar10 = isinstance(arm.work, TrainingWork) and arm.work.recipe.startswith(
            "wu2016-cifar10"
        )
        assert seeds(arm) >= (2 if cifar10 else 5), arm.name


def test_cifar10_stays_affordable() -> None:
    runs = {
        settings_of(arm.work, quick=False): arm.seeds
        for each in EXPERIMENTS
        for arm in each.arms
        if isinstance(arm.work, TrainingWork) and recipes.find(arm.work.recipe)[0].data == "cifar10"
    }
    assert 0 < sum(runs.values()) <= 9
    assert min(runs.values()) >= 2


def keys(value: Any) -> Iterator[str]:
    """Yield the keys of tables, but not the names of notes and assumptions."""
    if isinstance(value, dict):
        yield from value
    for part in value.values() if isinstance(value, dict) else value:
        if isinstance(part, dict | list):
            yield from keys(part)


@pytest.mark.parametrize("paper", catalog.PAPERS)
def test_no_key_is_misspelt(paper: str) -> None:
    """A key that is no field would be passed over in silence."""
    path = Path(catalog.__file__).with_name(f"{paper}.toml")
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    kinds = [kind for kind in vars(experiment).values() if isinstance(kind, type)]
    known = {"kind", "settings", "experiments", "notes", "assumptions"}
    for kind in kinds:
        known |= set(getattr(kind, "__dataclass_fields__", ()))
        known |= set(kind.__struct_fields__) if issubclass(kind, msgspec.Struct) else set()
    shared = {*found.get("notes", ()), *found.get("assumptions", ())}
    assert set(keys(found)) - known - shared == set()


def texts(value: object) -> list[Text]:
    if isinstance(value, Text):
        return [value]
    if isinstance(value, tuple):
        return [text for part in value for text in texts(part)]
    if hasattr(value, "__dataclass_fields__"):
        return [text for part in vars(value).values() for text in texts(part)]
    return []  # works and checks have none


@by_name
def test_both_languages_are_written(experiment: Experiment) -> None:
    found = texts(experiment)
    assert found
    assert all(text.en.strip() and text.zh.strip() for text in found)
    assert any("\u4e00" <= letter <= "\u9fff" for text in found for letter in text.zh)
