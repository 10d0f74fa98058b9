"""digitile read --out: results in files; resumed by rerunning the command."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from digitile.cli.console import standard_input
from digitile.errors import PictureError, UsageError

if TYPE_CHECKING:
    from digitile.bulk.settings import Asked
    from digitile.bulk.to_file import Totals

F = TypeVar("F", bound=Callable[..., Any])


def bulk_options(command: F) -> F:
    """Add the options of bulk reading to a command."""
    for option in (
        click.option(
            "--ray",
            metavar="[ADDRESS]",
            is_flag=False,
            flag_value="auto",
            help="Read on a Ray cluster that shares the files with this machine: HOST:PORT, auto "
            "(the one that this machine belongs to; also without ADDRESS), or local (start one).",
        ),
        click.option(
            "--shard",
            type=click.IntRange(1, 1_000_000),
            metavar="N",
            help="Pictures per shard of the results.  [default: 500]",
        ),
        click.option(
            "--out",
            metavar="FILE.jsonl|.parquet",
            help="Write results to a file, or, with / at the end, to a folder of shards.",
        ),
        click.option(
            "--list",
            "listing",
            metavar="FILE|-",
            help="Read the pictures listed in a file, one path per line.",
        ),
    ):
        command = option(command)
    return command


def read_bulk(  # noqa: PLR0913 - the options of the command
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

    Raises `PictureError` where not one could be read.
    """
    from digitile.bulk.to_file import SHARD, read_to_file

    if out is None:
        raise UsageError("--list, --shard and --ray need --out FILE.jsonl or FILE.parquet.")
    if bool(pictures) == (listing is not None):
        raise UsageError("give either pictures and folders, or --list.")
    shown = _Shown()
    try:
        with _paths(pictures, listing) as paths, shown:
            totals = read_to_file(
                paths,
                out,
                asked,
                model=model,
                engine=engine,
                shard=shard or SHARD,
                processes=processes,
                ray=ray,
                on_totals=shown.update,
            )
    except KeyboardInterrupt:
        click.echo(f"digitile: {shown.told()}. Rerun the command to resume.", err=True)
        raise
    click.echo(f"digitile: {shown.told()}. Results: {out}", err=True)
    if totals.failed and totals.failed == totals.pictures:
        raise PictureError(f"none of the {totals.failed} pictures could be read. {out} says why.")


@contextmanager
def _paths(pictures: Sequence[str], listing: str | None) -> Iterator[Iterator[Path]]:
    """Yield the paths of what is to be read, one after the other."""
    from digitile.bulk.inputs import expand, listed

    if listing is None:
        yield (path for word in pictures for path in expand(word))
    elif listing == "-":
        yield listed(standard_input(), "the list")
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
    """Shows how many pictures are read, on standard error, where that is a terminal."""

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
        self._totals: Totals | None = None

    def __enter__(self) -> "_Shown":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def update(self, totals: "Totals") -> None:
        """Show what is done so far."""
        self._totals = totals
        self._progress.update(self._task, description=self.told())

    def told(self) -> str:
        """Return in one line what was done."""
        from digitile.bulk.to_file import Totals

        totals = self._totals or Totals()
        seconds = time.monotonic() - self._start
        rate = f"{totals.pictures / seconds:.0f} per second" if totals.pictures else "nothing to do"
        before = f"; {totals.before} were read before" if totals.before else ""
        return f"{totals.pictures} pictures read, {rate}, {totals.failed} failed{before}"
