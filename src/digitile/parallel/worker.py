"""A process that answers questions and may die of one.

An executor of the standard library breaks as a whole when one of its processes dies, and cannot end
a call that takes too long. Here one picture that breaks a decoder costs its own process only.
"""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import connection, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from threading import Lock, Thread
from typing import Any, Generic, Protocol, TypeVar

from digitile.errors import DigitileError, UsageError, WorkerLost, WorkerTooSlow

START_SECONDS = 120.0
"""The most a process may take to load what it needs."""

TRIES = 2
"""A question on which so many processes have died is given up."""

NAME = "digitile-worker"
"""What a worker's process is called."""

RUNS_SCRIPT = 86
"""Exit status of a process that runs the script again, which nothing else here exits with."""

Q = TypeVar("Q")
A = TypeVar("A")


class Link(Protocol):
    """What an answer in progress has to do with whoever asked."""

    def tell(self, message: Any) -> None:
        """Send a message before the answer."""

    def stopped(self) -> bool:
        """Return whether the answer is no longer wanted."""


Work = Callable[[Q, Link], A]
"""Answers a question, in the worker's process."""

Build = Callable[..., Work[Q, A]]
"""Called once in each process; gives the function that answers."""


def ignore(_message: Any) -> None:
    """Take a message and do nothing with it."""


class Worker(Generic[Q, A]):
    """A process that answers one question at a time, and is replaced when it dies.

    It starts with the first question, never sees Ctrl-C, and ends with this process.

    Parameters
    ----------
    build : callable
        Called in the process with `arguments`; gives the function that answers.
    seconds : float, optional
        The longest wait for an answer, or for a message before it; no limit where it is None.
    tries : int
        How many processes may die of a question.
    """

    def __init__(
        self,
        build: Build[Q, A],
        arguments: tuple[Any, ...] = (),
        *,
        seconds: float | None = None,
        tries: int = TRIES,
    ) -> None:
        self._build, self._arguments = build, arguments
        self._seconds, self._tries = seconds, tries
        self._lock, self._starting = Lock(), Lock()
        self._process: _Process | None = None
        self._asked: Q | None = None
        self._stopping = self._closed = False

    def start(self) -> None:
        """Start the process, if there is none, and wait until it can answer.

        Raises `UsageError` where the script that runs starts processes when it is imported;
        `DigitileError` where it cannot start, and after `close`.
        """
        self._started()

    def ask(
        self,
        question: Q,
        on_message: Callable[[Any], None] = ignore,
        *,
        seconds: float | None = None,
    ) -> A:
        """Return the answer.

        Raises `WorkerLost` where `tries` processes have died of the question; `WorkerTooSlow` where
        the last of them took too long; `DigitileError` where the answer is one, where no process
        can start, and after `close`; `RuntimeError` for any other error of the process.

        Parameters
        ----------
        on_message : callable
            Called with each message that is sent before the answer; it must not raise.
        seconds : float, optional
            The longest wait, where it is not that of all questions.
        """
        limit = self._seconds if seconds is None else seconds
        kind = WorkerLost
        for _ in range(self._tries):
            process = self._started()
            try:
                with self._lock:
                    self._asked = question
                    process.send((question,))
                    if self._stopping:
                        process.send(None)
                answer: A = process.receive(limit, on_message)
            except (EOFError, OSError) as error:
                kind = WorkerTooSlow if isinstance(error, TimeoutError) else WorkerLost
                self._end(process)
            else:
                return answer
            finally:
                self._asked = None
        self._check_open()
        over = "" if limit is None else f" or took over {limit:g} s"
        times = "" if self._tries == 1 else f", {self._tries} times"
        raise kind(f"the process that worked on it died{over}{times}.")

    def abandon(self, question: Q) -> None:
        """End the process if it still works on this very question; `ask` raises `WorkerLost`."""
        with self._lock:
            if self._asked is question and self._process is not None:
                self._process.kill()

    def ask_each(
        self, questions: Sequence[Q], on_message: Callable[[Any], None] = ignore
    ) -> list[A | WorkerLost]:
        """Return the answer to each question, or the `WorkerLost` that it led to; see `ask`."""
        answers: list[A | WorkerLost] = []
        for question in questions:
            try:
                answers.append(self.ask(question, on_message))
            except WorkerLost as lost:
                answers.append(lost)
        return answers

    def stop(self) -> None:
        """Tell what is being answered, and all that is asked later, that it is not wanted."""
        with self._lock:
            self._stopping = True
            if self._process is not None:
                with suppress(OSError):  # it has died, and `ask` will find out
                    self._process.send(None)

    def close(self) -> None:
        """End the process, whatever it does; `ask` raises a `DigitileError`."""
        with self._lock:
            self._closed = True
            if self._process is not None:
                self._process.kill()

    def _started(self) -> "_Process":
        with self._starting:  # one thread waits for it, the others for that thread
            with self._lock:
                self._check_open()
                if self._process is not None:
                    return self._process
                try:
                    process = self._process = _Process(self._build)
                except OSError as error:
                    raise DigitileError(
                        f"a worker process could not start: {error.strerror}. Are there enough "
                        "memory, and open files (ulimit -n)?"
                    ) from error
            try:
                process.send(self._arguments)
                process.receive(START_SECONDS, ignore)
            except (EOFError, OSError):
                self._end(process)
                self._check_open()
                if process.exit_status == RUNS_SCRIPT:
                    raise UsageError(_UNGUARDED) from None
                raise DigitileError(
                    "a worker process could not start. Is there enough memory?"
                ) from None
            return process

    def _check_open(self) -> None:
        if self._closed:
            raise DigitileError("the work was stopped.")

    def _end(self, process: "_Process") -> None:
        with self._lock:
            process.kill()
            self._process = None


_UNGUARDED = (
    "this script starts processes, and each of them imports it, which would start more. Put what "
    'the script does into a function, and call that under if __name__ == "__main__": at its end.'
)


class _Process:
    """A process and the pipe to it."""

    def __init__(self, build: Build[Any, Any]) -> None:
        _check_not_importing_script()
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        # not the arguments: a process that dies before it has read much would block its parent
        self._process: SpawnProcess = context.Process(
            target=_serve, args=(theirs, build), name=NAME, daemon=True
        )
        with _uninterrupted():
            self._process.start()
        theirs.close()

    def send(self, words: tuple[Any, ...] | None) -> None:
        self._pipe.send(words)

    def receive(self, seconds: float | None, on_message: Callable[[Any], None]) -> Any:
        """Return the next answer, or raise the error that it is; OSError where there is none."""
        while True:
            if not self._pipe.poll(seconds):
                raise TimeoutError
            kind, value = self._pipe.recv()
            if kind == "answer":
                return value
            if kind == "error":
                raise value
            on_message(value)

    def kill(self) -> None:
        self._process.kill()
        self._process.join()

    @property
    def exit_status(self) -> int | None:
        """Of a process that has ended; negative where a signal ended it."""
        return self._process.exitcode


def _check_not_importing_script() -> None:
    """Start nothing in a process that only imports the script of its parent.

    The standard library says so by `_inheriting`, and forbids it, too. A worker ends at once,
    before the script does more, and its parent says why.

    Raises `UsageError` in a process that is no worker.
    """
    process = multiprocessing.current_process()
    if getattr(process, "_inheriting", False):
        if process.name == NAME:
            os._exit(RUNS_SCRIPT)
        raise UsageError(_UNGUARDED)


@contextmanager
def _uninterrupted() -> Iterator[None]:
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


class _PipeLink:
    """The worker's end of the pipe; while it answers, only a stop comes in, or the pipe's end."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def tell(self, message: Any) -> None:
        self._pipe.send(("message", message))

    def stopped(self) -> bool:
        return self._pipe.poll()


def _serve(pipe: Connection, build: Build[Any, Any]) -> None:
    """Answer questions until the other end of the pipe is closed, or its process has ended."""
    Thread(target=_end_with_parent, daemon=True).start()
    link = _PipeLink(pipe)
    try:
        work = build(*pipe.recv())
        pipe.send(("answer", None))
        while True:
            question = pipe.recv()
            if question is not None:  # a stop that came after the answer
                pipe.send(_answer(work, question[0], link))
    except (EOFError, OSError):
        pass


def _answer(work: Work[Any, Any], question: Any, link: Link) -> tuple[str, Any]:
    try:
        return "answer", work(question, link)
    except DigitileError as error:
        return "error", error
    except MemoryError:
        return "error", DigitileError("there is not enough memory for this.")
    except Exception as error:
        return "error", RuntimeError(f"{type(error).__name__}: {error}")


def _end_with_parent() -> None:
    """End this process when its parent has ended, however it did."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os._exit(1)
