"""Reading all pictures of a list: what is not finished, by several readers of shards."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from pathlib import Path
from typing import Protocol

from digitile.bulk.shard_reader import Count
from digitile.bulk.shards import Shard, shards_of
from digitile.bulk.store import Store
from digitile.workers import Hand, crew


class ReadsShards(Hand, Protocol):
    """What `read_all` gives shards to; each reads one at a time."""

    def read(self, shard: Shard) -> Count:
        """Read a shard and write its results."""


def read_all(
    paths: Iterable[Path], size: int, store: Store, readers: Sequence[ReadsShards]
) -> Generator[tuple[Count, bool]]:
    """Read what is not finished, and say of each shard what became of it.

    Parameters
    ----------
    paths : iterable of Path
        Taken as far as shards are read, and a little further.
    size : int
        Pictures of a shard.
    store : Store
        Open.
    readers : sequence of ReadsShards
        They are closed at the end, however it comes.

    Yields
    ------
    (Count, bool)
        A shard's pictures, and whether they were read before this run.

    Raises
    ------
    UsageError
        Where the store holds the results of another list.
    DigitileError
        Where no process can start, or results cannot be written.
    """
    with crew(readers, _read) as submit:
        waiting: set[Future[Count]] = set()
        for shard in shards_of(paths, size):
            if store.note(shard):
                yield Count(len(shard.paths), 0), True
                continue
            waiting.add(submit(shard))
            if len(waiting) > len(readers):  # one more than can be read: no reader is ever idle
                yield from _ended(waiting)
        while waiting:
            yield from _ended(waiting)
    store.finish()


def _read(reader: ReadsShards, shard: Shard) -> Count:
    return reader.read(shard)


def _ended(waiting: set[Future[Count]]) -> Iterator[tuple[Count, bool]]:
    """Wait for a shard or more, take them out, and yield what became of them."""
    ended, _ = wait(waiting, return_when=FIRST_COMPLETED)
    waiting -= ended
    for future in ended:
        yield future.result(), False
