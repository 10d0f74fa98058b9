"""What a worker does: it reads pictures of the list."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from digitile.bulk.rows import failed_row, rows_of
from digitile.bulk.settings import Asked
from digitile.errors import DigitileError
from digitile.parallel.worker import Link
from digitile.reader import Reader
from digitile.reader.reader import use_one_core

Numbered = tuple[int, Path]
"""A picture, and its place in the list."""

Answer = tuple[bytes, int]
"""The rows of a picture as lines of JSON, and 1 where it has failed, else 0."""


class PictureReader:
    """Reads one picture after the other."""

    def __init__(self, reader: Reader, asked: Asked) -> None:
        use_one_core()
        self._reader = reader
        self._asked: dict[str, Any] = asdict(asked)

    def __call__(self, numbered: Numbered, _link: Link) -> Answer:
        """Read a picture, and say what is written about it."""
        number, path = numbered
        try:
            return rows_of(
                number, path, self._reader.read_pages(path, cells=False, **self._asked)
            ), 0
        except DigitileError as error:
            reason = str(error)
        except MemoryError:
            reason = "there is not enough memory for this picture."
        except Exception as error:  # one picture's, and the others are to be read
            reason = f"internal error, {type(error).__name__}: {error}. Please report it."
        return failed_row(number, path, reason), 1
