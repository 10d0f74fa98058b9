"""Runs side by side: each once, their results kept by their digest.

A run that is done is a file ``DIGEST.json``; one that was interrupted has its checkpoint there, one
that is being done a lock. Several processes, also of several machines, may share the folder.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import msgspec
from filelock import FileLock, Timeout

from digitile.data import default_folder
from digitile.errors import DigitileError, UsageError, WorkerLost
from digitile.files import write_atomically
from digitile.papers.perform import perform
from digitile.papers.results import Failure, Run
from digitile.papers.task import Task
from digitile.parallel.pool import Pool
from digitile.parallel.worker import Link, Work

WAIT_SECONDS = 0.2

CLAIM_SECONDS = 1.0
"""So long a worker waits for a run that someone else is doing, before it takes another."""


class Display(Protocol):
    """What is told how runs get on."""

    def share(self, task: Task, share: float) -> None:
        """Say how much of a run is done, 0 to 1."""

    def done(self, task: Task, outcome: Run | Failure, *, kept: bool) -> None:
        """Say that a run is over; `kept` where it was done before."""


@dataclass(frozen=True)
class Elsewhere:
    """What becomes of a run that someone else is doing just now."""


Outcome = Run | Failure | Elsewhere | None
"""None for a run that was told to stop."""


@dataclass(frozen=True)
class RunJob:
    """A run to be done by a worker, with the folders of runs and data sets."""

    task: Task
    folder: Path
    data_folder: Path
    threads: int


@dataclass(frozen=True)
class Kept:
    """What the file of a run holds: what determined it (`Task.describe`), and the run."""

    task: dict[str, Any]
    run: Run


def runs_folder(out: Path) -> Path:
    """Return where the runs of results in `out` are kept; made where it is missing.

    Raises `UsageError` where it cannot be made.
    """
    runs = out / "runs"
    try:
        runs.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot make {runs}: {error.strerror}. Choose another --out.") from None
    return runs.resolve()


def run_all(
    tasks: Iterable[Task],
    folder: Path,
    data_folder: Path | None,
    pool: Pool[RunJob, Outcome],
    display: Display,
    should_stop: Callable[[], bool],
) -> dict[str, Run | Failure]:
    """Do all runs that are not done yet.

    Parameters
    ----------
    folder : Path
        Where runs are kept.
    data_folder : Path or None
        Where data sets are kept.
    pool : Pool
        Of workers that `build_worker` builds; it is not touched where all are done.
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
        data = (data_folder or default_folder()).resolve()  # a worker may stand elsewhere
        threads = pool.threads(len(open_tasks))
        jobs = [
            RunJob(task, folder, data, threads)
            for task in sorted(open_tasks.values(), key=lambda task: -task.cost)
        ]
        for task, outcome in _done_by(pool, jobs, display, should_stop):
            if isinstance(outcome, Run):  # of a worker that keeps its runs elsewhere
                outcome = kept_run(task, folder) or _keep(task, outcome, folder)
            outcomes[task.digest] = outcome
            display.done(task, outcome, kept=False)
    return outcomes


def kept_run(task: Task, folder: Path) -> Run | None:
    """Return a run that was done before; None where it was not, or its file is broken."""
    path = folder / f"{task.digest}.json"
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=Kept)
    except (OSError, ValueError, RecursionError):
        return None
    fits = kept.run.digest == task.digest and kept.task == task.describe()
    return kept.run if fits else None


def _keep(task: Task, run: Run, folder: Path) -> Run:
    text = json.dumps(asdict(Kept(task.describe(), run)))
    write_atomically(folder / f"{task.digest}.json", text.encode())
    return run


def _done_by(
    pool: Pool[RunJob, Outcome],
    jobs: Iterable[RunJob],
    display: Display,
    should_stop: Callable[[], bool],
) -> Iterator[tuple[Task, Run | Failure]]:
    """Yield runs as they end."""
    shares: SimpleQueue[tuple[Task, float]] = SimpleQueue()  # they come in other threads

    def submit(job: RunJob) -> Future[list[Outcome | WorkerLost]]:
        return pool.submit([job], lambda share: shares.put((job.task, share)))

    waiting, stopped = {submit(job): job for job in jobs}, False
    while waiting:
        ended, _ = wait(waiting, WAIT_SECONDS, FIRST_COMPLETED)
        while not shares.empty():
            display.share(*shares.get())
        if should_stop() and not stopped:
            stopped = True
            pool.stop()
            # what has not begun or cannot be stopped on the way is not waited for
            waiting = {
                future: job
                for future, job in waiting.items()
                if job.task.settings is not None and not future.cancelled()
            }
        for future in ended & waiting.keys():
            job = waiting.pop(future)
            outcome = _outcome(future, job.task)
            if isinstance(outcome, Elsewhere) and not stopped:
                waiting[submit(job)] = job
            elif isinstance(outcome, Run | Failure):
                yield job.task, outcome


def _outcome(future: Future[list[Outcome | WorkerLost]], task: Task) -> Outcome:
    """Return what has become of a run; one whose process has died has failed."""
    try:
        (outcome,) = future.result()
    except WorkerLost as lost:
        outcome = lost
    except DigitileError as error:  # no process could start
        return Failure(task.seed, str(error))
    if isinstance(outcome, WorkerLost):
        return Failure(task.seed, f"{outcome} Run the same command again to go on.")
    return outcome


def build_worker() -> Work[RunJob, Outcome]:
    """Return what a worker does."""
    return work


def work(job: RunJob, link: Link) -> Outcome:
    """Do one run in a worker: whatever goes wrong with it, the others go on."""
    task = job.task
    if link.stopped():
        return None
    try:
        with _place(job.folder) as place, _claimed(place / f"{task.digest}.lock") as claimed:
            if not claimed:
                return Elsewhere()
            kept = kept_run(task, place)
            if kept is not None:
                return kept
            run = perform(task, place, job.data_folder, job.threads, link.tell, link.stopped)
            return _keep(task, run, place) if run is not None else None
    except DigitileError as error:
        return Failure(task.seed, str(error))
    except Exception as error:
        return Failure(task.seed, f"internal error, {type(error).__name__}: {error}")


@contextmanager
def _place(folder: Path) -> Iterator[Path]:
    """Return the folder of the runs, or one for a while on a machine that does not share it."""
    if folder.is_dir():
        yield folder
    else:
        with TemporaryDirectory(prefix="digitile-") as place:
            yield Path(place)


@contextmanager
def _claimed(path: Path) -> Iterator[bool]:
    """Have a run to oneself, if nobody else has; the lock of a process that has died is free."""
    lock = FileLock(path)
    try:
        lock.acquire(timeout=CLAIM_SECONDS)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        with suppress(OSError):  # Windows deletes no open file; one who waits looks at its number
            path.unlink()
        lock.release()
