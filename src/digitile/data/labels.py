"""Photos with what is written on them, to measure a reader on: a folder with ``labels.csv``.

The table has the columns ``file``, a path below the folder, and ``text``, the one line of digits
and marks on that photo; spaces in it do not count.
"""

import csv
from pathlib import Path, PurePosixPath

from digitile.data.examples import Example, is_number
from digitile.data.folder import quote
from digitile.errors import DataError

TABLE = "labels.csv"

MAX_TABLE = 16 << 20
"""Most bytes of the table: hundreds of thousands of photos."""


def load_labels(folder: Path) -> list[Example]:
    """Return the labelled photos of a folder, in the order of the table.

    Returns
    -------
    list of Example
        Named as in the table. Their pictures are there, but may be broken.

    Raises
    ------
    DataError
        Where the table is missing, broken, too large or empty, and for a file that is not there or
        a text that is no number.
    """
    table = folder / TABLE
    try:
        with table.open("rb") as file:
            content = file.read(MAX_TABLE + 1)
        if len(content) > MAX_TABLE:
            raise DataError(f"{quote(table)} has more than {MAX_TABLE >> 20} MiB. Divide it.")
        rows = list(csv.DictReader(content.decode("utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        why = getattr(error, "strerror", None) or error
        raise DataError(
            f"{quote(table)} cannot be read: {why}. Put a table there, CSV in UTF-8, with the "
            "columns file and text."
        ) from error
    if not rows:
        raise DataError(f"{quote(table)} has no photos. Give a row for each: file,text.")
    return [_example(folder, row, number) for number, row in enumerate(rows, 2)]


def _example(folder: Path, row: dict[str | None, str], number: int) -> Example:
    where = f"{quote(folder / TABLE)}, line {number}"
    file, text = (str(row.get(column) or "").strip() for column in ("file", "text"))
    if None in row:
        raise DataError(
            f"{where} has more cells than the first line. Put a text with a comma in quotes: "
            '"12,50".'
        )
    inside = PurePosixPath(file)
    if inside.is_absolute() or ".." in inside.parts:
        raise DataError(f"{where}: {file!r} is not below the folder. Move the photo into it.")
    if not _is_file(folder / inside):
        raise DataError(f"{where}: there is no photo {file!r}. Give its name in the column file.")
    text = text.replace(" ", "")
    if not is_number(text):
        raise DataError(
            f"{where}: {text!r} is no number. Give the digits and marks on the photo in the "
            "column text."
        )
    return Example(file, folder / inside, text)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that is too long, or has a zero character
        return False
