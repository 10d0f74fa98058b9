"""What digitile read prints: text, JSON and CSV, of lines and of forms' fields."""

import csv
import io
import json
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from digitile.cli.console import print_json

if TYPE_CHECKING:
    from digitile.forms import FieldReading, FormReading
    from digitile.reader import Grid, Line, Reading


def show_readings(name: str, readings: Sequence["Reading"], groups: bool, cells: bool) -> None:
    """Print a line for each page of a picture."""
    for reading in readings:
        page = f", page {reading.page}" if len(readings) > 1 else ""
        click.echo(f"{one_line(name)}{page}: {_told(reading, groups)}")
        if cells and reading.grid is not None:
            click.echo(_tabbed(reading.grid))


def _told(reading: "Reading", groups: bool) -> str:
    """Return what was read on a page in one line."""
    if not reading.lines:
        return f"no digits ({reading.reason})"
    parts = [_told_text(_text(line, groups), line) for line in reading.lines]
    turned = f" (turned by {reading.turned}°)" if reading.turned else ""
    return " / ".join(parts) + turned


def _told_text(text: str, read: "Line | FieldReading") -> str:
    """Return a text with its value, how sure it is, and what else is to be said."""
    value = "" if read.value in (None, text) else f" = {read.value}"
    was = "" if read.repaired is None else f", read as {read.repaired}"
    note = "" if read.note is None else f"; {read.note}"
    guess = "" if read.measured else ", not measured"
    doubt = "" if read.accepted else " ?"
    return f"{text}{value} ({100 * read.confidence:.1f} %{guess}{was}{note}){doubt}"


def _text(line: "Line", groups: bool) -> str:
    return " ".join(line.groups) if groups and not line.marks else line.text


def _tabbed(grid: "Grid") -> str:
    """Return a grid's texts: a line for each row, its cells parted by tabs."""
    return "\n".join("\t".join(cell.text for cell in row) for row in grid.rows)


def print_readings(kind: str, rows: Sequence["Reading"], groups: bool, cells: bool) -> None:
    """Print readings in one of the formats but text, which is printed while they are read."""
    if kind == "json":
        print_all([row.to_json() for row in rows])
    if kind == "csv":
        click.echo(cells_csv(rows) if cells else lines_csv(rows, groups), nl=False)
    decoded = [row for row in rows if row.width]
    if kind in ("alto", "hocr") and decoded:
        from digitile.formats import to_alto, to_hocr

        click.echo(to_alto(decoded) if kind == "alto" else to_hocr(decoded), nl=False)


def print_all(rows: Sequence[dict[str, Any]]) -> None:
    """Print a JSON array: of one element for the eye, of more with an element a line."""
    if len(rows) == 1:
        print_json(list(rows))
        return
    lines = (json.dumps(row, ensure_ascii=False, allow_nan=False) for row in rows)
    click.echo("[" + ",\n".join(lines) + "]")


def lines_csv(rows: Sequence["Reading"], groups: bool) -> str:
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


def cells_csv(rows: Sequence["Reading"]) -> str:
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


def show_fields(name: str, readings: Sequence["FormReading"]) -> None:
    """Print a line for each field of each page of a picture."""
    for reading in readings:
        page = f", page {reading.page}" if len(readings) > 1 else ""
        if reading.reason is not None:
            click.echo(f"{one_line(name)}{page}: no form ({reading.reason})")
            continue
        for field in reading.fields:
            click.echo(f"{one_line(name)}{page}: {field.name}: {_told_field(field)}")


def _told_field(field: "FieldReading") -> str:
    """Return what was read in a field."""
    if field.text is None:
        return f"no digits ({field.reason})"
    return _told_text(field.text, field)


def fields_csv(names: Sequence[str], rows: Sequence["FormReading"]) -> str:
    """Return a row for each page, a column for each field of a form.

    A field's value is in its column, or the text where it has none. The column `doubtful` names the
    fields whose texts are not accepted, and `reasons` says why others are empty.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("path", "page", *names, "doubtful", "reasons"))
    for reading in rows:
        told = [field.text if field.value is None else field.value for field in reading.fields]
        read = [field for field in reading.fields if field.text is not None]
        doubtful = "; ".join(field.name for field in read if not field.accepted)
        reasons = reading.reason or "; ".join(
            f"{field.name}: {field.reason}" for field in reading.fields if field.text is None
        )
        writer.writerow((reading.path, reading.page, *told, doubtful, reasons))
    return text.getvalue()


def printable(name: str) -> str:
    """Return a file's name with U+FFFD for the bytes that are no text."""
    return os.fsencode(name).decode("utf-8", "replace")


def one_line(text: str) -> str:
    """Return text with nothing in it that moves a terminal's cursor."""
    return "".join(c if c.isprintable() else "\ufffd" for c in printable(text))
