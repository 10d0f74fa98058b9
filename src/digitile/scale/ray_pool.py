"""A pool of the processors of a Ray cluster."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from digitile.scale.cluster import connect
from digitile.scale.pool import Job, Lost

RETRIES = 3
"""A job whose node or process is lost is done again so many times."""

TELL_SECONDS = 0.5
"""Jobs say how far they are about so often."""


@contextmanager
def ray_pool(address: str) -> Iterator["RayPool"]:
    """Offer the processors of a Ray cluster, each for one job.

    Parameters
    ----------
    address : str
        See `digitile.scale.cluster.connect`.
    """
    with connect(address) as ray:
        yield RayPool(ray)


class RayPool:
    """See `digitile.scale.pool.Pool`."""

    def __init__(self, ray: Any) -> None:
        self._ray = ray
        here = ray.get_runtime_context().get_node_id()
        strategy = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(here, soft=False)
        self._board = ray.remote(_Board).options(num_cpus=0, scheduling_strategy=strategy).remote()
        self._do = ray.remote(num_cpus=1, max_retries=RETRIES)(_do)
        self._waiting: dict[Any, str] = {}
        self._begun: set[str] = set()

    def submit(self, jobs: Mapping[str, Job[Any]]) -> None:
        """See `Pool`."""
        for name, job in jobs.items():
            self._waiting[self._do.remote(job, name, self._board)] = name

    def wait(self, seconds: float) -> list[tuple[str, Any]]:
        """See `Pool`."""
        ended, _ = self._ray.wait(list(self._waiting), timeout=seconds)
        return [(self._waiting.pop(future), self._outcome(future)) for future in ended]

    def shares(self) -> list[tuple[str, float]]:
        """See `Pool`."""
        shares = self._ray.get(self._board.take.remote())
        self._begun |= shares.keys()
        return list(shares.items())

    def stop(self) -> set[str]:
        """See `Pool`."""
        self._ray.get(self._board.stop.remote())
        self.shares()
        dropped = [future for future, name in self._waiting.items() if name not in self._begun]
        for future in dropped:
            self._ray.cancel(future)
        return {self._waiting.pop(future) for future in dropped}

    def _outcome(self, future: Any) -> Any:
        try:
            return self._ray.get(future)
        except self._ray.exceptions.RayError as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            return Lost(f"Ray has lost it: {reason} Run the same command again to go on.")


def _do(job: Job[Any], name: str, board: Any) -> Any:
    return job(_Link(name, board))


class _Link:
    """Never waits: Ray would give the processor of a job that waits to one more."""

    threads = 1

    def __init__(self, name: str, board: Any) -> None:
        self._name, self._board = name, board
        self._stop = False
        self._tell(0.0)

    def _tell(self, share: float) -> None:
        self._answer = self._board.tell.remote(self._name, share).future()
        self._told_at = time.monotonic()

    def share(self, share: float) -> None:
        if self._answer.done() and time.monotonic() - self._told_at >= TELL_SECONDS:
            self._tell(share)

    def stopped(self) -> bool:
        self._stop = self._stop or (self._answer.done() and self._answer.result())
        return self._stop


class _Board:
    """An actor beside the one who wants the jobs done: shares come in, the stop goes out."""

    def __init__(self) -> None:
        self._shares: dict[str, float] = {}
        self._stop = False

    def tell(self, name: str, share: float) -> bool:
        self._shares[name] = share
        return self._stop

    def take(self) -> dict[str, float]:
        shares, self._shares = self._shares, {}
        return shares

    def stop(self) -> None:
        self._stop = True
