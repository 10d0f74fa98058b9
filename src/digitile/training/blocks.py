"""Blocks of pictures, each drawn by another process while the one before is trained on.

What is drawn depends on the number of the block alone, not on how many processes draw, nor on when:
a training that goes on draws the block it had come to again.
"""

from collections.abc import Callable
from concurrent.futures import Future
from functools import cached_property
from typing import Any

from digitile.errors import TrainingError, WorkerLost
from digitile.parallel.process_pool import ProcessPool
from digitile.parallel.worker import Link, Work
from digitile.training.source import Pictures

SECONDS = 3600.0
"""The most that drawing a block may take."""

Draw = Callable[[int], tuple[Any, Any]]
"""Draws a block, from 0: pictures and target."""


class Blocks:
    """`digitile.training.source.Source` that draws each epoch's pictures; to be used in a ``with``.

    Parameters
    ----------
    build : callable
        Called once in each process that draws, with `arguments`; gives the function that draws.
        Both must be such as can be sent to another process.
    classes : tuple of str
        What each class means.
    size, repeats : int
        Pictures of a block, and the times that each is shown in its epoch.
    epochs : int
        Blocks there are.
    held_out : callable
        Gives the pictures that progress is watched by, when they are needed first.
    digest : str
        Of what blocks are drawn from.
    processes : int
        That draw, at least 1; each is a block ahead.
    """

    def __init__(  # noqa: PLR0913 - all but two by name
        self,
        build: Callable[..., Draw],
        arguments: tuple[Any, ...],
        *,
        classes: tuple[str, ...],
        size: int,
        repeats: int,
        epochs: int,
        held_out: Callable[[], Pictures],
        digest: str,
        processes: int,
    ) -> None:
        self.classes, self._held_out = classes, held_out
        self._length, self._epochs, self._digest = size * repeats, epochs, digest
        self._pool = ProcessPool(_drawing, (build, arguments), size=processes, seconds=SECONDS)
        self._drawn: dict[int, Future[Any]] = {}
        self._number = -1
        self._pictures: Pictures | None = None

    def __enter__(self) -> "Blocks":
        return self

    def __exit__(self, *error: object) -> None:
        """End the processes, whatever they draw."""
        self._pool.close()

    @cached_property
    def validation(self) -> Pictures:
        """The pictures that progress is watched by."""
        return self._held_out()

    def __len__(self) -> int:
        """Return how many pictures an epoch shows."""
        return self._length

    def digest(self) -> str:
        """Return a digest of what blocks are drawn from."""
        return self._digest

    def epoch(self, number: int) -> Pictures:
        """Return the pictures of an epoch, and have the next ones drawn.

        Raises `TrainingError` where the process that draws them dies again and again.
        """
        if self._pictures is None or number != self._number:
            self._pictures = None  # its memory may be wanted
            self._ask_for(range(number, min(number + 1 + self._pool.size, self._epochs)))
            (answer,) = self._drawn.pop(number).result()
            if isinstance(answer, WorkerLost):
                raise TrainingError(
                    f"the process that draws block {number} was lost, and a second one, too. Is "
                    "there enough memory? A smaller scenes=… takes less."
                ) from answer
            self._number, self._pictures = number, Pictures(*answer)
        return self._pictures

    def _ask_for(self, wanted: range) -> None:
        """Have these blocks drawn, and no others."""
        for block in self._drawn.keys() - set(wanted):
            self._drawn.pop(block).cancel()
        for block in wanted:
            if block not in self._drawn:
                self._drawn[block] = self._pool.submit([block])


def _drawing(build: Callable[..., Draw], arguments: tuple[Any, ...]) -> Work[int, tuple[Any, Any]]:
    """Return what a process does."""
    draw = build(*arguments)

    def answer(block: int, _link: Link) -> tuple[Any, Any]:
        images, target = draw(block)
        return images, target

    return answer
