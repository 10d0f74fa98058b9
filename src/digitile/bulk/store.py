"""Where results are kept: a folder of finished shards, which is all the state there is.

``OUT/`` holds the shards for good. For one file ``OUT``, they are in ``OUT.run/`` until all are
there and are joined. ``_run.json`` beside them says what they were read with, and whether all is
done. A shard's file has its place and its digest (paths and settings) in its name and appears when
it is whole; so a run may be killed at any time, and is begun anew with the same words.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from filelock import FileLock, Timeout

from digitile.bulk.rows import check_form, join, write_rows
from digitile.bulk.settings import BulkSettings
from digitile.bulk.shards import Shard
from digitile.errors import UsageError
from digitile.files import atomic_file, write_atomically
from digitile.typed_json import decode

FORMAT: Final = 1

RECORD = "_run.json"


@dataclass(frozen=True)
class Done:
    """A list that was read to its end: how many pictures it had, and its digest."""

    pictures: int
    list: str


@dataclass(frozen=True)
class RunFile:
    """What ``_run.json`` holds: `BulkSettings.to_json`, and the list once all of it is read."""

    format: Literal[1] = field(default=FORMAT, kw_only=True)
    settings: dict[str, Any]
    done: Done | None


def _keeps_parts(out: str) -> bool:
    return out.endswith(("/", os.sep))


def _folder_of(out: str) -> Path:
    """Return where the shards of results are until they are joined, or for good."""
    path = Path(out)
    return path if _keeps_parts(out) else path.with_name(f"{path.name}.run")


def engine_before(out: str) -> str | None:
    """Return the engine that results were begun with; None where there are none that tell."""
    try:
        record = json.loads((_folder_of(out) / RECORD).read_bytes())
        engine = record["settings"]["engine"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None  # what is broken is told when the store is opened
    return engine if isinstance(engine, str) else None


class Store:
    """The results of one run.

    Raises `UsageError` for another name, or a format that cannot be written here.

    Parameters
    ----------
    out : str
        A file ``….jsonl`` or ``….parquet``, or a folder so named, with a slash at its end.
    """

    def __init__(self, out: str, settings: BulkSettings) -> None:
        self.out = Path(out)
        self._form = self.out.suffix.removeprefix(".")
        check_form(self._form)
        self._settings = settings
        self._keeps_parts = _keeps_parts(out)
        self._folder = _folder_of(out)
        self._record = self._folder / RECORD
        self._finished: dict[int, str] = {}
        self._list = hashlib.sha256()
        self._shards = self._pictures = 0
        self._done: Done | None = None

    @contextmanager
    def open(self) -> Iterator[None]:
        """Hold the store for this process, with what was finished before.

        Raises `UsageError` where something else is in its place, it was made with other settings,
        or another process holds it.
        """
        self._check_place()
        lock = FileLock(self._folder / "_lock", blocking=False)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            held = lock.acquire()
        except Timeout:
            raise UsageError(
                f"another process is writing {self.out}. Wait for it, or choose another place."
            ) from None
        except OSError as error:
            raise UsageError(
                f"cannot write {self._folder}: {error.strerror}. Choose another place."
            ) from error
        with held:
            self._begin()
            yield

    def _check_place(self) -> None:
        folder = self._keeps_parts and self.out.is_dir()
        # a run killed at its very beginning leaves its lock and a torn record
        others = folder and any(path.name[0] not in "._" for path in self.out.iterdir())
        if not self._record.exists() and (others or (self.out.exists() and not folder)):
            raise UsageError(
                f"{self.out} is there, and not from a run that could go on. Choose another name."
            )

    def _begin(self) -> None:
        if self._record.exists():
            record = self._read_record()
            self._settings.check(record.settings, self.out)
            self._done = record.done
        else:
            self._write_record(None)
        for torn in self._folder.glob(".*.part"):  # being written when its process was killed
            torn.unlink()
        name = re.compile(rf"part-(\d{{8,}})-([0-9a-f]{{16}})\.{self._form}")
        with os.scandir(self._folder) as entries:
            found = [name.fullmatch(entry.name) for entry in entries]
        self._finished = {int(match[1]): match[2] for match in found if match}

    def _read_record(self) -> RunFile:
        where = f"{self._record} is broken, or not ours"
        fix = "Choose another name for results."
        try:
            content = self._record.read_bytes()
        except OSError as error:
            raise UsageError(f"cannot read {self._record}: {error.strerror}. {fix}") from None
        return decode(content, RunFile, error=UsageError, where=where, fix=fix)

    def _write_record(self, done: Done | None) -> None:
        text = json.dumps(asdict(RunFile(self._settings.to_json(), done)), indent=2)
        write_atomically(self._record, text.encode() + b"\n")

    def note(self, shard: Shard) -> bool:
        """Take the list's next shard, and tell whether its results are there already.

        Raises `UsageError` where the results are those of another list.
        """
        digest = shard.digest(self._settings.text)
        self._list.update(digest.encode())
        self._shards += 1
        self._pictures += len(shard.paths)
        before = self._finished.get(shard.index, digest)
        if before != digest:
            raise self._other_list(f"from picture {shard.first + 1} on")
        return self._done is not None or shard.index in self._finished

    def write(self, shard: Shard, rows: bytes) -> None:
        """Write the results of a shard, lines of JSON; any process on any machine may do it."""
        name = f"part-{shard.index:08}-{shard.digest(self._settings.text)}.{self._form}"
        with atomic_file(self._folder / name) as file:
            write_rows(rows, self._form, file)

    def finish(self) -> None:
        """Say that all shards of the list are there; join them where that is wanted.

        Raises `UsageError` where the results are those of another list, or the list is empty.
        """
        if not self._pictures:
            raise UsageError("the list is empty. Give one path a line.")
        done = Done(self._pictures, self._list.hexdigest())
        if self._done not in (None, done):
            raise self._other_list("as a whole")
        if beyond := [index for index in self._finished if index >= self._shards]:
            raise self._other_list(f"from picture {min(beyond) * self._settings.shard + 1} on")
        paths = self._folder.glob(f"part-*.{self._form}")
        parts = sorted(paths, key=lambda path: int(path.name.split("-")[1]))
        if self._done is None:
            if not self._keeps_parts:
                with atomic_file(self.out) as file:
                    join(parts, self._form, file)
            self._write_record(done)
        elif not self.out.exists():
            raise UsageError(
                f"{self.out} was read and is gone. Delete {self._folder} to read it again."
            )
        if not self._keeps_parts:
            for part in parts:
                part.unlink()

    def _other_list(self, where: str) -> UsageError:
        return UsageError(
            f"{self.out} was begun with another list of pictures, {where}. Go on with the same, or "
            "choose another name."
        )
