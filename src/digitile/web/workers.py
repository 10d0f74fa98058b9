"""Some processes that read pictures and a queue before them, so that the server stays free."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from digitile.workers import Build, LostError, Worker


class Workers:
    """Some workers and a queue before them.

    Parameters
    ----------
    count : int
    seconds : float
        The most one question may take.
    build, arguments
        As `Worker`.
    """

    def __init__(
        self, count: int, seconds: float, build: Build, arguments: tuple[Any, ...]
    ) -> None:
        self._seconds = seconds
        self._build, self._arguments = build, arguments
        self._workers = {Worker(build, arguments) for _ in range(count)}
        self._threads = ThreadPoolExecutor(count, "digitile-web")
        self._idle: asyncio.Queue[Worker] = asyncio.Queue()
        self.ready = False

    async def start(self) -> None:
        """Wait until all can answer."""
        loop = asyncio.get_running_loop()
        for worker in list(self._workers):
            await loop.run_in_executor(self._threads, worker.wait_ready)
            self._idle.put_nowait(worker)
        self.ready = True

    async def ask(self, *question: Any) -> Any:
        """Return a worker's answer.

        Raises
        ------
        LostError
            Where the worker has died, or took too long; another takes its place.
        DigitileError
            What the question led to.
        """
        worker = await self._idle.get()
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, worker.ask, question, self._seconds)
        except (LostError, asyncio.CancelledError):
            worker.kill()
            self._workers.remove(worker)
            worker = Worker(self._build, self._arguments)
            self._workers.add(worker)
            raise
        finally:
            self._idle.put_nowait(worker)

    def close(self) -> None:
        """End all."""
        for worker in self._workers:
            worker.kill()
        self._threads.shutdown(wait=False, cancel_futures=True)
