"""A pool of processes on this machine."""

from collections.abc import Callable, Sequence
from queue import LifoQueue
from typing import Any

from digitile.errors import WorkerLost
from digitile.parallel.pool import A, Pool, Q
from digitile.parallel.worker import TRIES, Build, Worker
from digitile.processors import processors


class ProcessPool(Pool[Q, A]):
    """See `Pool`; a process starts when the ones before it are all busy.

    Parameters
    ----------
    build, arguments, seconds, tries
        As for `Worker`.
    size : int, optional
        Processes; by default one for each processor.
    """

    def __init__(
        self,
        build: Build[Q, A],
        arguments: tuple[Any, ...] = (),
        *,
        size: int | None = None,
        seconds: float | None = None,
        tries: int = TRIES,
    ) -> None:
        super().__init__(size or processors())
        self._workers = [
            Worker(build, arguments, seconds=seconds, tries=tries) for _ in range(self.size)
        ]
        self._idle: LifoQueue[Worker[Q, A]] = LifoQueue()  # the last one has most likely started
        for worker in self._workers:
            self._idle.put(worker)

    def start(self) -> None:
        """Start all processes, and wait until they can answer.

        Raises `DigitileError` where one cannot start.
        """
        for worker in self._workers:
            worker.start()

    def threads(self, jobs: int) -> int:
        """See `Pool`: few jobs have several threads each."""
        return max(1, processors() // jobs)

    def stop(self) -> None:
        """See `Pool`."""
        super().stop()
        for worker in self._workers:
            worker.stop()

    def close(self) -> None:
        """See `Pool`."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for worker in self._workers:
            worker.close()

    def _ask(
        self, questions: Sequence[Q], on_message: Callable[[Any], None]
    ) -> list[A | WorkerLost]:
        worker = self._idle.get()
        try:
            return worker.ask_each(questions, on_message)
        finally:
            self._idle.put(worker)
