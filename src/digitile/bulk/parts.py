"""The files of finished shards."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from digitile.bulk.rows import write_rows
from digitile.bulk.shards import Shard
from digitile.files import atomic_file


@dataclass(frozen=True)
class Parts:
    """A folder of shards, whose names hold their places and digests.

    Attributes
    ----------
    folder : Path
    form : str
        ``jsonl`` or ``parquet``.
    settings : str
        What the pictures are read with, in one line.
    """

    folder: Path
    form: str
    settings: str

    def write(self, shard: Shard, rows: bytes) -> None:
        """Write the results of a shard, lines of JSON; any process on any machine may do it."""
        name = f"part-{shard.index:08}-{shard.digest(self.settings)}.{self.form}"
        with atomic_file(self.folder / name) as file:
            write_rows(rows, self.form, file)

    def finished(self) -> Iterator[tuple[int, str]]:
        """Yield the places and digests of the shards that are there."""
        pattern = re.compile(rf"part-(\d{{8,}})-([0-9a-f]{{16}})\.{self.form}")
        with os.scandir(self.folder) as entries:
            for entry in entries:
                if match := pattern.fullmatch(entry.name):
                    yield int(match[1]), match[2]

    def files(self) -> list[Path]:
        """Return the shards' files in the order of the list."""
        return sorted(
            self.folder.glob(f"part-*.{self.form}"), key=lambda path: int(path.name.split("-")[1])
        )

    def clear_torn(self) -> None:
        """Delete what was being written when its process was killed."""
        for path in self.folder.glob(".*.part"):
            path.unlink()
