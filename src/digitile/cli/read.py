"""digitile read: the digits on pictures."""

import csv
import io
import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digitile.cli.bulk import bulk_options, read_bulk
from digitile.cli.console import as_json, print_json
from digitile.errors import PictureError, UsageError
from digitile.processors import processors

if TYPE_CHECKING:
    from digitile.reader import Grid, Line, Reading

    Result = list[Reading] | PictureError

MANY = 8
"""From so many pictures on, progress is shown."""

HUNDREDS, THOUSANDS = 300, 5000
"""From so many on, starting several processes and the tile engine pays, and compiling it."""


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
    help="Mark as doubtful what is not this sure: 0.001 for one accepted line in 1,000 wrong.",
)
@click.option(
    "--turn/--no-turn",
    default=True,
    show_default=True,
    help="Try it upside down and sideways where it has little to say as it stands.",
)
@click.option(
    "--cells",
    is_flag=True,
    help="Print the cells of a form or grid, too: a line for each row, cells parted by tabs. With "
    "--csv, a row for each cell instead of each line.",
)
@click.option("--groups", is_flag=True, help="Keep wide gaps: 08 03 1990, not 08031990.")
@click.option(
    "--boxes",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="PICTURE",
    help="Write the picture with what was read drawn on it; of one picture only.",
)
@as_json
@click.option("--csv", "as_csv", is_flag=True, help="Print a row for each line, as CSV.")
@click.option(
    "--model",
    type=click.Path(path_type=Path),
    help="A model file of digits on pages.  [default: the one that comes with digitile]",
)
@click.option(
    "--engine",
    help="How to compute: reference starts at once, tile is faster for many.  [default: by how "
    "many pictures there are]",
)
@click.option(
    "--processes",
    type=click.IntRange(1, 256),
    help="How many pictures are read at the same time.  [default: for many, as many as cores]",
)
@bulk_options
@click.pass_context
def read(
    context: click.Context,
    pictures: tuple[str, ...],
    field: str | None,
    max_error: float | None,
    turn: bool,
    cells: bool,
    groups: bool,
    boxes: Path | None,
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
    """Read the handwritten digits on each PICTURE, of a FOLDER, or of standard input (-).

    One line a page: the file, a colon, what was read, its value where that is another, and how
    sure that is; lines of one page are parted by a slash, and doubtful ones end with a question
    mark.

    Millions of pictures: give --out, and --list where a command line cannot hold their names. If
    that is interrupted, the same command goes on.
    """
    from digitile.bulk.settings import Asked
    from digitile.cli.boxes import draw_boxes
    from digitile.reader import Reader, Reading

    if out or listing or shard or ray:
        if as_json or as_csv or cells or groups or boxes is not None:
            raise UsageError(
                "--out writes all lines there are: leave out --json, --csv, --cells, --groups, "
                "--boxes."
            )
        asked = Asked(field, max_error, turn)
        read_bulk(pictures, listing, out, asked, model, engine, processes, shard, ray)
        return
    if not pictures:
        raise UsageError("no picture was given. Name one, or a folder; see digitile read --help.")
    if as_json and as_csv:
        raise UsageError("--json and --csv exclude each other. Give one.")
    sources = _sources(pictures)
    if boxes is not None and len(sources) != 1:
        raise UsageError(f"--boxes is for one picture, but {len(sources)} were given.")
    reader = Reader.load(model, engine or _engine(len(sources)))
    results = reader.read_many(
        (source for _, source in sources),
        processes=processes or (processors() if len(sources) >= HUNDREDS else 1),
        field=field,
        max_error=max_error,
        turn=turn,
        cells=cells or as_json,
    )
    plain = not as_json and not as_csv
    rows: list[Reading] = []
    failed = False
    for (name, _), result in zip(sources, _watched(results, len(sources), plain), strict=True):
        if isinstance(result, PictureError):
            failed = True
            click.echo(f"digitile: {_one_line(str(result))}", err=True)
            rows.append(Reading(_printable(name), 1, (), _one_line(str(result))))
            continue
        for reading in result:
            rows.append(replace(reading, path=_printable(name)))
            if plain:
                page = f", page {reading.page}" if len(result) > 1 else ""
                click.echo(f"{_one_line(name)}{page}: {_told(reading, groups)}")
                if cells and reading.grid is not None:
                    click.echo(_tabbed(reading.grid))
    if as_json:
        _print_readings(rows)
    if as_csv:
        click.echo(_cells_csv(rows) if cells else _csv(rows, groups), nl=False)
    if boxes is not None and not failed:
        draw_boxes(sources[0][1], rows[0], boxes)
    if failed:
        context.exit(1)


def _engine(count: int) -> str:
    """Return what reads so many pictures soonest."""
    if count < HUNDREDS:
        return "reference"
    from digitile.engines.tile.disk import is_compiled

    return "tile" if count >= THOUSANDS or is_compiled() else "reference"


def _sources(words: Sequence[str]) -> list[tuple[str, Path | bytes]]:
    """Return the pictures that words of the command line stand for, with their names."""
    from digitile.bulk.inputs import expand
    from digitile.pictures import MAX_BYTES

    found: list[tuple[str, Path | bytes]] = []
    for word in words:
        if word == "-":
            found.append((word, sys.stdin.buffer.read(MAX_BYTES + 1)))
        else:
            found += [(str(path), path) for path in expand(word)]
    return found


def _watched(results: Iterator["Result"], count: int, plain: bool) -> Iterator["Result"]:
    """Show on standard error how far a long work is, where that disturbs no output."""
    if count < MANY or not sys.stderr.isatty() or (plain and sys.stdout.isatty()):
        yield from results
        return
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    yield from track(results, "reading", count, console=console, transient=True)


def _told(reading: "Reading", groups: bool) -> str:
    """Return what was read on a page in one line."""
    if not reading.lines:
        return f"no digits ({reading.reason})"
    parts = []
    for line in reading.lines:
        text = _text(line, groups)
        value = "" if line.value in (None, text) else f" = {line.value}"
        was = "" if line.repaired is None else f", read as {line.repaired}"
        note = "" if line.note is None else f"; {line.note}"
        guess = "" if line.measured else ", not measured"
        doubt = "" if line.accepted else " ?"
        parts.append(f"{text}{value} ({100 * line.confidence:.1f} %{guess}{was}{note}){doubt}")
    turned = f" (turned by {reading.turned}°)" if reading.turned else ""
    return " / ".join(parts) + turned


def _text(line: "Line", groups: bool) -> str:
    return " ".join(line.groups) if groups and not line.marks else line.text


def _tabbed(grid: "Grid") -> str:
    """Return a grid's texts: a line for each row, its cells parted by tabs."""
    return "\n".join("\t".join(cell.text for cell in row) for row in grid.rows)


def _print_readings(rows: Sequence["Reading"]) -> None:
    """Print a JSON array: of one reading for the eye, of more with a reading a line."""
    if len(rows) == 1:
        print_json([rows[0].to_json()])
        return
    lines = (json.dumps(r.to_json(), ensure_ascii=False, allow_nan=False) for r in rows)
    click.echo("[" + ",\n".join(lines) + "]")


def _csv(rows: Sequence["Reading"], groups: bool) -> str:
    """Return a row for each line, and one for each page without lines."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    told = "text", "value", "confidence", "measured", "accepted", "note"
    writer.writerow(("path", "page", "line", *told, "reason"))
    for reading in rows:
        for number, line in enumerate(reading.lines, 1):
            sure = f"{line.confidence:.6f}", line.measured, line.accepted
            row = number, _text(line, groups), line.value, *sure, line.note, ""
            writer.writerow((reading.path, reading.page, *row))
        if not reading.lines:
            writer.writerow((reading.path, reading.page, "", *[""] * len(told), reading.reason))
    return text.getvalue()


def _cells_csv(rows: Sequence["Reading"]) -> str:
    """Return a row for each cell of each page's grid, rows and columns from 1."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("path", "page", "row", "column", "text", "confidence", "accepted"))
    for reading in rows:
        for row, cells in enumerate(reading.grid.rows if reading.grid else (), 1):
            for column, cell in enumerate(cells, 1):
                told = cell.text, f"{cell.confidence:.6f}", cell.accepted
                writer.writerow((reading.path, reading.page, row, column, *told))
    return text.getvalue()


def _printable(name: str) -> str:
    """Return a file's name with U+FFFD for the bytes that are no text."""
    return os.fsencode(name).decode("utf-8", "replace")


def _one_line(text: str) -> str:
    """Return text with nothing in it that moves a terminal's cursor."""
    return "".join(c if c.isprintable() else "\ufffd" for c in _printable(text))
