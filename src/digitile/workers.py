"""Processes that work for this one and cannot take it down.

Why not an executor of the standard library: one picture that breaks a decoder, or takes too long,
must cost its own process only, and be over when its time is.
"""

import multiprocessing
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Lock
from typing import Any, Protocol, TypeVar

from digitile.errors import DigitileError

START_SECONDS = 120.0
"""The most a process may take to load what it needs."""

TRIES = 2
"""A question on which so many processes have died is given up."""

Work = Callable[..., Any]
"""What a process does with a question; it is built there by `Build`."""

Build = Callable[..., Work]


class LostError(Exception):
    """A worker that has died or was ended, because its time was over."""


class Worker:
    """One process that answers questions.

    Parameters
    ----------
    build : callable
        Called once, in the process, with `arguments`; gives the function that answers.
    """

    def __init__(self, build: Build, arguments: tuple[Any, ...]) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        # not the arguments: a process that dies before it has read much would block its parent
        self._process = context.Process(target=_answer, args=(theirs, build), daemon=True)
        self._arguments = arguments
        with uninterrupted():
            self._process.start()
        theirs.close()
        self._ready = False

    def wait_ready(self) -> None:
        """Wait until the process can answer."""
        if not self._ready:
            self._send(self._arguments)
            self._take(START_SECONDS)
            self._ready = True

    def ask(self, question: tuple[Any, ...], seconds: float) -> Any:
        """Return the answer, or raise the error that it is; `LostError` where there is none."""
        self.wait_ready()
        self._send(question)
        return self._take(seconds)

    def _send(self, words: tuple[Any, ...]) -> None:
        try:
            self._pipe.send(words)
        except OSError as error:
            raise LostError from error

    def _take(self, seconds: float) -> Any:
        try:
            if not self._pipe.poll(seconds):
                raise LostError
            answer = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise LostError from error
        if isinstance(answer, Exception):
            raise answer
        return answer

    def kill(self) -> None:
        """End the process, whatever it does; a thread that waits for its answer is told."""
        self._process.kill()
        self._process.join()


class SteadyWorker:
    """A worker that answers several questions at once, and is replaced when it dies.

    Parameters
    ----------
    build, arguments
        As for `Worker`; the function that answers takes a sequence of questions and gives as many
        answers.
    seconds : float
        The most that the answers may take.
    """

    def __init__(self, build: Build, arguments: tuple[Any, ...], seconds: float) -> None:
        self._build, self._arguments, self._seconds = build, arguments, seconds
        self._lock = Lock()
        self._worker: Worker | None = None
        self._closed = False

    def ask_each(self, questions: Sequence[Any]) -> list[Any]:
        """Return an answer to each question, or the `LostError` that it led to TRIES times.

        Raises
        ------
        DigitileError
            Where no process can start, and after `close`.
        """
        try:
            return self._ask(questions)
        except LostError:
            return [self._insist(question) for question in questions]

    def close(self) -> None:
        """End the process; who waits for an answer gets none."""
        with self._lock:
            self._closed = True
            if self._worker is not None:
                self._worker.kill()

    def _insist(self, question: Any) -> Any:
        for _ in range(TRIES):
            try:
                (answer,) = self._ask([question])
            except LostError:
                continue
            return answer
        return LostError(
            f"the process that read it died or took over {self._seconds:g} s, {TRIES} times."
        )

    def _ask(self, questions: Sequence[Any]) -> list[Any]:
        worker = self._started()
        try:
            answers: list[Any] = worker.ask((questions,), self._seconds)
        except LostError:
            with self._lock:
                worker.kill()
                self._worker = None
            raise
        return answers

    def _started(self) -> Worker:
        """Return the worker, a new one where there is none."""
        with self._lock:
            if self._closed:
                raise DigitileError("reading was stopped.")
            if self._worker is None:
                self._worker = Worker(self._build, self._arguments)
            worker = self._worker
        try:
            worker.wait_ready()
        except LostError:
            raise DigitileError(
                "a process to work on pictures could not start. Is there enough memory?"
            ) from None
        return worker


class Hand(Protocol):
    """What `crew` gives work to; it does one thing at a time."""

    def close(self) -> None:
        """Stop, whatever is being done."""


H = TypeVar("H", bound=Hand)
T = TypeVar("T")
R = TypeVar("R")


@contextmanager
def crew(hands: Sequence[H], do: Callable[[H, T], R]) -> Iterator[Callable[[T], Future[R]]]:
    """Offer a function that has something done by the next hand that is idle.

    The hands are closed at the end, however it comes.
    """
    idle: SimpleQueue[H] = SimpleQueue()
    for hand in hands:
        idle.put(hand)

    def work(thing: T) -> R:
        hand = idle.get()
        try:
            return do(hand, thing)
        finally:
            idle.put(hand)

    with ThreadPoolExecutor(len(hands), "digitile-crew") as threads, ExitStack() as stack:
        for hand in hands:
            stack.callback(hand.close)
        stack.callback(threads.shutdown, wait=False, cancel_futures=True)
        yield lambda thing: threads.submit(work, thing)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let processes that start meanwhile never see Ctrl-C: their parent ends them.

    It reaches every process of a terminal, one that still loads its modules as well. A signal held
    back when a process starts is held back in it from its first moment on.
    """
    if sys.platform == "win32":  # which has no masks of signals
        yield
        return
    resource_tracker.ensure_running()  # it comes with the first process, and lets signals through
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _answer(pipe: Connection, build: Build) -> None:
    """Answer questions until the other end of the pipe is closed, or its process has ended."""
    try:
        work = build(*pipe.recv())
        pipe.send(None)
        while True:
            question = pipe.recv()
            try:
                answer = work(*question)
            except DigitileError as error:
                answer = error
            except MemoryError:
                answer = DigitileError("there is not enough memory for this picture.")
            except Exception as error:
                answer = RuntimeError(f"{type(error).__name__}: {error}")
            pipe.send(answer)
    except (EOFError, OSError):
        pass
