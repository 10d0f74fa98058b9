"""A pool of processes on this machine."""

import multiprocessing
import multiprocessing.connection
import os
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from multiprocessing.managers import SyncManager
from typing import Any

from digitile.processors import processors
from digitile.scale.pool import Job, Lost
from digitile.workers import uninterrupted


@contextmanager
def processes() -> Iterator["Processes"]:
    """Offer a process for each processor; they start when there is something to do.

    They end with this, whatever they are doing, and with this process, however it ends.
    """
    with ExitStack() as stack:
        yield Processes(stack)


class Processes:
    """See `digitile.scale.pool.Pool`."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._waiting: dict[Future[Any], str] = {}

    @cached_property
    def _started(self) -> tuple[ProcessPoolExecutor, Any, Any]:
        """The workers, the queue of shares and the event that stops."""
        context = multiprocessing.get_context("spawn")
        manager = self._stack.enter_context(_manager(context))
        return self._stack.enter_context(_workers(context)), manager.Queue(), manager.Event()

    def submit(self, jobs: Mapping[str, Job[Any]]) -> None:
        """See `Pool`. Few jobs have several threads each."""
        workers, shares, stop = self._started
        threads = max(1, processors() // (len(self._waiting) + len(jobs)))
        with uninterrupted():  # the first one starts them
            for name, job in jobs.items():
                self._waiting[workers.submit(job, _Link(name, threads, shares, stop))] = name

    def wait(self, seconds: float) -> list[tuple[str, Any]]:
        """See `Pool`."""
        ended, _ = wait(self._waiting, seconds, FIRST_COMPLETED)
        return [(self._waiting.pop(future), _outcome(future)) for future in ended]

    def shares(self) -> list[tuple[str, float]]:
        """See `Pool`."""
        _, shares, _ = self._started
        return [shares.get() for _ in range(shares.qsize())]

    def stop(self) -> set[str]:
        """See `Pool`."""
        _, _, stop = self._started
        stop.set()
        dropped = [future for future in self._waiting if future.cancel()]
        return {self._waiting.pop(future) for future in dropped}


@dataclass(frozen=True)
class _Link:
    name: str
    threads: int
    shares: Any
    stop: Any

    def share(self, share: float) -> None:
        self.shares.put((self.name, share))

    def stopped(self) -> bool:
        return bool(self.stop.is_set())


def _outcome(future: Future[Any]) -> Any:
    try:
        return future.result()
    except BrokenProcessPool:
        return Lost("its process has died. Run the same command again to go on.")


@contextmanager
def _manager(context: Any) -> Iterator[SyncManager]:
    manager = SyncManager(ctx=context)
    with uninterrupted():
        manager.start(_live_with_parent)
    with manager:
        yield manager


@contextmanager
def _workers(context: Any) -> Iterator[ProcessPoolExecutor]:
    """Make worker processes, and end them, whatever they are doing."""
    before = set(multiprocessing.active_children())
    workers = ProcessPoolExecutor(processors(), context, initializer=_live_with_parent)
    try:
        yield workers
    finally:
        workers.shutdown(wait=False, cancel_futures=True)
        for child in set(multiprocessing.active_children()) - before:
            child.terminate()


def _live_with_parent() -> None:
    """End when the parent has ended, however it did."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def follow() -> None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
