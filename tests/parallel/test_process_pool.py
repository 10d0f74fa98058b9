"""Questions to processes of this machine."""

import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from digitile.errors import DigitileError, WorkerLost
from digitile.parallel.pool import in_order
from digitile.parallel.process_pool import ProcessPool
from digitile.parallel.worker import Link, Work
from digitile.processors import processors


def build() -> Work[Any, Any]:
    return work


def work(question: Any, link: Link) -> Any:
    if question == "die":
        os._exit(3)
    if question == "until stopped":
        link.tell(os.getpid())
        while not link.stopped():
            time.sleep(0.02)
        return "stopped"
    if question == "process":
        return os.getpid()
    return question**2


def until(condition: Callable[[], Any]) -> Any:
    end = time.monotonic() + 60
    while not (found := condition()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return found


def test_answers_come_in_order_and_a_death_costs_one() -> None:
    taken: list[int] = []

    def questions() -> Iterator[Any]:
        for number in range(40):
            taken.append(number)
            yield "die" if number == 13 else number

    with ProcessPool(build, size=2) as pool:
        answers = in_order(pool, questions(), 3)
        assert next(answers) == 0
        assert len(taken) <= 3 * (2 * 2 + 1)  # a little further only
        rest = list(answers)
    assert isinstance(rest.pop(12), WorkerLost)
    assert rest == [number**2 for number in range(1, 40) if number != 13]


def test_processes_start_when_they_are_needed() -> None:
    before = len(multiprocessing.active_children())
    with ProcessPool(build, size=4) as pool:
        assert len(multiprocessing.active_children()) == before
        (first,) = pool.submit(["process"]).result()
        (second,) = pool.submit(["process"]).result()
        assert first == second
    assert len(multiprocessing.active_children()) == before


def test_a_stop_ends_what_has_begun_and_cancels_the_rest() -> None:
    begun: SimpleQueue[int] = SimpleQueue()
    with ProcessPool(build, size=2) as pool:
        futures = [pool.submit(["until stopped"], begun.put) for _ in range(5)]
        assert begun.get(timeout=60) != begun.get(timeout=60)
        pool.stop()
        assert [future.result(60) for future in futures[:2]] == [["stopped"]] * 2
        for future in futures[2:]:
            with pytest.raises(CancelledError):
                future.result(60)


def test_the_end_ends_all() -> None:
    begun: SimpleQueue[int] = SimpleQueue()
    with ProcessPool(build, size=1) as pool:
        future = pool.submit(["until stopped"], begun.put)
        begun.get(timeout=60)
    with pytest.raises(DigitileError, match="stopped"):
        future.result(60)
    assert not multiprocessing.active_children()


def test_few_jobs_have_several_threads() -> None:
    pool = ProcessPool(build)
    assert pool.size == pool.threads(1) == processors()
    assert pool.threads(10**6) == 1


PARENT = """
import os, signal
from digitile.parallel.process_pool import ProcessPool
from tests.parallel.test_process_pool import build
if __name__ == "__main__":
    pool = ProcessPool(build, size=1)
    pool.submit(["until stopped"], lambda pid: print(pid, flush=True)).result()
"""


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for a process in /proc")
def test_processes_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    root = Path(__file__).parent.parent.parent
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), *sys.path])}
    with subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, text=True, env=environment
    ) as parent:
        assert parent.stdout is not None
        child = Path("/proc") / parent.stdout.readline().strip()
        assert child.exists()
        parent.kill()
    until(lambda: not child.exists() or "zombie" in (child / "status").read_text())
