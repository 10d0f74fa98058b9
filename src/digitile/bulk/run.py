"""Reading all pictures of a list: what is not finished, by several workers."""

from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from pathlib import Path

from digitile.bulk.reading import Answer, Numbered
from digitile.bulk.rows import failed_row
from digitile.bulk.shards import Shard, shards_of
from digitile.bulk.store import Store
from digitile.errors import WorkerLost
from digitile.parallel.pool import Pool

Waiting = dict[Future[list[Answer | WorkerLost]], Shard]


@dataclass(frozen=True)
class Count:
    """Pictures of a shard, and how many of them could not be read."""

    pictures: int
    failed: int


def read_all(
    paths: Iterable[Path], size: int, store: Store, pool: Pool[Numbered, Answer]
) -> Generator[tuple[Count, bool]]:
    """Read what is not finished, and say of each shard what became of it.

    Raises `UsageError` where the store holds the results of another list; `WorkerLost` where a
    shard's machine is lost, and others after it; `DigitileError` where no process can start, or
    results cannot be written.

    Parameters
    ----------
    paths : iterable of Path
        Taken as far as shards are read, and a little further.
    size : int
        Pictures of a shard.
    store : Store
        Open.
    pool : Pool
        Of workers such as `PictureReader`; each reads a shard at a time.

    Yields
    ------
    (Count, bool)
        A shard's pictures, and whether they were read before this run.
    """
    waiting: Waiting = {}
    for shard in shards_of(paths, size):
        if store.note(shard):
            yield Count(len(shard.paths), 0), True
            continue
        waiting[pool.submit(_numbered(shard))] = shard
        if len(waiting) > pool.size:  # one more than can be read: no worker is ever idle
            yield from _ended(waiting, store)
    while waiting:
        yield from _ended(waiting, store)
    store.finish()


def _numbered(shard: Shard) -> list[Numbered]:
    return list(enumerate(shard.paths, shard.first))


def _ended(waiting: Waiting, store: Store) -> Iterator[tuple[Count, bool]]:
    """Wait for a shard or more, take them out, write them, and yield what became of them."""
    ended, _ = wait(waiting, return_when=FIRST_COMPLETED)
    for future in ended:
        shard = waiting.pop(future)
        try:
            answers = future.result()
        except WorkerLost as lost:
            raise WorkerLost(f"{lost} Run the same command again to go on.") from lost
        rows, failed = [], 0
        for numbered, answer in zip(_numbered(shard), answers, strict=True):
            if isinstance(answer, WorkerLost):
                answer = failed_row(*numbered, str(answer)), 1
            row, fails = answer
            rows.append(row)
            failed += fails
        store.write(shard, b"".join(rows))
        yield Count(len(shard.paths), failed), False
