import math
from dataclasses import replace
from pathlib import Path

import pytest

from digitile.errors import SettingError
from digitile.papers.catalog import EXPERIMENTS
from digitile.papers.experiment import TrainingWork
from digitile.papers.reproduce import Options, choose, sources, tasks_by_arm
from digitile.papers.task import Task, settings_of

OPTIONS = Options(Path("results"), Path("no-data"), quick=True)


def test_choose() -> None:
    assert choose(EXPERIMENTS, []) == list(EXPERIMENTS)
    names = [each.name for each in choose(EXPERIMENTS, ["lenet5", "sjtu2025", "sjtu2025/base"])]
    assert names == [
        "lenet5", "sjtu2025/base", "sjtu2025/kernels", "sjtu2025/depth", "sjtu2025/dropout",
    ]  # fmt: skip
    with pytest.raises(SettingError, match="Did you mean ma2018/fig7"):
        choose(EXPERIMENTS, ["ma2018/fgi7"])


def test_the_smoke_version_downloads_nothing(tmp_path: Path) -> None:
    found = sources(EXPERIMENTS, replace(OPTIONS, data_folder=tmp_path), None)
    assert {name: source.name for name, source in found.items()} == {"mnist": "digits"}


def test_seeds() -> None:
    (experiment,) = choose(EXPERIMENTS, ["wu2016/mnist"])
    available = sources([experiment], OPTIONS, None)

    def counts(**changes: object) -> list[int]:
        options = replace(OPTIONS, **changes)  # type: ignore[arg-type]
        return [len(tasks) for tasks in tasks_by_arm(experiment, available, options).values()]

    assert counts(quick=False) == [5, 5, 3]
    assert counts() == [2, 2, 2]
    assert counts(seeds=4) == [4, 4, 3]
    assert tasks_by_arm(experiment, {}, OPTIONS) == {arm.name: [] for arm in experiment.arms}


def test_the_smoke_version_is_short() -> None:
    for experiment in EXPERIMENTS:
        for arm in experiment.arms:
            if isinstance(arm.work, TrainingWork):
                settings = settings_of(arm.work, quick=True)
                assert settings.iterations <= 60
                assert (settings.train_pictures, settings.test_pictures) == (0, 0)
                assert math.isfinite(settings.lr)


def test_a_run_of_the_smoke_test_is_called_what_it_is() -> None:
    """Not by the iterations that it would have had."""
    work = TrainingWork("ma2018", ("batch_size=100", "iterations=600", "lr=2"))
    for quick, iterations in ((False, 600), (True, settings_of(work, quick=True).iterations)):
        settings = settings_of(work, quick)
        task = Task(work, settings, "digits", "", "tile", 3, 0.0)
        assert task.label == f"ma2018 batch_size=100 iterations={iterations} lr=2, seed 3"
    assert iterations < 600
