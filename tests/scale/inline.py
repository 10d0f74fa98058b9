"""A pool that does one job after the other, in this process, when it is waited for."""

from collections.abc import Mapping
from typing import Any

from digitile.scale.pool import Job


class InlinePool:
    threads = 1

    def __init__(self) -> None:
        self.submitted: list[str] = []
        self._jobs: list[tuple[str, Job[Any]]] = []
        self._shares: list[tuple[str, float]] = []
        self._stopped = False

    def submit(self, jobs: Mapping[str, Job[Any]]) -> None:
        self.submitted += jobs
        self._jobs += jobs.items()

    def wait(self, seconds: float) -> list[tuple[str, Any]]:
        self._name, job = self._jobs.pop(0)
        return [(self._name, job(self))]

    def shares(self) -> list[tuple[str, float]]:
        shares, self._shares = self._shares, []
        return shares

    def stop(self) -> set[str]:
        self._stopped = True
        dropped, self._jobs = self._jobs, []
        return {name for name, _ in dropped}

    def share(self, share: float) -> None:
        self._shares.append((self._name, share))

    def stopped(self) -> bool:
        return self._stopped
