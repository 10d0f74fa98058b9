"""Photos with what is written on them: a few to adapt to, or many to measure a reader on.

The few are a folder, or a zip file; the many a folder with a table ``labels.csv``.

The text of one of the few is, in this order:

- what ``texts.csv`` says, a table with the columns ``file`` and ``text``; where it has ``x``,
  ``y``, ``width`` and ``height`` as well, they are the text's place on the photo, in pixels;
- the digit that its folder is named as: it is the one at the picture's middle. So are the web
  page's corrected digits, ``examples/7/0001.png`` in a zip file;
- the beginning of its own name, up to the first space or ``_``: ``12,50_receipt.jpg``.

Nothing of a zip file is written to disk. As in `digitile.data.folder`, what begins with a dot and
files with another suffix are no pictures.
"""

import csv
import hashlib
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path, PurePosixPath

from digitile.data.folder import is_picture, leave_out, quote
from digitile.errors import DataError

MAX_EXAMPLES = 2_000
"""Most texts; for more, there is training."""

MAX_ZIP = 64 << 20
"""Most bytes of a zip file: enough for the web page's, and for what its directory may claim."""

MAX_CONTENT = 256 << 20
"""Most bytes that the files of a zip file may have unpacked, all together."""

MAX_TABLE = 16 << 20
"""Most bytes of a table: hundreds of thousands of photos."""

TABLE = "texts.csv"
LABELS = "labels.csv"
PLACE = ("x", "y", "width", "height")
SIGNS = frozenset("0123456789.,-/")

Files = dict[str, Path | bytes]
Where = tuple[float, float, float, float]


@dataclass(frozen=True)
class Example:
    """A text on a photo."""

    name: str  # of the picture, as messages call it
    source: Path | bytes  # its file, which may be broken, or what is in it
    text: str  # digits and the marks ``.,-/``
    # x, y, width and height of the text; None where it may be anywhere on the photo
    place: Where | None = None
    middle: bool = False  # whether it is the one digit at the picture's middle


def load_examples(path: str | PathLike[str]) -> list[Example]:
    """Read labelled photos, in the order of the table, or of the files' names.

    What cannot be used is left out with a warning: a picture whose text is not told or is none, and
    a row of the table that names no picture.

    Parameters
    ----------
    path : path-like
        A folder or a zip file, as above.

    Raises
    ------
    DataError
        Where nothing can be used, or there are too many texts, and for a table or zip file that is
        broken.
    """
    path = Path(path)
    files = _from_folder(path) if path.is_dir() else _from_zip(path)
    tables = [name for name in files if PurePosixPath(name).name == TABLE]
    entries = _listed(path, files, tables[0]) if tables else _named(path, files)
    told = [one for one in entries if isinstance(one, Example)]
    wrong = [one for one in entries if isinstance(one, DataError)]
    if not told and wrong:
        raise wrong[0]
    leave_out(list(map(str, wrong)))
    if not told:
        raise DataError(
            f"{quote(path)} has no pictures. Put photos into it, each named as what is written on "
            f"it, as 2024.jpg, or with a table {TABLE} of the columns file and text."
        )
    if len(told) > MAX_EXAMPLES:
        raise DataError(f"{quote(path)} has more than {MAX_EXAMPLES:,} texts. Give fewer.")
    return told


def load_labels(folder: str | PathLike[str]) -> list[Example]:
    """Return the labelled photos of a folder, in the order of its table ``labels.csv``.

    The table has the columns ``file``, a path below the folder, and ``text``, the one line of
    digits and marks on that photo; spaces in it do not count.

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
    folder = Path(folder)
    files = _from_folder(folder) if folder.is_dir() else {}
    found = _listed(folder, {LABELS: folder / LABELS, **files}, LABELS)
    if not found:
        table = quote(folder / LABELS)
        raise DataError(f"{table} has no photos. Give a row for each: file,text.")
    labelled = []
    for one in found:
        if isinstance(one, DataError):
            raise one
        assert isinstance(one.source, Path)
        labelled.append(replace(one, name=str(one.source.relative_to(folder))))
    return labelled


def digest_of(examples: Sequence[Example]) -> str:
    """Return the SHA-256 of pictures, texts and places."""
    found = hashlib.sha256()
    for one in examples:
        content = one.source if isinstance(one.source, bytes) else one.source.read_bytes()
        found.update(hashlib.sha256(content).digest())
        found.update(f"{one.text} {one.place} {one.middle}\n".encode())
    return found.hexdigest()


def _named(path: Path, files: Files) -> list[Example | DataError]:
    """Return the texts that names tell, and what is wrong with the others."""
    told: list[Example | DataError] = []
    for name in sorted(files):
        inside, shown = PurePosixPath(name), quote(path / name)
        folder = inside.parent.name
        if len(folder) == 1 and folder in "0123456789":
            told.append(Example(shown, files[name], folder, middle=True))
        else:
            text = inside.stem.replace("_", " ").split(" ")[0]
            try:
                told.append(Example(shown, files[name], _checked(text, shown)))
            except DataError as error:
                told.append(error)
    return told


def _listed(path: Path, files: Files, table: str) -> list[Example | DataError]:
    """Return the texts that a table tells, and what is wrong with other rows."""
    source, name = files.pop(table), quote(path / table)
    try:
        content = source if isinstance(source, bytes) else _table(source)
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        why = getattr(error, "strerror", None) or error
        raise DataError(
            f"{name} cannot be read: {why}. Put a table there, CSV in UTF-8, with the columns file "
            "and text."
        ) from error
    told: list[Example | DataError] = []
    for number, row in enumerate(rows, 2):
        try:
            told.append(_of_row(path, files, PurePosixPath(table), row, number))
        except DataError as error:
            told.append(error)
    return told


def _table(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(MAX_TABLE + 1)
    if len(content) > MAX_TABLE:
        raise DataError(f"{quote(path)} has more than {MAX_TABLE >> 20} MiB. Divide it.")
    return content


def _of_row(
    path: Path, files: Files, table: PurePosixPath, row: dict[str | None, str], number: int
) -> Example:
    """Return what one row of a table tells of a picture, whose name is relative to the table."""
    where = f"{quote(path / table)}, line {number}"
    file, text = (str(row.get(column) or "").strip() for column in ("file", "text"))
    if None in row:
        raise DataError(
            f"{where} has more cells than the first line. Put a text with a comma in quotes: "
            '"12,50".'
        )
    picture = str(table.parent / file)
    if picture not in files:
        raise DataError(f"{where}: there is no picture {file!r}. Give its name in the column file.")
    text, place = _checked(text.replace(" ", ""), where), _place(row, where)
    return Example(quote(path / picture), files[picture], text, place)


def _place(row: dict[str | None, str], where: str) -> Where | None:
    values = [row.get(column) for column in PLACE]
    if not any(values):
        return None
    try:
        x, y, width, height = (float(value or "") for value in values)
    except ValueError:
        x = y = width = height = -1.0
    if not (min(x, y) >= 0 and 0 < min(width, height) <= max(x, y, width, height) < 1e6):
        raise DataError(
            f"{where}: the place is {', '.join(map(str, values))}. Give x, y, width and height "
            "in pixels, or none of them."
        )
    return x, y, width, height


def is_number(text: str) -> bool:
    """Return whether a text is at most 100 digits and marks, with a digit at least."""
    return len(text) <= 100 and set(text) <= SIGNS and any(map(str.isdigit, text))


def _checked(text: str, where: str) -> str:
    if not is_number(text):
        raise DataError(
            f"{where}: {text!r} is no number. Name a photo as what is written on it, as 2024.jpg "
            f"or 12,50_b.jpg, or list the texts in a table, {TABLE}."
        )
    return text


def _is_wanted(inside: PurePosixPath) -> bool:
    named = [part for part in inside.parts if part != ".."]
    hidden = any(part.startswith((".", "__MACOSX")) for part in named)
    return not hidden and (is_picture(inside) or inside.name == TABLE)


def _from_folder(path: Path) -> Files:
    try:
        found = [one for one in path.rglob("*") if one.is_file()]
    except OSError as error:
        raise DataError(f"{quote(path)} cannot be read: {error.strerror}.") from error
    names = {str(PurePosixPath(*one.relative_to(path).parts)): one for one in found}
    return {name: one for name, one in names.items() if _is_wanted(PurePosixPath(name))}


def _from_zip(path: Path) -> Files:
    if not path.is_file():
        what = "is neither a folder nor a file" if path.exists() else "does not exist"
        raise DataError(f"{quote(path)} {what}. Give a folder of examples.")
    if path.stat().st_size > MAX_ZIP:
        raise DataError(
            f"{quote(path)} has more than {MAX_ZIP >> 20} MiB. Unpack it and give the folder."
        )
    try:
        with zipfile.ZipFile(path) as archive:
            return dict(_members(path, archive))
    except OSError as error:
        raise DataError(f"{quote(path)} cannot be read: {error.strerror}.") from error
    except zipfile.BadZipFile as error:
        raise DataError(
            f"{quote(path)} is no folder and no whole zip file ({error}). Give a folder of "
            "examples, or the file that the web page saves."
        ) from error
    except (
        NotImplementedError,  # an unknown method
        RuntimeError,  # a password
        EOFError,
        ValueError,  # names that are no UTF-8
        struct.error,
        zlib.error,
        lzma.LZMAError,
    ) as error:
        raise DataError(
            f"{quote(path)} cannot be unpacked here: {error}. Unpack it and give the folder."
        ) from error


def _members(path: Path, archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    left = MAX_CONTENT
    for member in sorted(archive.infolist(), key=lambda member: member.filename):
        if member.is_dir() or not _is_wanted(PurePosixPath(member.filename)):
            continue
        with archive.open(member) as file:
            content = file.read(left + 1)
        left -= len(content)
        if left < 0:
            raise DataError(
                f"{quote(path)} holds more than {MAX_CONTENT >> 20} MiB of pictures. Give fewer."
            )
        yield str(PurePosixPath(member.filename)), content
