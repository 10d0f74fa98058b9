"""Runs in processes of their own, kept by what determines them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from digitile.files import write_atomically
from digitile.papers.experiment import TrainingWork
from digitile.papers.results import Failure, Run
from digitile.papers.runs import Outcome, RunJob, build_worker, kept_run, run_all, work
from digitile.papers.task import Task
from digitile.parallel.pool import Pool
from digitile.parallel.process_pool import ProcessPool
from digitile.parallel.worker import Link
from tests.papers.test_perform import DIGITS, SETTINGS
from tests.parallel.inline import InlinePool

TASK = Task(TrainingWork("sjtu2025"), SETTINGS, "digits", DIGITS, "reference", 0, 1.0)
BROKEN = replace(TASK, data="no such data")


class Seen:
    def __init__(self) -> None:
        self.outcomes: list[tuple[int, type, bool]] = []

    def share(self, task: Task, share: float) -> None:
        assert 0 <= share <= 1

    def done(self, task: Task, outcome: Run | Failure, *, kept: bool) -> None:
        self.outcomes.append((task.seed, type(outcome), kept))


def go(
    tasks: list[Task], folder: Path, pool: Pool[RunJob, Outcome], stop: bool = False
) -> tuple[dict[str, Run | Failure], Seen]:
    seen = Seen()
    return run_all(tasks, folder, None, pool, seen, lambda: stop), seen


def test_runs_are_done_once_and_failures_cost_no_other(tmp_path: Path) -> None:
    other = replace(TASK, seed=1)
    with ProcessPool(build_worker, tries=1) as pool:
        outcomes, seen = go([TASK, TASK, other, BROKEN], tmp_path, pool)
    assert sorted(seen.outcomes, key=str) == [
        (0, Failure, False), (0, Run, False), (1, Run, False),
    ]  # fmt: skip
    failure = outcomes[BROKEN.digest]
    assert isinstance(failure, Failure)
    assert "no such data" in failure.message

    assert len(list(tmp_path.iterdir())) == 2
    pool = InlinePool(work)
    again, seen = go([TASK, other], tmp_path, pool)
    assert pool.submitted == 0
    assert seen.outcomes == [(0, Run, True), (1, Run, True)]
    assert again == {task.digest: outcomes[task.digest] for task in (TASK, other)}


def test_a_stop_leaves_what_is_not_done(tmp_path: Path) -> None:
    with ProcessPool(build_worker, tries=1) as pool:
        outcomes, seen = go([TASK, replace(TASK, seed=1)], tmp_path, pool, stop=True)
    assert outcomes == {}
    assert seen.outcomes == []


def test_a_run_that_someone_else_does_is_waited_for(tmp_path: Path) -> None:
    theirs = Run(0, TASK.digest, 1.0, "theirs", {"test_error": 0.1}, {})
    other = replace(TASK, seed=1)
    lock = FileLock(tmp_path / f"{TASK.digest}.lock", thread_local=False)
    lock.acquire()

    def finish() -> None:
        whole = {"task": TASK.describe(), "run": vars(theirs)}
        write_atomically(tmp_path / f"{TASK.digest}.json", json.dumps(whole).encode())
        lock.release()

    done: list[Task] = []

    def work_beside(job: RunJob, link: Link) -> Outcome:
        if done.count(TASK) == 1 and other in done:
            finish()
        done.append(job.task)
        return work(job, link)

    outcomes, _ = go([TASK, other], tmp_path, InlinePool(work_beside))
    assert outcomes[TASK.digest] == theirs
    assert isinstance(outcomes[other.digest], Run)
    assert done == [TASK, other, TASK]  # the other one meanwhile


def test_a_worker_that_does_not_share_the_folder(tmp_path: Path) -> None:
    pool = InlinePool(work)
    (run,) = pool.submit([RunJob(TASK, tmp_path / "not here", tmp_path, 1)]).result()
    assert isinstance(run, Run)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},
        {"settings": SETTINGS.override(["lr=0.2"])},
        {"data": "mnist"},
        {"sha256": "1" * 64},
        {"engine": "tile"},
        {"work": TrainingWork("sjtu2025", watch=True)},
    ],
)
def test_whatever_determines_a_run_is_in_its_digest(change: dict[str, object]) -> None:
    assert replace(TASK, **change).digest != TASK.digest  # type: ignore[arg-type]


def test_what_does_not_matter_is_not() -> None:
    assert replace(TASK, cost=9.0).digest == TASK.digest
    same = replace(TASK, work=TrainingWork("sjtu2025/dropout", ("lr=0.3",)))
    assert same.digest == TASK.digest  # the settings say it all


def test_a_broken_or_foreign_file_is_no_kept_run(tmp_path: Path) -> None:
    run = Run(0, TASK.digest, 1.0, "", {"test_error": 0.1}, {})
    path = tmp_path / f"{TASK.digest}.json"
    whole = {"task": TASK.describe(), "run": vars(run)}
    path.write_text(json.dumps(whole))
    assert kept_run(TASK, tmp_path) == run
    assert kept_run(replace(TASK, seed=1), tmp_path) is None
    for content in (b"", b"{}", b"[1]", json.dumps({**whole, "task": {}}).encode(), b"\xff" * 9):
        path.write_bytes(content)
        assert kept_run(TASK, tmp_path) is None
