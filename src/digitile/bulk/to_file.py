"""Reading any number of pictures into a file, or a folder of shards, in one call."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import chain, islice
from os import PathLike
from pathlib import Path

from digitile.bulk.reading import PictureReader
from digitile.bulk.run import Count, read_all
from digitile.bulk.settings import Asked, BulkSettings, digest
from digitile.bulk.store import Store, engine_before
from digitile.parallel.pool import open_pool
from digitile.reader import Reader
from digitile.reader.reader import SECONDS, THOUSANDS, engine_for

SHARD = 500
"""Pictures of a shard, where nothing else is said: of pages, a quarter of a minute's work."""


@dataclass(frozen=True)
class Totals:
    """What was done."""

    # pictures that were read by this call, and those of them that could not be
    pictures: int = 0
    failed: int = 0
    before: int = 0  # pictures that earlier calls had read

    def plus(self, count: Count, before: bool) -> "Totals":
        """Return the totals with one more shard, read by this call or `before`."""
        if before:
            return Totals(self.pictures, self.failed, self.before + count.pictures)
        pictures, failed = self.pictures + count.pictures, self.failed + count.failed
        return Totals(pictures, failed, self.before)


def read_to_file(  # noqa: PLR0913 - what is read, how, by whom, and where to: each has its default
    paths: Iterable[str | PathLike[str]],
    out: str | PathLike[str],
    asked: Asked | None = None,
    *,
    model: str | PathLike[str] | None = None,
    engine: str | None = None,
    shard: int = SHARD,
    processes: int | None = None,
    ray: str | None = None,
    on_totals: Callable[[Totals], None] = lambda _: None,
) -> Totals:
    """Read pictures into a file; called again after any interruption, it goes on.

    Parameters
    ----------
    paths : iterable of path-like
        Taken as they are read, so that there may be millions.
    out : path-like
        A file ``….jsonl`` or ``….parquet``, or, as text with a slash at its end, a folder so named.
    asked : Asked, optional
        How each picture is read.
    model : path-like, optional
        A model file, by default the one that comes with digitile.
    engine : str, optional
        A name from `digitile.engines`. If not given, results that were begun go on with theirs, and
        others have what `engine_for` says for so many pictures.
    shard : int
        Pictures whose results are written at a time.
    processes : int, optional
        That read, by default one for each processor.
    ray : str, optional
        The address of a Ray cluster that shares the files; see `digitile.parallel.cluster.connect`.
    on_totals : callable
        Called after each shard.

    Raises
    ------
    UsageError
        Where `out` cannot be written or holds other results, or the list is empty.
    SettingError
        For a field, error rate, engine or model that cannot be used.
    WorkerLost
        Where a shard's machine is lost, and others after it.
    """
    asked, out = asked or Asked(), os.fspath(out)
    pictures: Iterator[Path] = map(Path, paths)
    if engine is None:
        first = list(islice(pictures, THOUSANDS))  # more make no difference
        engine = engine_before(out) or engine_for(len(first))
        pictures = chain(first, pictures)
    reader = Reader.load(model, engine, threads=1)
    asked.check(reader.model)
    store = Store(out, BulkSettings(digest(model), reader.engine, asked, shard))
    arguments = reader, asked
    totals = Totals()
    with (
        store.open(),
        open_pool(ray, PictureReader, arguments, size=processes, seconds=SECONDS) as pool,
        closing(read_all(pictures, shard, store, pool)) as counts,
    ):
        for count, before in counts:
            totals = totals.plus(count, before)
            on_totals(totals)
    return totals
