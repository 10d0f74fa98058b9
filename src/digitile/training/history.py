"""The history of a training, while it grows: one JSON record for each iteration."""

import itertools
import json
from os import PathLike
from pathlib import Path
from typing import Self

from digitile.files import write_atomically, writing
from digitile.training.progress import Record


class HistoryFile:
    """A file that records are added to; to be used in a ``with``.

    Parameters
    ----------
    path : Path
        Where it goes on after what `cut` has left.

    Raises
    ------
    UsageError
        Where the system refuses to write it, by each method; a checkpoint stays as good as it was.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with writing(path):
            self._file = path.open("a", encoding="utf-8")

    @staticmethod
    def cut(path: str | PathLike[str], iterations: int) -> None:
        """Keep the first `iterations` records: what came after the checkpoint will come again."""
        path = Path(path)
        with writing(path):
            if iterations == 0:
                path.unlink(missing_ok=True)
            elif path.exists():
                with path.open("rb") as file:
                    write_atomically(path, b"".join(itertools.islice(file, iterations)))

    def write(self, record: Record) -> None:
        """Add a record."""
        with writing(self._path):
            self._file.write(json.dumps(record.as_json()) + "\n")

    def flush(self) -> None:
        """Have all of them in the file."""
        with writing(self._path):
            self._file.flush()

    def __enter__(self) -> Self:
        """Return the file."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close it; what could not be written has been said before."""
        with writing(self._path):
            self._file.close()
