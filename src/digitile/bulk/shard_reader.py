"""Reading one shard in a process of its own, whatever its pictures do to that process."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from digitile.bulk.parts import Parts
from digitile.bulk.rows import failed_row, rows_of
from digitile.bulk.settings import Asked
from digitile.bulk.shards import Shard
from digitile.errors import DigitileError
from digitile.reader import Reader
from digitile.reader.reader import SECONDS, use_one_core
from digitile.workers import Build, LostError, SteadyWorker

AT_ONCE = 16
"""Pictures of one question to a worker: when it dies, so many are asked for again."""

Numbered = tuple[int, Path]
"""A picture, and its place in the list."""

Answer = tuple[bytes, int]
"""The rows of a picture as lines of JSON, and 1 where it has failed, else 0."""


@dataclass(frozen=True)
class Count:
    """Pictures of a shard, and how many of them could not be read."""

    pictures: int
    failed: int


class Desk:
    """What a worker does: reads some pictures of the list.

    Parameters
    ----------
    reader : Reader
    asked : Asked
    """

    def __init__(self, reader: Reader, asked: Asked) -> None:
        use_one_core()
        self._reader = reader
        self._asked: dict[str, Any] = asdict(asked)

    def __call__(self, pictures: Sequence[Numbered]) -> list[Answer]:
        """Read pictures, and say of each what is written about it."""
        return [self._read(number, path) for number, path in pictures]

    def _read(self, number: int, path: Path) -> Answer:
        try:
            return rows_of(number, path, self._reader.read_pages(path, **self._asked)), 0
        except DigitileError as error:
            reason = str(error)
        except MemoryError:
            reason = "there is not enough memory for this picture."
        except Exception as error:  # one picture's, and the others are to be read
            reason = f"internal error, {type(error).__name__}: {error}. Please report it."
        return failed_row(number, path, reason), 1


class ShardReader:
    """Reads shards, one after the other, in a worker that is replaced when it dies.

    Parameters
    ----------
    build, arguments
        What the worker does, such as `Desk`; see `SteadyWorker`.
    parts : Parts
        Where results go.
    seconds : float
        The most that one question to the worker may take.
    """

    def __init__(
        self,
        build: Build,
        arguments: tuple[object, ...],
        parts: Parts,
        seconds: float = SECONDS,
    ) -> None:
        self._worker = SteadyWorker(build, arguments, seconds)
        self._parts = parts

    def read(self, shard: Shard) -> Count:
        """Read a shard and write its results.

        Raises
        ------
        DigitileError
            Where no worker can start, or the results cannot be written.
        """
        numbered = list(enumerate(shard.paths, shard.first))
        rows, failed = [], 0
        for at in range(0, len(numbered), AT_ONCE):
            some = numbered[at : at + AT_ONCE]
            for picture, answer in zip(some, self._worker.ask_each(some), strict=True):
                lost = isinstance(answer, LostError)
                row, fails = (failed_row(*picture, str(answer)), 1) if lost else answer
                rows.append(row)
                failed += fails
        self._parts.write(shard, b"".join(rows))
        return Count(len(shard.paths), failed)

    def close(self) -> None:
        """End the worker; a shard that is being read is not written."""
        self._worker.close()
