"""Reading one shard in a process of its own, whatever its pictures do to that process."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from digitile.bulk.parts import Parts
from digitile.bulk.rows import failed_row, rows_of
from digitile.bulk.settings import Asked
from digitile.bulk.shards import Shard
from digitile.errors import DigitileError
from digitile.reader import Reader
from digitile.reader.reader import use_one_core
from digitile.workers import Build, LostError, Worker

AT_ONCE = 16
"""Pictures of one question to a worker: when it dies, so many are asked for again."""

SECONDS = 600.0
"""The most that one question may take: a file of many large pages takes minutes."""

TRIES = 2
"""A picture on which so many processes have died is given up."""

Answer = tuple[bytes, int]
"""The rows of some pictures as lines of JSON, and how many of the pictures have failed."""


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

    def __call__(self, first: int, paths: tuple[Path, ...]) -> Answer:
        """Read pictures, of which `first` is the place of the first one in the list."""
        return added(self._read(number, path) for number, path in enumerate(paths, first))

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
        What the worker does, such as `Desk`; see `Worker`.
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
        self._build, self._arguments, self._parts = build, arguments, parts
        self._seconds = seconds
        self._worker: Worker | None = None
        self._closed = False

    def read(self, shard: Shard) -> Count:
        """Read a shard and write its results.

        Raises
        ------
        DigitileError
            Where no worker can start, or the results cannot be written.
        """
        rows, failed = added(
            self._some(shard.first + at, shard.paths[at : at + AT_ONCE])
            for at in range(0, len(shard.paths), AT_ONCE)
        )
        self._parts.write(shard, rows)
        return Count(len(shard.paths), failed)

    def close(self) -> None:
        """End the worker; a shard that is being read is not written."""
        self._closed = True
        if self._worker is not None:
            self._worker.kill()

    def _some(self, first: int, paths: tuple[Path, ...]) -> Answer:
        try:
            return self._ask(first, paths)
        except LostError:
            return added(self._one(number, path) for number, path in enumerate(paths, first))

    def _one(self, number: int, path: Path) -> Answer:
        for _ in range(TRIES):
            try:
                return self._ask(number, (path,))
            except LostError:
                continue
        reason = f"the process that read it died or took over {self._seconds:g} s, {TRIES} times."
        return failed_row(number, path, reason), 1

    def _ask(self, first: int, paths: tuple[Path, ...]) -> Answer:
        worker = self._ready()
        try:
            rows, failed = worker.ask((first, paths), self._seconds)
        except LostError:
            worker.kill()
            self._worker = None
            raise
        return rows, failed

    def _ready(self) -> Worker:
        """Return the worker, a new one where there is none."""
        if self._closed:
            raise DigitileError("reading was stopped.")
        if self._worker is None:
            self._worker = Worker(self._build, self._arguments)
        try:
            self._worker.wait_ready()
        except LostError:
            raise DigitileError(
                "a process to read pictures could not start. Is there enough memory?"
            ) from None
        return self._worker


def added(answers: Iterable[Answer]) -> Answer:
    """Return answers as one."""
    rows: list[bytes] = []
    failed = 0
    for some, more in answers:
        rows.append(some)
        failed += more
    return b"".join(rows), failed
