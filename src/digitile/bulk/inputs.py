"""The pictures that words of the command line and lists stand for, one after the other."""

import glob
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from digitile.errors import PictureError, UsageError
from digitile.pictures import READ_SUFFIXES

MAX_LINE = 1 << 16
"""Most bytes of a line in a list; paths are shorter on every system."""


def stop(error: PictureError) -> None:
    """Raise an error."""
    raise error


def expand(word: str, on_unlisted: Callable[[PictureError], None] = stop) -> Iterator[Path]:
    """Yield the pictures that a file's name, a folder or a pattern stands for, always in one order.

    A folder is walked, one level in memory at a time; the matches of a pattern are all sorted.

    What is wrong with a folder inside that cannot be listed is given to `on_unlisted`, and the
    folder is left out. Raises `PictureError` for a folder without pictures or one that cannot be
    listed, and a pattern without a match.
    """
    path = Path(word)
    if os.path.isdir(path):  # noqa: PTH112 - Path's raises where its folder may not be looked into
        yield from _inside(path, on_unlisted)
    elif glob.has_magic(word) and not os.path.lexists(path):
        matches = sorted(glob.glob(word, recursive=True))  # noqa: PTH207 - absolute ones, too
        if not matches:
            raise PictureError(f"{word!r} matches no file. Check the pattern.")
        yield from map(Path, matches)
    else:
        yield path


def _inside(folder: Path, on_unlisted: Callable[[PictureError], None]) -> Iterator[Path]:
    def fail(error: OSError) -> None:
        told = PictureError(f"{error.filename!r} cannot be listed: {error.strerror}.")
        (stop if Path(error.filename) == folder else on_unlisted)(told)

    found = False
    for inner, folders, names in os.walk(folder, onerror=fail):
        folders.sort()
        for name in sorted(names):
            path = Path(inner, name)
            if path.suffix.lower() in READ_SUFFIXES:
                found = True
                yield path
    if not found:
        raise PictureError(f"{str(folder)!r} is a folder without pictures. Give another.")


def listed(file: BinaryIO, name: str) -> Iterator[Path]:
    """Yield the paths of a list, one a line; empty lines say nothing.

    Raises `UsageError` for a line that is too long to be a path.

    Parameters
    ----------
    name : str
        What to call it in messages.
    """
    number = 0
    while line := file.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE:
            raise UsageError(
                f"line {number} of {name} is longer than {MAX_LINE} bytes, but must be the path of "
                "a picture. Give one path a line."
            )
        if text := line.rstrip(b"\r\n"):
            yield Path(os.fsdecode(text))
