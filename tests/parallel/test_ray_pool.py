"""Runs on a Ray cluster of several nodes, on this machine: one is killed, and all are stopped."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from digitile.papers.results import Failure, Run
from digitile.papers.runs import Outcome, RunJob, build_worker, run_all, work
from digitile.papers.task import Task
from digitile.parallel.pool import Pool, open_pool
from tests.papers.test_perform import SETTINGS, TASK
from tests.parallel.inline import InlinePool

pytestmark = [
    pytest.mark.scale,
    pytest.mark.filterwarnings("ignore"),  # Ray's own: open files and sockets of its processes
]
pytest.importorskip("ray", reason="wants Ray: pip install 'digitile[ray]'")


class Seen:
    """Notes which runs are being done, and calls `then` when there are several."""

    def __init__(self, then: Any = None) -> None:
        self.begun: set[str] = set()
        self.done_: list[str] = []
        self._then = then

    def share(self, task: Task, share: float) -> None:
        self.begun.add(task.digest)
        if len(self.begun) == 2 and self._then:
            self._then()
            self._then = None

    def done(self, task: Task, outcome: Run | Failure, *, kept: bool) -> None:
        self.done_.append(task.digest)


def tasks(epochs: int, count: int, first: int = 0) -> list[Task]:
    settings = replace(SETTINGS, epochs=epochs)
    return [replace(TASK, settings=settings, seed=first + seed) for seed in range(count)]


def runs_pool(cluster: Any) -> Pool[RunJob, Outcome]:
    return open_pool(cluster.address, build_worker, tries=1)


HEAD = {
    "num_cpus": 0,
    "include_dashboard": False,
    "_system_config": {  # a node that is silent for 3 s has been lost; by default, for a minute
        "health_check_initial_delay_ms": 1000,
        "health_check_period_ms": 500,
        "health_check_timeout_ms": 1000,
        "health_check_failure_threshold": 2,
    },
}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args=HEAD)
    try:
        yield made
    finally:
        made.shutdown()


def test_a_node_is_killed_and_all_runs_are_there(cluster: Any, tmp_path: Path) -> None:
    _, lost = cluster.add_node(num_cpus=1), cluster.add_node(num_cpus=1)
    cluster.wait_for_nodes()
    wanted = tasks(60, 4)
    seen = Seen(lambda: cluster.remove_node(lost, allow_graceful=False))
    with runs_pool(cluster) as pool:
        outcomes = run_all(wanted, tmp_path, None, pool, seen, lambda: False)
    assert len(seen.begun) >= 2
    assert len(cluster.worker_nodes) == 1
    assert sorted(seen.done_) == sorted(task.digest for task in wanted)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        f"{task.digest}.json" for task in wanted
    )

    # The same as without a cluster, and without a loss.
    (tmp_path / "here").mkdir()
    alone = run_all(wanted[:1], tmp_path / "here", None, InlinePool(work), Seen(), lambda: False)
    here, there = alone[wanted[0].digest], outcomes[wanted[0].digest]
    assert isinstance(here, Run)
    assert isinstance(there, Run)
    assert (here.values, here.curves) == (there.values, there.curves)


def test_a_stop_and_a_folder_that_is_not_shared(cluster: Any, tmp_path: Path) -> None:
    if not cluster.worker_nodes:
        cluster.add_node(num_cpus=1)
    cluster.wait_for_nodes()
    seen, long = Seen(), tasks(100_000, 3, first=10)
    with runs_pool(cluster) as pool:
        started = time.monotonic()
        outcomes = run_all(long, tmp_path, None, pool, seen, lambda: bool(seen.begun))
        assert outcomes == {}
        assert time.monotonic() - started < 60
    checkpoints = [
        path.name.partition(".")[0] for path in tmp_path.glob("*.checkpoint.safetensors")
    ]
    assert set(checkpoints) == seen.begun
