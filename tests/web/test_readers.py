"""The queue: everybody's turn comes, nobody holds it all, and who has gone is forgotten."""

import asyncio
import threading
from collections.abc import Awaitable
from typing import Any

import pytest

from digitile.errors import WorkerLost, WorkerTooSlow
from digitile.web import readers
from digitile.web.limits import Limits
from digitile.web.problems import Problem
from digitile.web.readers import Readers, Turns


async def settle() -> None:
    """Let all tasks go as far as they can."""
    for _ in range(5):
        await asyncio.sleep(0)


async def code_of(work: Awaitable[Any]) -> str:
    with pytest.raises(Problem) as caught:
        await work
    return caught.value.code


def test_clients_take_turns() -> None:
    async def run() -> list[str]:
        turns, order = Turns(["w"], 10), []

        async def work(client: str) -> None:
            worker = await turns.take(client)
            order.append(client)
            turns.give_back(client, worker)

        first = await turns.take("a")
        tasks = [asyncio.create_task(work(client)) for client in "aaabcb"]
        await settle()
        turns.give_back("a", first)
        await asyncio.gather(*tasks)
        return order

    assert asyncio.run(run()) == ["a", "b", "c", "a", "b", "a"]


def test_a_full_queue_has_room_for_a_client_that_has_less() -> None:
    async def run() -> None:
        turns = Turns(["w"], 4)
        await turns.take("greedy")
        waiting = [asyncio.create_task(turns.take("greedy")) for _ in range(3)]
        await settle()
        assert await code_of(turns.take("greedy")) == "busy"
        others = [asyncio.create_task(turns.take("other")) for _ in range(2)]
        await settle()  # each has two places now
        assert [await code_of(waiting[place]) for place in (2, 1)] == ["busy"] * 2
        assert await code_of(turns.take("other")) == "busy"
        assert (turns.waiting, turns.working) == (3, 1)
        turns.give_back("greedy", "w")
        turns.give_back("greedy", await waiting[0])
        assert await others[0] == "w"
        turns.close()
        assert await code_of(others[1]) == "stopping"
        assert await code_of(turns.take("new")) == "stopping"

    asyncio.run(run())


def test_who_goes_leaves_the_queue_and_gives_back_the_worker() -> None:
    async def run() -> None:
        turns = Turns(["w"], 4)
        await turns.take("a")
        first, second = (asyncio.create_task(turns.take("b")) for _ in range(2))
        await settle()
        first.cancel()
        await settle()
        assert turns.waiting == 1
        turns.give_back("a", "w")
        second.cancel()  # it has been given the worker, and does not know yet
        await settle()
        assert (turns.waiting, turns.working) == (0, 0)
        assert await turns.take("c") == "w"

    asyncio.run(run())


class Held:
    """A worker that answers when it is told to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.go, self.asked, self.abandoned = threading.Event(), [], []  # type: ignore[var-annotated]
        self._error = error

    def ask(self, question: Any, *, seconds: float) -> Any:
        self.asked.append(question)
        self.go.wait(10)
        if self._error is not None:
            raise self._error
        return question

    def abandon(self, question: Any) -> None:
        self.abandoned.append(question)

    def close(self) -> None:
        self.go.set()


def reading(worker: Held, timeout: float = 10) -> Readers:
    return Readers([worker], Limits(timeout=timeout, concurrency=4))  # type: ignore[list-item]


def question(name: str) -> Any:
    return name, b"", {}


def test_what_waits_too_long_is_told_to_come_again() -> None:
    async def run() -> None:
        worker = Held()
        pool = reading(worker, timeout=0.1)
        first = asyncio.create_task(pool.ask(question("1"), "a"))
        await settle()
        assert await code_of(pool.ask(question("2"), "b")) == "busy"
        worker.go.set()
        assert await first == question("1")
        assert worker.asked == [question("1")]
        pool.close()

    asyncio.run(run())


def test_the_work_of_a_client_that_has_gone_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "PATIENCE_SECONDS", 0)

    async def run() -> None:
        worker = Held()
        pool = reading(worker)
        tasks = [asyncio.create_task(pool.ask(question(name), "a")) for name in "12"]
        await asyncio.sleep(0.05)
        for task in tasks:
            task.cancel()
        await asyncio.sleep(0.05)
        assert worker.abandoned == [question("1")]
        assert (pool.turns.waiting, pool.turns.working) == (0, 1)  # until its thread is free
        worker.go.set()
        assert await pool.ask(question("3"), "a") == question("3")
        assert worker.asked == [question("1"), question("3")]
        pool.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("error", "code"), [(WorkerLost(""), "worker_lost"), (WorkerTooSlow(""), "picture_too_slow")]
)
def test_a_process_that_dies_is_no_fault_of_the_picture(
    error: Exception, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> None:
        worker = Held(error)
        worker.go.set()
        pool = reading(worker)
        assert await code_of(pool.ask(question("1"), "a")) == code
        assert pool.lost == 1
        pool.close()

    asyncio.run(run())
    assert len(caplog.records) == 1
