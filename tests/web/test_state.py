"""Work for a client ends when the client hangs up."""

import asyncio

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message

from digitile.web.state import unless_gone


def test_work_is_cancelled_when_the_client_hangs_up() -> None:
    async def run() -> bool:
        hung_up, cancelled = asyncio.Event(), False

        async def receive() -> Message:
            await hung_up.wait()
            return {"type": "http.disconnect"}

        async def work() -> str:
            nonlocal cancelled
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                cancelled = True
                raise
            return "too late"

        asyncio.get_running_loop().call_later(0.01, hung_up.set)
        with pytest.raises(ClientDisconnect):
            await unless_gone(receive, work())
        await asyncio.sleep(0)
        return cancelled

    assert asyncio.run(run())


def test_work_that_is_done_first_is_answered() -> None:
    async def run() -> str:
        async def receive() -> Message:
            await asyncio.sleep(60)
            return {"type": "http.disconnect"}

        async def work() -> str:
            return "in time"

        return await unless_gone(receive, work())

    assert asyncio.run(run()) == "in time"
