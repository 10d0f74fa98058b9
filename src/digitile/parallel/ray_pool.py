"""A pool of the processors of a Ray cluster."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from queue import SimpleQueue
from typing import Any

from digitile.errors import DigitileError, WorkerLost
from digitile.parallel.cluster import connect
from digitile.parallel.pool import A, Pool, Q
from digitile.parallel.worker import Worker

RETRIES = 3
"""Questions whose machine is lost are asked again, on another one, so many times."""

LOOK_SECONDS = 0.5
"""How often messages are fetched."""


class RayPool(Pool[Q, A]):
    """See `Pool`; each worker takes one processor of the cluster.

    Raises `UsageError` where no cluster answers.

    Parameters
    ----------
    address : str
        See `connect`.
    make_worker : callable
        Called on the worker's machine.
    size : int, optional
        Workers; by default one for each processor that the cluster has now.
    """

    def __init__(
        self, address: str, make_worker: Callable[[], Worker[Q, A]], size: int | None = None
    ) -> None:
        self._stack = ExitStack()
        self._ray = ray = self._stack.enter_context(connect(address))
        super().__init__(size or max(1, int(ray.cluster_resources().get("CPU", 1))))
        options = {"num_cpus": 1, "max_concurrency": 2}  # it answers, and is looked at
        self._host = ray.remote(**options)(_Host)
        self._make_worker = ray.put(make_worker)
        self._hosts: set[Any] = set()
        self._idle: SimpleQueue[Any] = SimpleQueue()
        self._stopping = self._closed = False
        for _ in range(self.size):
            self._start_host()

    def threads(self, jobs: int) -> int:
        """See `Pool`."""
        return 1

    def stop(self) -> None:
        """See `Pool`."""
        self._stopping = True
        super().stop()

    def close(self) -> None:
        """End the workers, whatever they do, and the connection."""
        self._closed = True
        for host in list(self._hosts):
            self._ray.kill(host)
        for _ in range(self.size):
            self._idle.put(None)
        self._threads.shutdown(cancel_futures=True)
        self._stack.close()

    def _start_host(self) -> None:
        """Have a worker made; it is idle when the cluster has found a place for it."""
        host = self._host.remote(self._make_worker)
        self._hosts.add(host)

        def note(ready: Future[None]) -> None:
            if ready.exception() is None:
                self._idle.put(host)
            elif not self._closed:
                self._replace(host)

        host.ready.remote().future().add_done_callback(note)

    def _replace(self, host: Any) -> None:
        self._hosts.discard(host)
        self._start_host()

    def _ask(
        self, questions: Sequence[Q], on_message: Callable[[Any], None]
    ) -> list[A | WorkerLost]:
        reason = ""
        for _ in range(1 + RETRIES):
            host = self._idle.get()
            if self._closed:
                raise DigitileError("the work was stopped.")
            try:
                answers = self._answers(host, questions, on_message)
            except self._ray.exceptions.RayTaskError as error:
                self._idle.put(host)
                raise DigitileError(str(error.cause)) from error
            except self._ray.exceptions.RayError as error:
                if self._closed:
                    raise DigitileError("the work was stopped.") from error
                reason = (str(error).splitlines() or [type(error).__name__])[0]
                self._replace(host)
            else:
                self._idle.put(host)
                return answers
        raise WorkerLost(f"Ray lost {1 + RETRIES} machines that worked on it. {reason}")

    def _answers(
        self, host: Any, questions: Sequence[Q], on_message: Callable[[Any], None]
    ) -> list[A | WorkerLost]:
        task = host.ask.remote(questions)
        while not self._ray.wait([task], timeout=LOOK_SECONDS)[0]:
            for message in self._ray.get(host.look.remote(self._stopping)):
                on_message(message)
        answers: list[A | WorkerLost] = self._ray.get(task)
        return answers


class _Host:
    """An actor that has a worker on its machine."""

    def __init__(self, make_worker: Callable[[], Worker[Any, Any]]) -> None:
        self._worker = make_worker()
        self._messages: list[Any] = []

    def ready(self) -> None:
        """Return when the actor has started."""

    def ask(self, questions: Sequence[Any]) -> list[Any]:
        return self._worker.ask_each(questions, self._messages.append)

    def look(self, stop: bool) -> list[Any]:
        """Return the messages since the last look, and pass a stop on."""
        if stop:
            self._worker.stop()
        messages = self._messages[:]
        del self._messages[: len(messages)]  # the other thread may have added some
        return messages
