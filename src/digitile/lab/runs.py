"""Runs side by side: each once, in processes of their own, their results kept by their digest.

A run that is done is a file ``DIGEST.json``; one that was interrupted has its checkpoint there.
"""

import json
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict
from multiprocessing.managers import SyncManager
from pathlib import Path
from typing import Any, Protocol

from digitile.errors import DigitileError
from digitile.files import write_atomically
from digitile.lab.perform import perform
from digitile.lab.results import Failure, Run, run_of
from digitile.lab.task import Task
from digitile.processors import processors

WAIT_SECONDS = 0.2


class Display(Protocol):
    """What is told how runs get on."""

    def share(self, task: Task, share: float) -> None:
        """Say how much of a run is done, 0 to 1."""

    def done(self, task: Task, outcome: Run | Failure, *, kept: bool) -> None:
        """Say that a run is over; `kept` where it was done before."""


def run_all(
    tasks: Iterable[Task],
    folder: Path,
    data_folder: Path | None,
    display: Display,
    should_stop: Callable[[], bool],
) -> dict[str, Run | Failure]:
    """Do all runs that are not done yet.

    Parameters
    ----------
    tasks : iterable of Task
    folder : Path
        Where runs are kept.
    data_folder : Path or None
        Where data sets are kept.
    display : Display
    should_stop : callable
        Asked several times a second; when true, runs write their checkpoints and stop.

    Returns
    -------
    dict of str to Run or Failure
        By digest; those that were stopped are left out.
    """
    outcomes: dict[str, Run | Failure] = {}
    open_tasks = {}
    for task in tasks:
        kept = kept_run(task, folder)
        if kept is None:
            open_tasks[task.digest] = task
        elif task.digest not in outcomes:
            outcomes[task.digest] = kept
            display.done(task, kept, kept=True)
    if open_tasks:
        for task, outcome in _in_processes(
            list(open_tasks.values()), folder, data_folder, display, should_stop
        ):
            if isinstance(outcome, Run):
                _keep(task, outcome, folder)
            outcomes[task.digest] = outcome
            display.done(task, outcome, kept=False)
    return outcomes


def kept_run(task: Task, folder: Path) -> Run | None:
    """Return a run that was done before; None where it was not, or its file is broken."""
    path = folder / f"{task.digest}.json"
    try:
        value = json.loads(path.read_bytes())
        run = run_of(value["run"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return run if run.digest == task.digest and value["task"] == task.describe() else None


def _keep(task: Task, run: Run, folder: Path) -> None:
    text = json.dumps({"task": task.describe(), "run": asdict(run)})
    write_atomically(folder / f"{task.digest}.json", text.encode())


def _in_processes(
    tasks: list[Task],
    folder: Path,
    data_folder: Path | None,
    display: Display,
    should_stop: Callable[[], bool],
) -> Iterator[tuple[Task, Run | Failure]]:
    """Yield runs as they end, the longest begun first."""
    workers = min(processors(), len(tasks))
    threads = processors() // workers
    context = multiprocessing.get_context("spawn")
    tasks = sorted(tasks, key=lambda task: -task.cost)
    with (
        _manager(context) as manager,
        _pool(workers, context) as pool,
    ):
        shares, stop = manager.Queue(), manager.Event()
        waiting: dict[Future[Run | Failure | None], Task] = {
            pool.submit(_work, task, folder, data_folder, threads, shares, stop): task
            for task in tasks
        }
        by_digest = {task.digest: task for task in tasks}
        while waiting:
            ended, _ = wait(waiting, WAIT_SECONDS, FIRST_COMPLETED)
            while not shares.empty():
                digest, share = shares.get()
                display.share(by_digest[digest], share)
            if should_stop() and not stop.is_set():
                stop.set()
                _drop(waiting)
            for future in ended & waiting.keys():
                task = waiting.pop(future)
                outcome = _outcome(future, task)
                if outcome is not None:
                    yield task, outcome


def _drop(waiting: dict[Future[Run | Failure | None], Task]) -> None:
    """Forget what has not begun, and what cannot be stopped on the way."""
    for future, task in list(waiting.items()):
        if future.cancel() or task.settings is None:
            del waiting[future]


def _outcome(future: Future[Run | Failure | None], task: Task) -> Run | Failure | None:
    try:
        return future.result()
    except BrokenProcessPool:
        return Failure(task.seed, "its process has died. Run the same command again to go on.")


def _work(
    task: Task, folder: Path, data_folder: Path | None, threads: int, shares: Any, stop: Any
) -> Run | Failure | None:
    """Do one run in a worker: whatever goes wrong with it, the others go on."""
    if stop.is_set():
        return None
    try:
        return perform(
            task,
            folder,
            data_folder,
            threads,
            lambda share: shares.put((task.digest, share)),
            stop.is_set,
        )
    except DigitileError as error:
        return Failure(task.seed, str(error))
    except Exception as error:
        return Failure(task.seed, f"internal error, {type(error).__name__}: {error}")


@contextmanager
def _manager(context: Any) -> Iterator[SyncManager]:
    manager = SyncManager(ctx=context)
    manager.start(_live_with_parent)
    with manager:
        yield manager


@contextmanager
def _pool(workers: int, context: Any) -> Iterator[ProcessPoolExecutor]:
    """Make worker processes, and end them, whatever they are doing."""
    before = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(workers, context, initializer=_live_with_parent)
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in set(multiprocessing.active_children()) - before:
            child.terminate()


def _live_with_parent() -> None:
    """Leave Ctrl-C to the parent, and end when it has ended, however it did."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def follow() -> None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
