"""A process that works for this one and cannot take it down.

Why not an executor of the standard library: one picture that breaks a decoder, or takes too long,
must cost its own process only, and be over when its time is.
"""

import multiprocessing
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from digitile.errors import DigitileError

START_SECONDS = 120.0
"""The most a process may take to load what it needs."""

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
        self._process = context.Process(
            target=_answer, args=(theirs, build, arguments), daemon=True
        )
        self._process.start()
        theirs.close()
        self._ready = False

    def wait_ready(self) -> None:
        """Wait until the process can answer."""
        if not self._ready:
            self._take(START_SECONDS)
            self._ready = True

    def ask(self, question: tuple[Any, ...], seconds: float) -> Any:
        """Return the answer, or raise the error that it is; `LostError` where there is none."""
        self.wait_ready()
        try:
            self._pipe.send(question)
        except OSError as error:
            raise LostError from error
        return self._take(seconds)

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
        """End the process, whatever it does."""
        self._process.kill()
        self._process.join()
        self._pipe.close()


def _answer(pipe: Connection, build: Build, arguments: tuple[Any, ...]) -> None:
    """Answer questions until the other end of the pipe is closed, or its process has ended."""
    leave_interrupts_to_parent()
    try:
        work = build(*arguments)
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


def leave_interrupts_to_parent() -> None:
    """Do nothing on Ctrl-C, which reaches every process of a terminal: the parent ends us."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
