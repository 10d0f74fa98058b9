"""Processes that may die of a question: the others are answered, and closing ends all at once."""

import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from digitile.errors import DigitileError, PictureError
from digitile.workers import TRIES, LostError, SteadyWorker, crew


def build(folder: Any) -> Callable[[Sequence[str]], list[Any]]:
    """Return what answers in the process; ``die`` ends it, ``sleep`` takes for ever."""

    def work(words: Sequence[str]) -> list[Any]:
        answers: list[Any] = []
        for word in words:
            with (folder / "asked").open("a") as file:
                file.write(f"{word}\n")
            if word == "die":
                os.kill(os.getpid(), signal.SIGKILL)
            if word == "sleep":
                time.sleep(600)
            if word == "refuse":
                raise PictureError("this one is refused.")
            if word == "signals":
                word = str(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()))
            answers.append(word.upper())
        return answers

    return work


def test_what_a_process_dies_of_is_given_up_and_the_rest_is_answered(tmp_path: Any) -> None:
    worker = SteadyWorker(build, (tmp_path,), 60)
    try:
        first, lost, last = worker.ask_each(["a", "die", "b"])
        assert worker.ask_each(["c"]) == ["C"]
    finally:
        worker.close()
    assert (first, last) == ("A", "B")
    assert isinstance(lost, LostError)
    assert (tmp_path / "asked").read_text().split().count("die") == 1 + TRIES


def test_an_error_of_the_house_is_raised_here_and_ctrl_c_stays_out(tmp_path: Any) -> None:
    worker = SteadyWorker(build, (tmp_path,), 60)
    try:
        with pytest.raises(PictureError, match="this one is refused"):
            worker.ask_each(["refuse"])
        assert worker.ask_each(["signals"]) == ["TRUE"]
    finally:
        worker.close()


def test_closing_ends_what_is_being_done(tmp_path: Any) -> None:
    worker = SteadyWorker(build, (tmp_path,), 600)
    assert worker.ask_each(["a"]) == ["A"]
    ended: list[Exception] = []

    def ask() -> None:
        try:
            worker.ask_each(["sleep"])
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


class Counting:
    """A hand that notes what it is given."""

    def __init__(self) -> None:
        self.busy, self.done, self.closed = 0, 0, False

    def close(self) -> None:
        self.closed = True

    def double(self, number: int) -> int:
        self.busy += 1
        assert self.busy == 1
        time.sleep(0.001)
        if number == 13:
            raise ValueError("thirteen")
        self.busy -= 1
        self.done += 1
        return 2 * number


def test_a_crew_does_all_one_thing_at_a_time_for_each_hand() -> None:
    hands = [Counting() for _ in range(3)]
    with crew(hands, Counting.double) as submit:
        futures = [submit(number) for number in range(60, 120)]
        assert [future.result() for future in futures] == list(range(120, 240, 2))
    assert sum(hand.done for hand in hands) == 60
    assert all(hand.done and hand.closed for hand in hands)


def test_a_crew_is_closed_by_an_error() -> None:
    hands = [Counting()]
    with pytest.raises(ValueError, match="thirteen"), crew(hands, Counting.double) as submit:
        submit(13).result()
    assert hands[0].closed
