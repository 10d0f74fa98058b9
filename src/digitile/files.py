"""Files that are whole or not there."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path
from typing import BinaryIO

from digitile.errors import UsageError

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What the system says where there is no room to write."""


def write_atomically(path: str | PathLike[str], content: bytes) -> None:
    """Write a file so that a reader, or a crash, finds the old one or the new one, never a part.

    Raises `UsageError` where the file cannot be written.

    Parameters
    ----------
    path : path-like
        The folder must exist.
    """
    with atomic_file(path) as file:
        file.write(content)


@contextmanager
def atomic_file(path: str | PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file to write that takes its name when all is written; see `write_atomically`."""
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with writing(path):
        check_regular(path)
        try:
            with part.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            with suppress(OSError):  # where it could not be written, it cannot be removed
                part.unlink()


@contextmanager
def writing(path: str | PathLike[str]) -> Iterator[None]:
    """Raise a `UsageError` that names the file where the system refuses to write it."""
    try:
        yield
    except OSError as error:
        fix = "Free some space, or choose" if error.errno in FULL else "Choose"
        raise UsageError(f"cannot write {path}: {error.strerror}. {fix} another place.") from error


def check_regular(path: str | PathLike[str]) -> None:
    """Raise a `UsageError` where there is a device or pipe, which a file would take the place of.

    Raises
    ------
    UsageError
    """
    path = Path(path)
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise UsageError(f"cannot write {path}: it is no regular file. Choose another place.")
