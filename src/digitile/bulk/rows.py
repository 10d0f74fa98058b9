"""What is written of each line of digits, as JSON Lines or Parquet: the same rows in both.

====================  =========================================================================
``number``            the picture's place in the list, from 0
``path``              its file, with U+FFFD for bytes that are no text
``page``              from 1; null for a picture that could not be read
``line``              from 1, from top to bottom; null, as what follows, where there are no digits
``text``              its digits and marks
``confidence``        how likely all of `text` is right, 0 … 1
``measured``          whether it was measured how often lines so long and small are right
``accepted``          whether that is enough for the error rate asked for, and the rule holds
``box``               ``x``, ``y``, ``width``, ``height`` in pixels
``groups``            its digits, parted where wide gaps or marks are
``value``             what it stands for: an amount, a date, a number with a mark
``note``              which values there are, where there are several
``repaired``          what was read before the rule changed it
``alternatives``      the next likely texts: ``text``, ``confidence``
``turned``            by how many degrees clockwise the page was turned to be read
``reason``            why there is no line
``failed``            whether the picture could not be read, as `reason` says
====================  =========================================================================
"""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from digitile.errors import UsageError
from digitile.extras import extra
from digitile.reader import Reading

if TYPE_CHECKING:
    import pyarrow as pa

FORMS = ("jsonl", "parquet")
"""The kinds of files, by their suffix."""

ROW_GROUP = 1 << 16
"""About so many rows stand together in one Parquet file."""

_OF_LINE = (
    "text",
    "confidence",
    "measured",
    "accepted",
    "box",
    "groups",
    "value",
    "note",
    "repaired",
    "alternatives",
)


def rows_of(number: int, path: Path, readings: Iterable[Reading]) -> bytes:
    """Return the rows of one picture, as lines of JSON.

    Parameters
    ----------
    number : int
        The picture's place in the list.
    readings : iterable of Reading
        Its pages.
    """
    return b"".join(
        _row(number, path, page=page.page, turned=page.turned, reason=page.reason, **line)
        for page in readings
        for line in [
            {"line": place, **{name: one[name] for name in _OF_LINE}}
            for place, one in enumerate(map(asdict, page.lines), 1)
        ]
        or [{}]
    )


def failed_row(number: int, path: Path, reason: str) -> bytes:
    """Return the row of a picture that could not be read, as a line of JSON."""
    return _row(number, path, reason=reason, failed=True)


def _row(number: int, path: Path, **known: Any) -> bytes:
    row = {
        "number": number,
        "path": os.fsencode(path).decode("utf-8", "replace"),
        **dict.fromkeys(("page", "line", *_OF_LINE, "turned", "reason")),
        "failed": False,
        **known,
    }
    return json.dumps(row, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace") + b"\n"


def check_form(form: str) -> None:
    """Raise unless files of this kind can be written here.

    Raises `UsageError` for an unknown suffix, or Parquet without the library it takes.
    """
    if form not in FORMS:
        raise UsageError(
            f"results are written to .{' or .'.join(FORMS)}, not to {form or 'a name without it'!r}"
            ". Choose one, with / at its end for a folder of shards."
        )
    if form == "parquet":
        with extra("bulk"):
            import pyarrow.parquet  # noqa: F401


def write_rows(rows: bytes, form: str, file: BinaryIO) -> None:
    """Write lines of JSON, one or more, as a file of the form."""
    if form == "jsonl":
        file.write(rows)
        return
    import pyarrow.parquet as pq

    pq.write_table(_table(rows), file, compression="zstd")


def join(parts: Iterable[Path], form: str, file: BinaryIO) -> None:
    """Write the rows of some files, one after the other, as one; little of them is in memory."""
    if form == "jsonl":
        for part in parts:
            file.write(part.read_bytes())
        return
    import pyarrow.parquet as pq

    with pq.ParquetWriter(file, _schema(), compression="zstd") as writer:
        for table in _row_groups(parts):
            writer.write_table(table)


def _row_groups(parts: Iterable[Path]) -> Iterator["pa.Table"]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    tables: list[pa.Table] = []
    for part in parts:
        tables.append(pq.ParquetFile(part).read())
        if sum(table.num_rows for table in tables) >= ROW_GROUP:
            yield pa.concat_tables(tables)
            tables = []
    if tables:
        yield pa.concat_tables(tables)


def _table(rows: bytes) -> "pa.Table":
    import pyarrow as pa
    from pyarrow import json as pa_json

    return pa_json.read_json(
        pa.BufferReader(rows),
        pa_json.ReadOptions(use_threads=False, block_size=len(rows)),
        pa_json.ParseOptions(explicit_schema=_schema(), unexpected_field_behavior="error"),
    )


def _schema() -> "pa.Schema":
    import pyarrow as pa

    box = pa.struct([(name, pa.int32()) for name in ("x", "y", "width", "height")])
    other = pa.struct([("text", pa.string()), ("confidence", pa.float64())])
    return pa.schema(
        [
            ("number", pa.int64()),
            ("path", pa.string()),
            ("page", pa.int32()),
            ("line", pa.int32()),
            ("text", pa.string()),
            ("confidence", pa.float64()),
            ("measured", pa.bool_()),
            ("accepted", pa.bool_()),
            ("box", box),
            ("groups", pa.list_(pa.string())),
            ("value", pa.string()),
            ("note", pa.string()),
            ("repaired", pa.string()),
            ("alternatives", pa.list_(other)),
            ("turned", pa.int32()),
            ("reason", pa.string()),
            ("failed", pa.bool_()),
        ]
    )
