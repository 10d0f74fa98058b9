"""What the commands share: options, progress displays, tables."""

import json
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, BinaryIO

import click

from digitile.errors import UsageError

INTERRUPTED = 130
"""Exit status after Ctrl-C."""

PATH = click.Path(path_type=Path)
FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)


def _installed(context: click.Context, _option: click.Parameter, name: str) -> str:
    """Refuse an engine that is not installed before any work; a mere list needs none."""
    from digitile.engines import check_engine

    if not context.params.get("list_only"):
        check_engine(name)
    return name


as_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
engine = click.option(
    "--engine",
    default="tile",
    show_default=True,
    callback=_installed,
    help="What computes the network: tile (machine code), xla (JAX, also on a GPU; xla-tf32 and "
    "xla-bfloat16 use its fast units), or reference (NumPy).",
)
processes = click.option(
    "--processes",
    type=click.IntRange(1),
    help="Processes that generate and read pictures.  [default: one for each processor]",
)
data_folder = click.option(
    "--data-folder",
    type=FOLDER,
    help="Folder with the data sets.  [default: $DIGITILE_DATA, else the user's cache folder]",
)
own_model = click.option(
    "--model",
    type=PATH,
    help="A model file that sees pages.  [default: the bundled one]",
)
overwrite = click.option("--overwrite", is_flag=True, help="Replace --out if it exists.")


def standard_input() -> BinaryIO:
    """Return standard input, as bytes.

    Raises
    ------
    UsageError
        Where it is closed.
    """
    if sys.stdin is None:
        raise UsageError("- is standard input, which is closed. Give it a file: < FILE")
    return sys.stdin.buffer


def print_json(value: Any) -> None:
    """Print a JSON value to standard output."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def table(header: Sequence[str], rows: Iterable[Sequence[Any]], left: int = 1) -> str:
    """Return an aligned table; the first `left` columns flush left, the others right."""
    lines = [[str(cell) for cell in row] for row in (header, *rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i < left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def share(part: int, whole: int) -> str:
    """Return a share in percent, a dash of nothing."""
    return f"{100 * part / whole:.1f} %" if whole else "–"


@contextmanager
def stop_on_signal() -> Iterator[list[int]]:
    """Collect the first Ctrl-C or termination instead of breaking a step; the second one breaks."""
    received: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        if received:
            raise KeyboardInterrupt
        received.append(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class DownloadBar:
    """A progress bar on standard error, as the download library wants it."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TransferSpeedColumn

        self._progress = Progress(
            "{task.description}",
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            console=Console(stderr=True),
        )
        self._task = self._progress.add_task("downloading", total=None)
        self.total = 0

    def update(self, size: int) -> None:
        """Count `size` more bytes."""
        self._progress.start()
        self._progress.update(self._task, advance=size, total=self.total)

    def reset(self) -> None:
        """Count from 0 again."""
        self._progress.reset(self._task)

    def close(self) -> None:
        """Leave the bar as it stands."""
        self._progress.stop()


class WorkBar:
    """A progress bar on standard error, where that is a terminal, for work that has shares."""

    def __init__(self, what: str) -> None:
        from rich.console import Console
        from rich.progress import Progress

        console = Console(stderr=True)
        self._progress = Progress(console=console, disable=not console.is_terminal)
        self._task = self._progress.add_task(what, total=1.0)

    def __enter__(self) -> "WorkBar":
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def show(self, share: float) -> None:
        """Show that this share of the work is done."""
        self._progress.update(self._task, completed=share)


def model_file(model: Path) -> Path:
    """Return a MODEL's file; "digits" is the one that comes with digitile, also beside a folder."""
    from digitile.model import bundled_model

    return bundled_model() if str(model) == "digits" and not model.is_file() else model


def check_target(target: Path, source: Path, overwrite: bool) -> None:
    """Refuse, before any work, a file to write that could not or should not be written."""
    if not target.parent.is_dir():
        raise UsageError(
            f"the folder {target.parent} does not exist. Create it, or choose another."
        )
    if target.is_dir():
        raise UsageError(f"{target} is a folder. Give a file name.")
    if target.exists() and target.samefile(source):
        raise UsageError(
            f"{target} is the given model, which is never replaced. Choose another file."
        )
    if target.exists() and not overwrite:
        raise UsageError(f"{target} already exists. Give --overwrite, or another --out.")
