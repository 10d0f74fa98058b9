"""Files that are whole or not there."""

import os
from pathlib import Path

from digitile.errors import UsageError


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader, or a crash, finds the old one or the new one, never a part.

    Parameters
    ----------
    path : Path
        The folder must exist.
    content : bytes

    Raises
    ------
    UsageError
        Where the file cannot be written.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}. Choose another place.") from error
    finally:
        part.unlink(missing_ok=True)
