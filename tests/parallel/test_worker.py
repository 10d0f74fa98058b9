"""A process that may die of a question: the others are answered, and closing ends all at once."""

import errno
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from digitile.errors import DigitileError, PictureError, UsageError, WorkerLost, WorkerTooSlow
from digitile.parallel.worker import TRIES, Link, Work, Worker


def build(folder: Path) -> Work[str, str]:
    """Return what answers in the process; ``die`` ends it, ``sleep`` takes for ever."""

    def work(word: str, link: Link) -> str:
        with (folder / "asked").open("a") as file:
            file.write(f"{word}\n")
        if word == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if word == "sleep":
            time.sleep(600)
        if word == "refuse":
            raise PictureError("this one is refused.")
        if word == "fail":
            raise ValueError("no such word")
        if word == "exhaust":
            raise MemoryError
        if word == "until stopped":
            link.tell("begun")
            while not link.stopped():
                time.sleep(0.01)
        if word == "signals":
            return str(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()))
        return word.upper()

    return work


def no_build() -> None:
    os._exit(1)


def test_what_a_process_dies_of_is_given_up_and_the_rest_is_answered(tmp_path: Path) -> None:
    worker = Worker(build, (tmp_path,), seconds=60)
    try:
        first, lost, last = worker.ask_each(["a", "die", "b"])
        assert worker.ask("c") == "C"
    finally:
        worker.close()
    assert (first, last) == ("A", "B")
    assert isinstance(lost, WorkerLost)
    assert str(lost) == "the process that worked on it died or took over 60 s, 2 times."
    assert (tmp_path / "asked").read_text().split() == ["a", *["die"] * TRIES, "b", "c"]


def test_a_process_that_the_system_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pipe(*_: object, **__: object) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    worker = Worker(build, (tmp_path,), seconds=60)
    with monkeypatch.context() as patch:
        patch.setattr(multiprocessing.get_context("spawn"), "Pipe", pipe, raising=False)
        with pytest.raises(DigitileError, match=r"not start: Too many open files\..*ulimit -n"):
            worker.ask("a")
    try:
        assert worker.ask("a") == "A"
    finally:
        worker.close()


def test_an_answer_that_takes_too_long(tmp_path: Path) -> None:
    worker = Worker(build, (tmp_path,), seconds=0.5, tries=1)
    try:
        with pytest.raises(WorkerLost, match=r"died or took over 0\.5 s\.$"):
            worker.ask("sleep")
        assert worker.ask("a") == "A"
    finally:
        worker.close()


def test_errors_are_raised_here_and_ctrl_c_stays_out(tmp_path: Path) -> None:
    worker = Worker(build, (tmp_path,), seconds=60)
    try:
        with pytest.raises(PictureError, match="this one is refused"):
            worker.ask("refuse")
        with pytest.raises(RuntimeError, match="ValueError: no such word"):
            worker.ask("fail")
        with pytest.raises(DigitileError, match="not enough memory"):
            worker.ask("exhaust")
        assert worker.ask("signals") == "True"
    finally:
        worker.close()


def test_messages_and_a_stop(tmp_path: Path) -> None:
    worker = Worker(build, (tmp_path,))
    told: list[str] = []

    def note(message: str) -> None:
        told.append(message)
        worker.stop()

    try:
        assert worker.ask("until stopped", note) == "UNTIL STOPPED"
        assert worker.ask("until stopped") == "UNTIL STOPPED"  # all that comes later, too
    finally:
        worker.close()
    assert told == ["begun"]


def test_closing_ends_what_is_being_done(tmp_path: Path) -> None:
    worker = Worker(build, (tmp_path,), seconds=600)
    assert worker.ask("a") == "A"
    ended: list[Exception] = []

    def ask() -> None:
        try:
            worker.ask("sleep")
        except DigitileError as error:
            ended.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    while "sleep" not in (tmp_path / "asked").read_text():
        time.sleep(0.01)
    worker.close()
    thread.join(20)
    assert not thread.is_alive()
    assert "stopped" in str(ended[0])
    with pytest.raises(DigitileError, match="stopped"):
        worker.ask("a")


def test_a_process_that_cannot_start() -> None:
    with pytest.raises(DigitileError, match="could not start"):
        Worker(no_build).start()


def test_an_answer_nobody_wants_any_more(tmp_path: Path) -> None:
    worker = Worker(build, (tmp_path,), tries=1)
    question, other = "sleep", "a"
    worker.start()
    try:
        threading.Timer(0.2, worker.abandon, (other,)).start()
        threading.Timer(0.4, worker.abandon, (question,)).start()
        started = time.monotonic()
        with pytest.raises(WorkerLost) as caught:
            worker.ask(question)
        assert 0.3 < time.monotonic() - started < 10
        assert not isinstance(caught.value, WorkerTooSlow)
        assert worker.ask(other) == "A"
        with pytest.raises(WorkerTooSlow, match=r"over 0\.1 s"):
            worker.ask(question, seconds=0.1)
    finally:
        worker.close()


UNGUARDED = """
import sys
print("begun", flush=True)
from digitile.errors import UsageError
from digitile.parallel.process_pool import ProcessPool

try:
    with ProcessPool(dict, size=2) as pool:
        pool.submit([()]).result()
except UsageError as error:
    sys.exit(str(error))
finally:
    print("ended")
"""


def test_a_script_that_would_be_run_again_by_each_process(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(UNGUARDED)
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert done.stdout.split() == ["begun", "begun", "ended"]  # a process is stopped, not ended
    assert done.stderr.startswith("this script starts processes")
    assert 'if __name__ == "__main__":' in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_process_of_the_script_itself_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multiprocessing.current_process(), "_inheriting", True, raising=False)
    with pytest.raises(UsageError, match="starts processes"):
        Worker(no_build).start()
