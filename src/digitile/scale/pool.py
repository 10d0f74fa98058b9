"""What does many jobs side by side."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

T = TypeVar("T")


class Link(Protocol):
    """What a job has to do with whoever wants it done."""

    @property
    def threads(self) -> int:
        """How many threads the job may use."""

    def share(self, share: float) -> None:
        """Say how much of the job is done, 0 to 1."""

    def stopped(self) -> bool:
        """Return whether the job is to be left as it is."""


Job = Callable[[Link], T]
"""A piece of work that can be pickled, and done again if it is lost half-way."""


@dataclass(frozen=True)
class Lost:
    """What becomes of a job whose process has died."""

    message: str


class Pool(Protocol[T]):
    """Does jobs, each known by a name of its own."""

    def submit(self, jobs: Mapping[str, Job[T]]) -> None:
        """Do these too, the first ones first; a name may come again when its job has ended."""

    def wait(self, seconds: float) -> list[tuple[str, T | Lost]]:
        """Return jobs that have ended; after at most `seconds`, none."""

    def shares(self) -> list[tuple[str, float]]:
        """Return what jobs have said of how far they are, since it was asked last."""

    def stop(self) -> set[str]:
        """Tell all jobs to stop, and return those that had not begun: they never end."""
