"""A sweep: what is tried, and what is chosen."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from digitile.data import load_data
from digitile.errors import SettingError
from digitile.papers.results import Failure, Run
from digitile.papers.runs import work
from digitile.papers.task import Task
from digitile.sweep.grid import read_grid
from digitile.sweep.sweep import Request, Swept, Tried, sweep
from tests.parallel.inline import InlinePool

NETWORK = "network=1x8x8 - 10N - softmax"
REQUEST = Request(
    "sjtu2025",
    (NETWORK, "lr=0.01,0.3", "seed=0..2", "batch_size=50", "epochs=2"),
    engine="reference",
)


class Seen:
    def __init__(self) -> None:
        self.kept: list[bool] = []
        self.tasks: list[Task] = []

    def begin(self, tasks: Sequence[Task]) -> "Seen":
        self.tasks += tasks
        return self

    def share(self, task: Task, share: float) -> None:
        pass

    def done(self, task: Task, outcome: Run | Failure, *, kept: bool) -> None:
        self.kept.append(kept)


def go(request: Request, out: Path, stop_after: int = 1000) -> tuple[Swept, Seen]:
    seen = Seen()
    stop = lambda: len(seen.kept) >= stop_after  # noqa: E731
    swept = sweep(request, out, None, InlinePool(work), seen.begin, stop, None)
    return swept, seen


def run(seed: int, validation: float, test: float = 0.5) -> Run:
    values = {"validation_error": validation, "test_error": test, "diverged": 0.0}
    return Run(seed, f"{seed}", 1.0, "", values, {})


def diverged(seed: int) -> Run:
    return Run(seed, f"{seed}", 1.0, "", {"diverged": 1.0}, {})


def test_the_choice_is_made_by_held_out_pictures_alone() -> None:
    tried = [
        Tried(("lr=1",), 100, [run(0, 0.2, 0.0), run(1, 0.3, 0.0)], []),
        Tried(("lr=2",), 100, [run(0, 0.1, 0.9), run(1, 0.2, 0.9)], []),
        Tried(("lr=3",), 100, [run(0, 0.0, 0.0), diverged(1)], []),
        Tried(("lr=4",), 100, [run(0, 0.0)], [Failure(1, "no")]),
        Tried(("lr=5",), 100, [diverged(0), diverged(1)], []),
        Tried(("lr=6",), 100, [run(0, 0.2, 0.0), run(1, 0.1, 0.0)], []),
    ]
    swept = Swept(REQUEST, read_grid(["lr=1..6", "seed=0..1"]), "digits", tried, True)
    assert [each.score for each in tried] == pytest.approx([0.75, 0.85, 0.5, 1.0, 0.0, 0.85])
    assert swept.chosen is tried[1]  # the first of equals; the one with a failure cannot be
    value = swept.as_json()
    assert value["chosen"]["test_accuracy"] == {
        "mean": pytest.approx(0.1), "std": 0.0, "seeds": {"0": 0.1, "1": 0.1},
    }  # fmt: skip
    assert value["tried"][0]["validation_accuracy"]["mean"] == 0.75
    assert value["tried"][0]["validation_accuracy"]["std"] == pytest.approx(np.sqrt(0.005))
    assert [each["diverged"] for each in value["tried"]] == [0, 0, 1, 0, 2, 0]
    assert "test" not in str(value["tried"])
    assert replace(swept, whole=False).chosen is None


def test_a_grid_and_going_on_with_it(tmp_path: Path) -> None:
    part, seen = go(REQUEST, tmp_path, stop_after=2)
    assert not part.whole
    assert part.chosen is None
    done = len(seen.kept)
    assert 2 <= done == len(list((tmp_path / "runs").glob("*.json"))) < 6

    swept, seen = go(REQUEST, tmp_path)
    assert seen.kept == [True] * done + [False] * (6 - done)
    assert [each.overrides[1] for each in swept.tried] == ["lr=0.01", "lr=0.3"]
    assert swept.chosen is swept.tried[1]
    assert swept.chosen.accuracy is not None
    assert swept.chosen.accuracy.mean > 0.7
    sixth = len(load_data("digits").train) // 6
    assert {task.settings.validation for task in seen.tasks if task.settings} == {sixth}
    assert swept.tried[0].validation == sixth

    # Another sweep over some of the same settings, written in another way, has them already.
    other = replace(REQUEST, assignments=(NETWORK, "lr=0.30,3e-1", "batch_size=50", "epochs=2"))
    again, seen = go(other, tmp_path)
    assert seen.kept == [True]
    assert again.tried[0].runs == swept.tried[1].runs[:1]
    assert other.name != REQUEST.name


def test_a_search(tmp_path: Path) -> None:
    pytest.importorskip("optuna", reason="wants Optuna: pip install 'digitile[sweep]'")
    from digitile.sweep.search import Tpe

    wanted = (NETWORK, "lr=0.001:1:log", "batch_size=20..22", "epochs=1", "seed=0,1")
    request = replace(REQUEST, assignments=wanted, tpe=Tpe(5, 2, 7))
    part, _ = go(request, tmp_path / "parts", stop_after=5)
    assert not part.whole
    assert len(part.tried) < 5
    swept, seen = go(request, tmp_path / "parts")
    assert seen.kept.count(True) >= 4
    whole, _ = go(request, tmp_path / "whole")
    assert len(whole.tried) == 5
    strip: Any = lambda swept: [  # noqa: E731
        (each.overrides, [run.values for run in each.runs]) for each in swept.tried
    ]
    assert strip(whole) == strip(swept)
    assert whole.chosen is not None
    assert whole.chosen.score == max(each.score for each in whole.tried)


@pytest.mark.parametrize(
    "assignments",
    [
        (NETWORK, "iterations=5"),
        (NETWORK, "epochs=1", "batch_size=50", "validate_every=100"),
    ],
)
def test_trainings_that_end_before_a_validation_is_due(
    tmp_path: Path, assignments: tuple[str, ...]
) -> None:
    swept, _ = go(replace(REQUEST, assignments=assignments), tmp_path)
    assert all(each.accuracy is not None for each in swept.tried)
    assert swept.chosen is not None


def test_what_cannot_be_run_is_said_before_anything_is(tmp_path: Path) -> None:
    for assignments, words in (
        (("lr=0.1,x",), "lr takes a number"),
        (("momentum=0.5,1",), "momentum is 1"),
        (("lrr=1",), "Did you mean lr"),
        (("lr=0.1:1",), "--search tpe"),
    ):
        with pytest.raises(SettingError, match=words):
            go(replace(REQUEST, assignments=assignments), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_failure_is_no_choice(tmp_path: Path) -> None:
    request = replace(
        REQUEST, assignments=("network=1x8x8 - 10N - softmax,1x8x8 - 9N - softmax", "epochs=1")
    )
    swept, _ = go(request, tmp_path)
    assert "9 outputs" in swept.tried[1].failures[0].message
    assert swept.chosen is swept.tried[0]
