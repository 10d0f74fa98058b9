from dataclasses import replace
from pathlib import Path

import pytest

from digitile.data import load_data
from digitile.errors import DataError
from digitile.papers.experiment import Classifier, TrainingWork
from digitile.papers.perform import perform, sum_up, sum_up_looks
from digitile.papers.task import Task, digest_of
from digitile.training.progress import Record
from digitile.training.settings import Settings

DIGITS = digest_of(load_data("digits"))
SETTINGS = Settings(
    network="1x8x8 - 3C3 - tanh - MP2 - 10N - softmax",
    epochs=4,
    batch_size=50,
    lr=0.3,
    validation=100,
)
TASK = Task(TrainingWork("sjtu2025", watch=True), SETTINGS, "digits", DIGITS, "reference", 1, 1.0)


def test_sum_up_by_hand() -> None:
    losses = [4.0, 2.0, 1.0, 3.0, 2.0, 1.0]
    ends = {1: 3.0, 3: 2.0, 5: 2.5}
    records = [
        Record(
            iteration=i + 1,
            epoch=i // 2 + 1,
            loss=x,
            smoothed=x / 2,
            lr=0.1,
            accuracy=i / 10,
            validation_accuracy=0.7 + i / 50 if i in ends else None,
            epoch_loss=ends.get(i),
        )
        for i, x in enumerate(losses)
    ]
    values, curves = sum_up(records, 2)
    assert values["final"] == 0.5
    assert values["area"] == pytest.approx(13 / 12)
    assert values["epochs"] == 3
    assert values["epoch_loss"] == 2.5
    assert values["mean_epoch_loss"] == 2.5
    assert values["rises"] == 0.5
    assert values["train_error"] == pytest.approx(1 - 0.45)
    assert values["validation_error"] == pytest.approx(0.2)
    assert values["mean_validation_error"] == pytest.approx(0.24)
    assert curves["epoch_loss"].x == [2, 4, 6]
    assert curves["train_error"].y == pytest.approx([0.95, 0.75, 0.55])
    assert curves["smoothed"].y == [2, 1, 0.5, 1.5, 1, 0.5]


def test_sum_up_looks_by_hand() -> None:
    names = ("gradient/a", "gradient/b", "saturated/c", "saturated/d")
    looks = [
        {"iteration": 0, **dict(zip(names, (1.0, 2.0, 0.5, 1.0), strict=True))},
        {"iteration": 9, **dict(zip(names, (2.0, 4.0, 0.1, 1.0), strict=True))},
    ]
    values, curves = sum_up_looks(looks, "d")
    assert values == {"saturated": 0.1, "gradient_ratio": 0.5}
    assert curves["gradient/b"].x == [0, 9]


def test_a_stopped_run_goes_on_to_the_same_result(tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    whole.mkdir()
    parts.mkdir()
    shares: list[float] = []
    first = perform(TASK, whole, None, 1, shares.append, lambda: False)
    assert first is not None
    assert shares[-1] == 1
    assert list(whole.iterdir()) == []
    assert first.digest == TASK.digest
    assert first.values["test_error"] < 0.3
    assert first.values["diverged"] == 0
    assert first.curves["gradient/conv1"].x[0] == 0
    assert "saturated/tanh1" in first.curves

    seen: list[float] = []
    assert perform(TASK, parts, None, 1, seen.append, lambda: seen[-1] > 0.3) is None
    assert (parts / f"{TASK.digest}.checkpoint.safetensors").exists()
    lines = (parts / f"{TASK.digest}.history.jsonl").read_text().splitlines()
    assert 0 < len(lines) < 4 * 27
    second = perform(TASK, parts, None, 1, seen.append, lambda: False)
    assert second is not None
    assert (second.values, second.curves) == (first.values, first.curves)


def test_a_broken_checkpoint_costs_time_only(tmp_path: Path) -> None:
    (tmp_path / f"{TASK.digest}.checkpoint.safetensors").write_bytes(b"\x00" * 99)
    run = perform(TASK, tmp_path, None, 1, [].append, lambda: False)
    assert run is not None
    assert run.values["epochs"] == 4


def test_diverging_is_a_result(tmp_path: Path) -> None:
    settings = SETTINGS.override(["network=1x8x8 - 10N - squared", "lr=1e9"])
    task = Task(TrainingWork("sjtu2025"), settings, "digits", DIGITS, "reference", 1, 1.0)
    run = perform(task, tmp_path, None, 1, [].append, lambda: False)
    assert run is not None
    assert run.values == {"diverged": 1.0}
    assert "diverged" in run.stopped
    assert list(tmp_path.iterdir()) == []


def test_a_classifier(tmp_path: Path) -> None:
    task = Task(Classifier("neighbours"), None, "digits", DIGITS, "reference", 1, 1.0)
    run = perform(task, tmp_path, None, 1, [].append, lambda: False)
    assert run is not None
    assert run.values["test_error"] < 0.05


def test_other_pictures_than_those_that_were_meant(tmp_path: Path) -> None:
    task = replace(TASK, sha256="1" * 64)
    with pytest.raises(DataError, match=r"111111111111… *. Give all machines the same files"):
        perform(task, tmp_path, None, 1, [].append, lambda: False)
