"""digitile read: the digits on pictures, and the fields of forms."""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from digitile.cli.bulk import bulk_options, read_bulk
from digitile.cli.console import FILE, own_model, standard_input
from digitile.cli.read_output import (
    fields_csv,
    one_line,
    print_all,
    print_readings,
    printable,
    show_fields,
    show_readings,
)
from digitile.errors import PictureError, UsageError

if TYPE_CHECKING:
    from digitile.forms import FormReading
    from digitile.reader import Reading

KINDS = ("text", "json", "csv", "alto", "hocr")

MANY = 8
"""From so many pictures on, progress is shown."""

R = TypeVar("R", "Reading", "FormReading")
T = TypeVar("T")


@click.command()
@click.argument("pictures", metavar="PICTURE|FOLDER|GLOB|-…", nargs=-1)
@click.option(
    "--field",
    metavar="RULE",
    help="What the text must be: length=N, postal, amount, date (or date=DMY, date=MDY, date=YMD), "
    "luhn or regex=PATTERN.",
)
@click.option(
    "--max-error",
    type=float,
    metavar="SHARE",
    help="Accept fewer lines, so that at most this share of them is wrong: 0.001 for 1 in 1,000.",
)
@click.option(
    "--turn/--no-turn",
    default=True,
    show_default=True,
    help="Also try a page upside down and sideways if little can be read as it stands.",
)
@click.option(
    "--cells",
    is_flag=True,
    help="Also print the cells of a form or grid, one line per row, separated by tabs. With --csv, "
    "one row per cell instead of one per line.",
)
@click.option("--groups", is_flag=True, help="Keep wide gaps: 08 03 1990, not 08031990.")
@click.option(
    "--boxes",
    type=FILE,
    metavar="PICTURE",
    help="Write the picture with the result drawn on it (for one picture only).",
)
@click.option(
    "--form",
    type=FILE,
    metavar="FORM.toml",
    help="Read the named fields of a form: see digitile form. --boxes draws where they were found.",
)
@click.option(
    "--format",
    "kind",
    type=click.Choice(KINDS),
    help="What is printed: text, JSON, CSV (a row for each line of digits; of a form, a row for "
    "each page and a column for each field), ALTO 4 (of one picture) or hOCR.  [default: text]",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--csv", "as_csv", is_flag=True, help="The same as --format csv.")
@own_model
@click.option(
    "--engine",
    help="What computes the network: reference starts at once, tile is faster for many pictures.  "
    "[default: by the number of pictures]",
)
@click.option(
    "--processes",
    type=click.IntRange(1, 256),
    help="Pictures read at the same time.  [default: 1; for many pictures, one per core]",
)
@bulk_options
@click.pass_context
def read(  # noqa: PLR0913 - click gives each option as an argument
    context: click.Context,
    pictures: tuple[str, ...],
    field: str | None,
    max_error: float | None,
    turn: bool,
    cells: bool,
    groups: bool,
    boxes: Path | None,
    form: Path | None,
    kind: str | None,
    as_json: bool,
    as_csv: bool,
    model: Path | None,
    engine: str | None,
    processes: int | None,
    listing: str | None,
    out: str | None,
    shard: int | None,
    ray: str | None,
) -> None:
    """Read the handwritten digits on each PICTURE, in a FOLDER, or from standard input (-).

    Prints one line for each page: the file, a colon, the text, its value if that differs, and the
    confidence. Lines of digits on one page are separated by slashes; a question mark follows those
    that are not accepted.

    For millions of pictures, give --out, and --list if their names do not fit on a command line. If
    the run is interrupted, rerun the command to resume it.
    """
    from digitile.bulk.settings import Asked
    from digitile.reader.reader import engine_for, processes_for

    kind = _kind(kind, as_json, as_csv)
    extras = _Extras(cells, groups, boxes, form)
    if out or listing or shard or ray:
        if kind != "text" or extras != _Extras():
            raise UsageError(
                "--out writes all lines: leave out --format, --json, --csv, --form, --cells, "
                "--groups and --boxes."
            )
        asked = Asked(field, max_error, turn)
        read_bulk(pictures, listing, out, asked, model, engine, processes, shard, ray)
        return
    sources, whole = _sources(pictures)
    extras.check(kind, len(sources))
    run = _Run(
        sources,
        kind,
        extras,
        engine or engine_for(len(sources)),
        model,
        processes or processes_for(len(sources)),
    )
    if form is not None:
        if field is not None or not turn:
            raise UsageError(
                "--form has a rule for each field and finds a sheet in any direction: leave out "
                "--field and --no-turn."
            )
        failed = run.read_form(form, max_error)
    else:
        failed = run.read(field, max_error, turn)
    if failed or not whole:
        context.exit(1)


def _kind(kind: str | None, as_json: bool, as_csv: bool) -> str:
    """Return what is printed."""
    named = {kind} if kind else set()
    named |= {name for name, given in (("json", as_json), ("csv", as_csv)) if given}
    if len(named) > 1:
        raise UsageError(f"the formats {' and '.join(sorted(named))} exclude each other. Give one.")
    return named.pop() if named else "text"


@dataclass(frozen=True)
class _Extras:
    """Options of what is printed, and of what is written besides."""

    cells: bool = False
    groups: bool = False
    boxes: Path | None = None
    form: Path | None = None

    def check(self, kind: str, pictures: int) -> None:
        """Raise where these do not go together."""
        if self.boxes is not None and pictures != 1:
            raise UsageError(f"--boxes is for one picture, but {pictures} were given.")
        if kind == "alto" and pictures != 1:
            raise UsageError(
                f"an ALTO document is of one picture, but {pictures} were given. Give one, or "
                "--format hocr."
            )
        if self.cells and kind in ("alto", "hocr"):
            raise UsageError(f"--cells is for text, json and csv, not for {kind}. Leave it out.")
        if self.form is not None and (self.cells or self.groups or kind in ("alto", "hocr")):
            raise UsageError(
                "--form prints fields, as text, json or csv: leave out --cells and --groups, and "
                "give no other --format."
            )


@dataclass(frozen=True)
class _Run:
    """The pictures to read, and how they are read and printed."""

    sources: list[tuple[str, Path | bytes]]
    kind: str
    extras: _Extras
    engine: str
    model: Path | None
    processes: int

    def read(self, field: str | None, max_error: float | None, turn: bool) -> bool:
        """Read and print lines of digits; return whether a picture failed."""
        from digitile.inspect.boxes import draw_boxes
        from digitile.pictures import write_picture
        from digitile.reader import Reader, Reading

        extras = self.extras
        results = Reader.load(self.model, self.engine).read_many(
            self._pictures(),
            processes=self.processes,
            field=field,
            max_error=max_error,
            turn=turn,
            cells=extras.cells or self.kind == "json",
        )
        show = partial(show_readings, groups=extras.groups, cells=extras.cells)
        rows, failed = self._collect(
            results, show, lambda path, reason: Reading(path, 1, (), reason)
        )
        print_readings(self.kind, rows, extras.groups, extras.cells)
        if extras.boxes is not None and not failed:
            write_picture(extras.boxes, draw_boxes(self.sources[0][1], rows[0]))
        return failed

    def read_form(self, path: Path, max_error: float | None) -> bool:
        """Read and print the fields of a form; return whether a picture failed."""
        from digitile.forms import FormReading, load_form, read_forms
        from digitile.forms.drawing import draw_fields
        from digitile.pictures import write_picture
        from digitile.reader import Reader
        from digitile.reader.trust import threshold

        form, reader = load_form(path), Reader.load(self.model, self.engine)
        threshold(reader.model, max_error)  # refuses a wrong one before anything is read
        results = read_forms(
            reader, form, self._pictures(), processes=self.processes, max_error=max_error
        )
        rows, failed = self._collect(
            results, show_fields, lambda path, reason: FormReading.unread(path, 1, form, reason)
        )
        if self.kind == "json":
            print_all([row.to_json() for row in rows])
        if self.kind == "csv":
            click.echo(fields_csv(form.names, rows), nl=False)
        if self.extras.boxes is not None and not failed:
            write_picture(self.extras.boxes, draw_fields(self.sources[0][1], form))
        return failed

    def _pictures(self) -> Iterator[Path | bytes]:
        return (source for _, source in self.sources)

    def _collect(
        self,
        results: Iterator[list[R] | PictureError],
        show: Callable[[str, list[R]], None],
        unread: Callable[[str, str], R],
    ) -> tuple[list[R], bool]:
        """Return all readings, one for each picture that failed, too, and whether there is such.

        Text is printed as each picture is read.
        """
        rows: list[R] = []
        failed, plain = False, self.kind == "text"
        watched = _watched(results, len(self.sources), plain)
        for (name, _), result in zip(self.sources, watched, strict=True):
            if isinstance(result, PictureError):
                failed = True
                click.echo(f"digitile: {one_line(str(result))}", err=True)
                rows.append(unread(printable(name), one_line(str(result))))
                continue
            rows += [replace(reading, path=printable(name)) for reading in result]
            if plain:
                show(name, result)
        return rows, failed


def _sources(words: Sequence[str]) -> tuple[list[tuple[str, Path | bytes]], bool]:
    """Return the pictures that words of the command line stand for, with their names.

    Also return whether these are all: a folder inside that cannot be listed is told and left out.
    """
    from digitile.bulk.inputs import expand
    from digitile.pictures import MAX_BYTES

    if not words:
        raise UsageError("no picture was given. Name one, or a folder; see digitile read --help.")
    found: list[tuple[str, Path | bytes]] = []
    left_out: list[PictureError] = []
    for word in words:
        if word == "-":
            found.append((word, standard_input().read(MAX_BYTES + 1)))
        else:
            found += [(str(path), path) for path in expand(word, left_out.append)]
    for error in left_out:
        click.echo(f"digitile: {one_line(str(error))}", err=True)
    return found, not left_out


def _watched(results: Iterator[T], count: int, plain: bool) -> Iterator[T]:
    """Show on standard error how far a long work is, where that disturbs no output."""
    if count < MANY or not sys.stderr.isatty() or (plain and sys.stdout.isatty()):
        yield from results
        return
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    yield from track(results, "reading", count, console=console, transient=True)
