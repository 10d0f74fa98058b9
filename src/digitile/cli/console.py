"""What the commands share: options, progress displays, tables."""

import json
import signal
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import click

from digitile.errors import UsageError

INTERRUPTED = 130
"""Exit status after Ctrl-C."""

as_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
engine = click.option(
    "--engine",
    default="tile",
    show_default=True,
    help="How to compute: tile (machine code), xla (JAX; also on a GPU; with its fast units "
    "xla-tf32, xla-bfloat16), or reference (NumPy).",
)
processes = click.option(
    "--processes",
    type=click.IntRange(1),
    help="How many draw and read pictures at the same time.  [default: one for each processor]",
)
data_folder = click.option(
    "--data-folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the data sets.  [default: $DIGITILE_DATA, else the user's cache folder]",
)


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
    """Return a MODEL's file; "digits" is the one that comes with digitile."""
    from digitile.model import bundled_model

    return bundled_model() if str(model) == "digits" and not model.exists() else model


def check_target(target: Path, source: Path, overwrite: bool) -> None:
    """Refuse, before any work, a file to write that could not or should not be written."""
    if not target.parent.is_dir():
        raise UsageError(f"the folder {target.parent} does not exist. Make it, or choose another.")
    if target.is_dir():
        raise UsageError(f"{target} is a folder. Give the name of a file.")
    if target.exists() and target.samefile(source):
        raise UsageError(f"{target} is the model given, which stays. Give another --out.")
    if target.exists() and not overwrite:
        raise UsageError(f"{target} is there already. Give --overwrite, or another --out.")
