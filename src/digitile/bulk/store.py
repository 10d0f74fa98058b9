"""Where results are kept: a folder of finished shards, which is all the state there is.

``OUT/`` holds the shards for good. For one file ``OUT``, they are in ``OUT.run/`` until all are
there and are joined. ``_run.json`` beside them says what they were read with, and whether all is
done. A shard's file has its place and its digest (paths and settings) in its name and appears when
it is whole; so a run may be killed at any time, and is begun anew with the same words.
"""

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from digitile.bulk.parts import Parts
from digitile.bulk.rows import check_form, join
from digitile.bulk.settings import Settings
from digitile.bulk.shards import Shard
from digitile.errors import UsageError
from digitile.files import atomic_file, write_atomically

FORMAT = 1


class Store:
    """The results of one run.

    Parameters
    ----------
    out : str
        A file ``….jsonl`` or ``….parquet``, or a folder so named, with a slash at its end.
    settings : Settings

    Raises
    ------
    UsageError
        For another name, or a format that cannot be written here.
    """

    def __init__(self, out: str, settings: Settings) -> None:
        self.out = Path(out)
        form = self.out.suffix.removeprefix(".")
        check_form(form)
        self._settings = settings
        self._keeps_parts = out.endswith(("/", os.sep))
        folder = self.out if self._keeps_parts else self.out.with_name(f"{self.out.name}.run")
        self.parts = Parts(folder, form, settings.text)
        self._record = folder / "_run.json"
        self._finished: dict[int, str] = {}
        self._list = hashlib.sha256()
        self._shards = self._pictures = 0
        self._done: dict[str, Any] | None = None

    @contextmanager
    def open(self) -> Iterator[None]:
        """Hold the store for this process, with what was finished before.

        Raises
        ------
        UsageError
            Where something else is in its place, it was made with other settings, or another
            process holds it.
        """
        self._check_place()
        try:
            self.parts.folder.mkdir(parents=True, exist_ok=True)
            lock = (self.parts.folder / "_lock").open("wb")
        except OSError as error:
            raise UsageError(
                f"cannot write {self.parts.folder}: {error.strerror}. Choose another place."
            ) from error
        with lock:
            if not _hold(lock.fileno()):
                raise UsageError(
                    f"another process is writing {self.out}. Wait for it, or choose another place."
                )
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
            self._settings.check(self._read_record(), self.out)
        else:
            self._write_record(None)
        self.parts.clear_torn()
        self._finished = dict(self.parts.finished())

    def _read_record(self) -> dict[str, Any]:
        try:
            record = json.loads(self._record.read_bytes())
            if record["format"] == FORMAT and isinstance(record["settings"], dict):
                self._done = record["done"]
                return dict(record["settings"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            pass
        raise UsageError(f"{self._record} is broken, or not ours. Choose another name for results.")

    def _write_record(self, done: dict[str, Any] | None) -> None:
        record = {"format": FORMAT, "settings": self._settings.to_json(), "done": done}
        write_atomically(self._record, json.dumps(record, indent=2).encode() + b"\n")

    def note(self, shard: Shard) -> bool:
        """Take the list's next shard, and tell whether its results are there already.

        Raises
        ------
        UsageError
            Where the results are those of another list.
        """
        digest = shard.digest(self._settings.text)
        self._list.update(digest.encode())
        self._shards += 1
        self._pictures += len(shard.paths)
        before = self._finished.get(shard.index, digest)
        if before != digest:
            raise self._other_list(f"from picture {shard.first + 1} on")
        return self._done is not None or shard.index in self._finished

    def finish(self) -> None:
        """Say that all shards of the list are there; join them where that is wanted.

        Raises
        ------
        UsageError
            Where the results are those of another list, or the list is empty.
        """
        if not self._pictures:
            raise UsageError("the list is empty. Give one path a line.")
        done = {"pictures": self._pictures, "list": self._list.hexdigest()}
        if self._done not in (None, done):
            raise self._other_list("as a whole")
        if beyond := [index for index in self._finished if index >= self._shards]:
            raise self._other_list(f"from picture {min(beyond) * self._settings.shard + 1} on")
        if self._done is None:
            self._join()
            self._write_record(done)
        elif not self.out.exists():
            raise UsageError(
                f"{self.out} was read and is gone. Delete {self.parts.folder} to read it again."
            )
        if not self._keeps_parts:
            for part in self.parts.files():
                part.unlink()

    def _join(self) -> None:
        if not self._keeps_parts:
            with atomic_file(self.out) as file:
                join(self.parts.files(), self.parts.form, file)

    def _other_list(self, where: str) -> UsageError:
        return UsageError(
            f"{self.out} was begun with another list of pictures, {where}. Go on with the same, or "
            "choose another name."
        )


def _hold(file: int) -> bool:
    """Tell whether a file is ours alone until we end, however we do; where locks are to be had."""
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
