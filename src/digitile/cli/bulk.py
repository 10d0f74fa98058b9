"""digitile read --out: more pictures than a terminal shows, begun anew after any interruption."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from digitile.errors import PictureError, UsageError

if TYPE_CHECKING:
    from digitile.bulk.settings import Asked

F = TypeVar("F", bound=Callable[..., Any])

SHARD = 500
"""Pictures of a shard, where nothing else is said: of pages, a quarter of a minute's work."""


def bulk_options(command: F) -> F:
    """Add the options of bulk reading to a command."""
    for option in (
        click.option(
            "--ray",
            metavar="[ADDRESS]",
            is_flag=False,
            flag_value="auto",
            help="Read on a Ray cluster that shares the files with this machine: HOST:PORT, auto "
            "(the one this machine is part of; also without ADDRESS), or local (start one here).",
        ),
        click.option(
            "--shard",
            type=click.IntRange(1, 1_000_000),
            metavar="N",
            help=f"Write results of so many pictures at a time.  [default: {SHARD}]",
        ),
        click.option(
            "--out",
            metavar="FILE.jsonl|.parquet",
            help="Write results to a file; with / at its end, to a folder of shards.",
        ),
        click.option(
            "--list",
            "listing",
            metavar="FILE|-",
            help="Read the pictures whose paths stand in a file, one a line.",
        ),
    ):
        command = option(command)
    return command


def read_bulk(
    pictures: Sequence[str],
    listing: str | None,
    out: str | None,
    asked: "Asked",
    model: Path | None,
    engine: str | None,
    processes: int | None,
    shard: int | None,
    ray: str | None,
) -> None:
    """Read all pictures into a file or a folder, and say how it went.

    Raises
    ------
    PictureError
        Where not one could be read.
    """
    from digitile.bulk.reading import PictureReader
    from digitile.bulk.run import read_all
    from digitile.bulk.settings import Settings, digest
    from digitile.bulk.store import Store
    from digitile.parallel.pool import open_pool
    from digitile.reader import Reader
    from digitile.reader.reader import SECONDS

    if out is None:
        raise UsageError("--list, --shard and --ray go with --out FILE.jsonl or FILE.parquet.")
    if bool(pictures) == (listing is not None):
        raise UsageError("give either pictures and folders, or --list.")
    reader = Reader.load(model, engine or "tile", threads=1)
    asked.check(reader.model)
    size = shard or SHARD
    store = Store(out, Settings(digest(model), reader.engine, asked, size))
    shown = _Shown()
    try:
        with (
            store.open(),
            _paths(pictures, listing) as paths,
            open_pool(ray, PictureReader, (reader, asked), size=processes, seconds=SECONDS) as pool,
            shown,
            closing(read_all(paths, size, store, pool)) as counts,
        ):
            for count, before in counts:
                shown.add(count.pictures, count.failed, before)
    except KeyboardInterrupt:
        click.echo(f"digitile: {shown.told()}. The same command goes on from there.", err=True)
        raise
    click.echo(f"digitile: {shown.told()}. Results: {out}", err=True)
    if shown.failed and shown.failed == shown.pictures:
        raise PictureError(f"not one of {shown.failed} pictures could be read. {out} says why.")


@contextmanager
def _paths(pictures: Sequence[str], listing: str | None) -> Iterator[Iterator[Path]]:
    """Yield the paths of what is to be read, one after the other."""
    from digitile.bulk.inputs import expand, listed

    if listing is None:
        yield (path for word in pictures for path in expand(word))
    elif listing == "-":
        yield listed(sys.stdin.buffer, "the list")
    else:
        try:
            file = Path(listing).open("rb")  # noqa: SIM115 - closed below
        except OSError as error:
            raise UsageError(
                f"the list {listing!r} cannot be read: {error.strerror}. Check the path."
            ) from error
        with file:
            yield listed(file, repr(listing))


class _Shown:
    """Counts pictures, and shows how many on standard error, where that is a terminal."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        console = Console(stderr=True)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._task = self._progress.add_task("starting", total=None)
        self._start = time.monotonic()
        self.pictures = self.failed = self.before = 0

    def __enter__(self) -> "_Shown":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def add(self, pictures: int, failed: int, before: bool) -> None:
        """Count the pictures of one shard."""
        if before:
            self.before += pictures
        else:
            self.pictures += pictures
            self.failed += failed
        self._progress.update(self._task, description=self.told())

    def told(self) -> str:
        """Return in one line what was done."""
        seconds = time.monotonic() - self._start
        rate = f"{self.pictures / seconds:.0f} a second" if self.pictures else "nothing to do"
        before = f"; {self.before} were read before" if self.before else ""
        return f"{self.pictures} pictures read, {rate}, {self.failed} failed{before}"
