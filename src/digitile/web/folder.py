"""The server's temporary folder, which goes with it: at the latest when the next one starts."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

PREFIX = "digitile-serve-"
LOCK = "lock"

NEW_SECONDS = 60
"""A folder as young as this may not have its lock yet."""


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Make a folder, and remove those of servers that were killed and could not."""
    remove_abandoned(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=PREFIX) as name:
        folder = Path(name)
        with FileLock(folder / LOCK):  # the system gives it up when this process ends, however
            yield folder


def remove_abandoned(place: Path) -> None:
    """Remove this user's folders there that no running server holds."""
    for folder in place.glob(f"{PREFIX}*"):
        try:
            status = folder.lstat()
            young = time.time() - status.st_mtime < NEW_SECONDS
            ours = not hasattr(os, "getuid") or status.st_uid == os.getuid()
            if folder.is_symlink() or young or not ours:
                continue
            with FileLock(folder / LOCK, blocking=False):
                shutil.rmtree(folder)
        except (Timeout, OSError):  # it is in use, or another server is removing it
            continue
