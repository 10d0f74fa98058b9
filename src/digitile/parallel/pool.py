"""What several workers do side by side."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import islice
from typing import Any, Generic, Self, TypeVar

from digitile.errors import WorkerLost
from digitile.parallel.worker import TRIES, Build, Worker, ignore

Q = TypeVar("Q")
A = TypeVar("A")
A_co = TypeVar("A_co", covariant=True)


class Pool(ABC, Generic[Q, A_co]):
    """Several workers; to be used in a ``with``, whose end ends them, whatever they do.

    Parameters
    ----------
    size : int
        Workers there are.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._threads = ThreadPoolExecutor(size, "digitile-pool")

    def submit(
        self, questions: Sequence[Q], on_message: Callable[[Any], None] = ignore
    ) -> Future[list[A_co | WorkerLost]]:
        """Have the next idle worker answer questions, one after the other.

        Parameters
        ----------
        on_message : callable
            Called, in a thread, with each message that is sent before an answer.

        Returns
        -------
        Future
            The answers; see `Worker.ask_each`. It raises `WorkerLost` where one machine after the
            other is lost.
        """
        return self._threads.submit(self._ask, questions, on_message)

    @abstractmethod
    def threads(self, jobs: int) -> int:
        """Return how many threads each of so many jobs may use when they are done together."""

    def stop(self) -> None:
        """Tell all workers to stop, and cancel what has not begun; nothing can follow."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    @abstractmethod
    def close(self) -> None:
        """End the workers, whatever they do."""

    def __enter__(self) -> Self:
        """Return the pool."""
        return self

    def __exit__(self, *error: object) -> None:
        """See `close`."""
        self.close()

    @abstractmethod
    def _ask(
        self, questions: Sequence[Q], on_message: Callable[[Any], None]
    ) -> list[A_co | WorkerLost]:
        """Wait for an idle worker, and return its answers."""


def in_order(pool: Pool[Q, A], questions: Iterable[Q], at_once: int) -> Iterator[A | WorkerLost]:
    """Yield the answers to questions in their order.

    Parameters
    ----------
    questions : iterable
        Taken as far as they are answered, and a little further.
    at_once : int
        Questions that a worker is given at a time.
    """
    waiting: deque[Future[list[A | WorkerLost]]] = deque()
    rest = iter(questions)
    while some := list(islice(rest, at_once)):
        waiting.append(pool.submit(some))
        if len(waiting) > 2 * pool.size:  # no worker is ever idle, and nothing piles up
            yield from waiting.popleft().result()
    for future in waiting:
        yield from future.result()


def open_pool(
    ray: str | None,
    build: Build[Q, A],
    arguments: tuple[Any, ...] = (),
    *,
    size: int | None = None,
    seconds: float | None = None,
    tries: int = TRIES,
) -> Pool[Q, A]:
    """Return a pool of this machine, or of a Ray cluster.

    Parameters
    ----------
    ray : str or None
        The address of a cluster, see `digitile.parallel.cluster.connect`; None for this machine.
    build, arguments, seconds, tries
        As for `Worker`.
    size : int, optional
        Workers; by default one for each processor.
    """
    if ray is None:
        from digitile.parallel.process_pool import ProcessPool

        return ProcessPool(build, arguments, size=size, seconds=seconds, tries=tries)
    from digitile.parallel.ray_pool import RayPool

    return RayPool(ray, partial(Worker, build, arguments, seconds=seconds, tries=tries), size)
