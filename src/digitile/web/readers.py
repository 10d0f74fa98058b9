"""The processes that read pictures, and the queue before them, in which clients take turns."""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, TypeVar

from digitile.errors import WorkerLost, WorkerTooSlow
from digitile.parallel.worker import Worker
from digitile.web.limits import Limits
from digitile.web.problems import Problem
from digitile.web.tasks import Question

W = TypeVar("W")

WAIT_SHARE = 0.5
"""Of the time for a picture, the most that it may wait; so what is begun has the other half."""

OWN_SHARE = 0.9
"""A picture that had so much of the time for itself, and was not read, is too large."""

PATIENCE_SECONDS = 1.0
"""A picture whose client has gone is read on for so long, about what a new process costs."""

_log = logging.getLogger("digitile.web")


class Readers:
    """Reads pictures in processes.

    Parameters
    ----------
    workers : list of Worker
    limits : Limits
    """

    def __init__(self, workers: list[Worker[Question, Any]], limits: Limits) -> None:
        self._workers = workers
        self._seconds = limits.timeout
        self._threads = ThreadPoolExecutor(len(workers), "digitile-web")
        self.turns = Turns(workers, limits.concurrency)
        self.lost = 0

    async def start(self) -> None:
        """Start all processes.

        Raises
        ------
        DigitileError
            Where one cannot start.
        """
        for worker in self._workers:
            await asyncio.to_thread(worker.start)

    async def ask(self, question: Question, client: str) -> Any:
        """Return the answer to a question.

        Cancelled, it leaves the queue; what is being read is soon given up.

        Raises
        ------
        Problem
            503 where the queue is too long or a process has died, 422 where reading alone takes too
            long.
        DigitileError
            Where that is the answer.
        """
        loop = asyncio.get_running_loop()
        begin = loop.time()
        try:
            async with asyncio.timeout(WAIT_SHARE * self._seconds):
                worker = await self.turns.take(client)
        except TimeoutError:
            raise Problem("busy") from None
        left = begin + self._seconds - loop.time()

        def ask() -> Any:
            return worker.ask(question, seconds=left)

        def give_back(done: asyncio.Future[Any]) -> None:
            done.exception()  # nobody may be there any more to look at it
            self.turns.give_back(client, worker)

        answer = loop.run_in_executor(self._threads, ask)
        answer.add_done_callback(give_back)
        try:
            return await asyncio.shield(answer)
        except asyncio.CancelledError:
            loop.call_later(PATIENCE_SECONDS, worker.abandon, question)
            raise
        except WorkerTooSlow:
            self._note("a picture took over %.1f s, and its process was ended", left)
            if left < OWN_SHARE * self._seconds:
                raise Problem("busy") from None
            raise Problem("picture_too_slow", seconds=left) from None
        except WorkerLost:
            self._note("a process died of a picture of %d bytes", len(question[1]))
            raise Problem("worker_lost") from None

    def _note(self, text: str, *values: float) -> None:
        self.lost += 1
        _log.error(text, *values)

    def close(self) -> None:
        """End the processes, whatever they do."""
        self.turns.close()
        for worker in self._workers:
            worker.close()
        self._threads.shutdown(wait=False, cancel_futures=True)


class Turns(Generic[W]):
    """Who is next: clients take turns, and when all places are taken, each has a fair share.

    Parameters
    ----------
    workers : list
        What a turn gives, until it is given back.
    most : int
        Who have a worker or wait for one.
    """

    def __init__(self, workers: list[W], most: int) -> None:
        self._idle, self._most = list(workers), most
        self._waiting: dict[str, deque[asyncio.Future[W]]] = {}  # whose turn is next comes first
        self._working: Counter[str] = Counter()
        self._closed = False

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(map(len, self._waiting.values()))

    @property
    def working(self) -> int:
        """How many have a worker."""
        return self._working.total()

    async def take(self, client: str) -> W:
        """Wait for a worker.

        Raises
        ------
        Problem
            503 where no place is free, or the place goes to a client that has fewer.
        """
        place = self._enter(client)
        try:
            return await place
        except BaseException:
            if place.done() and not place.cancelled() and place.exception() is None:
                self.give_back(client, place.result())
            else:
                self._remove(client, lambda queue: queue.remove(place))
            raise

    def give_back(self, client: str, worker: W) -> None:
        """End a turn."""
        self._working[client] -= 1
        if not self._working[client]:
            del self._working[client]
        self._idle.append(worker)
        self._hand_out()

    def close(self) -> None:
        """Let nobody wait any more."""
        self._closed = True
        for queue in self._waiting.values():
            for place in queue:
                if not place.done():
                    place.set_exception(Problem("stopping"))
        self._waiting.clear()

    def _enter(self, client: str) -> asyncio.Future[W]:
        if self._closed:
            raise Problem("stopping")
        if self.waiting + self.working >= self._most:
            self._make_room(client)
        place: asyncio.Future[W] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(client, deque()).append(place)
        self._hand_out()
        return place

    def _make_room(self, client: str) -> None:
        """Turn away the last one of the client with the most places, if that is fair."""
        held = {name: len(queue) + self._working[name] for name, queue in self._waiting.items()}
        greedy = max(held, key=lambda name: held[name], default=client)
        own = len(self._waiting.get(client, ())) + self._working[client]
        if greedy == client or held[greedy] <= own + 1:
            raise Problem("busy")
        self._remove(greedy, lambda queue: _refuse(queue.pop()))

    def _remove(self, client: str, remove: Callable[[deque[asyncio.Future[W]]], None]) -> None:
        queue = self._waiting.get(client)
        if queue is None:
            return
        try:
            remove(queue)
        except ValueError:  # it was turned away
            return
        if not queue:
            del self._waiting[client]

    def _hand_out(self) -> None:
        while self._idle and self._waiting:
            client = next(iter(self._waiting))
            queue = self._waiting.pop(client)
            place = queue.popleft()
            if queue:
                self._waiting[client] = queue  # behind all others
            if not place.done():  # cancelled, and soon removed
                self._working[client] += 1
                place.set_result(self._idle.pop())


def _refuse(place: asyncio.Future[W]) -> None:
    if not place.done():
        place.set_exception(Problem("busy"))
