"""Jobs in processes of this machine."""

import os
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from digitile.scale.pool import Link, Lost
from digitile.scale.processes import Processes, processes


def square(number: int, link: Link) -> int:
    link.share(0.5)
    assert link.threads >= 1
    return number**2


def until_stopped(link: Link) -> str:
    link.share(0.0)
    while not link.stopped():
        time.sleep(0.02)
    return "stopped"


def die(link: Link) -> None:
    os._exit(3)


def drain(pool: Processes, count: int) -> dict[str, Any]:
    ended: dict[str, Any] = {}
    while len(ended) < count:
        ended |= dict(pool.wait(0.2))
    return ended


def until(condition: Callable[[], Any]) -> Any:
    end = time.monotonic() + 60
    while not (found := condition()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return found


def test_jobs_shares_and_a_stop() -> None:
    with processes() as pool:
        pool.submit({str(k): partial(square, k) for k in range(4)})
        assert drain(pool, 4) == {"0": 0, "1": 1, "2": 4, "3": 9}
        assert sorted(pool.shares()) == [(str(k), 0.5) for k in range(4)]

        names = [f"long {k}" for k in range(2 * (os.cpu_count() or 1) + 4)]
        pool.submit(dict.fromkeys(names, until_stopped))
        assert pool.wait(0.05) == []
        begun = {until(pool.shares)[0][0]}
        dropped = pool.stop()
        assert dropped
        assert not dropped & begun
        assert drain(pool, len(names) - len(dropped)).keys() == set(names) - dropped


def test_a_job_whose_process_dies_is_lost() -> None:
    with processes() as pool:
        pool.submit({"a": die})
        assert isinstance(drain(pool, 1)["a"], Lost)
