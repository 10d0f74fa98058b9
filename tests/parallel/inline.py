"""A pool of one worker, which is a thread of this process."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Self

from digitile.errors import WorkerLost
from digitile.parallel.worker import Work, ignore


class InlinePool:
    def __init__(self, work: Work[Any, Any], size: int = 1) -> None:
        self.size, self.submitted = size, 0
        self._work, self._stopped = work, False
        self._thread = ThreadPoolExecutor(1)

    def submit(
        self, questions: Sequence[Any], on_message: Callable[[Any], None] = ignore
    ) -> Future[list[Any | WorkerLost]]:
        self.submitted += len(questions)
        return self._thread.submit(self._answer, questions, on_message)

    def threads(self, jobs: int) -> int:
        return 1

    def stop(self) -> None:
        self._stopped = True
        self._thread.shutdown(wait=False, cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def stopped(self) -> bool:
        return self._stopped

    def _answer(self, questions: Sequence[Any], on_message: Callable[[Any], None]) -> list[Any]:
        self.tell = on_message
        return [self._work(question, self) for question in questions]
