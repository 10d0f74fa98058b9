"""UNIPEN train_r01_v07: digits, letters, signs and words as a pen's strokes.

The collection is the International Unipen Foundation's (Guyon, Schomaker, Plamondon, Liberman and
Janet 1994, "UNIPEN project of on-line data exchange and recognizer benchmarks"; Zenodo record
1195803, Creative Commons Attribution 4.0). What is read of it is kept in one file,
``strokes.npz``, with the arrays ``digits.points``, ``digits.strokes``, … of each `Strokes`.
"""

import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence, Sized
from dataclasses import dataclass, fields
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from digitile.data.strokes import MAX_SIDE, SIDE, Strokes
from digitile.data.unipen_format import Segment, Stroke, read_segments
from digitile.errors import DataError
from digitile.files import atomic_file

FOLDER = "unipen"
"""The data folder's sub-folder."""

FILE = "strokes.npz"
"""What was read of the collection."""

COLLECTION = "train_r01_v07"
"""The collection as published."""

MAX_BYTES = 1 << 30
"""Most bytes that the arrays of `FILE` may fill in memory."""

MAX_BROKEN = 0.05
"""Largest share of the collection's files that may be broken and are passed over."""

_DIGITS = frozenset("0123456789")
_LONGEST = 64
_LEAST_EXTENT = 1e-6
_ARRAYS = ("points", "strokes", "characters", "texts", "writers")


@dataclass(frozen=True)
class Unipen:
    """The parts of the collection that pages are drawn from."""

    digits: Strokes  # isolated digits (category 1a)
    signs: Strokes  # isolated letters and other signs (categories 1b, 1c and 1d), none a digit
    words: Strokes  # words without a digit (category 6)


_UNREADABLE = (
    OSError,
    EOFError,
    KeyError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,  # compressed in another way
    RuntimeError,  # encrypted
    MemoryError,  # an array's header announces what no machine holds
)

PARTS = tuple(field.name for field in fields(Unipen))


@dataclass(frozen=True)
class _Kind:
    """Which segments of the collection a part has, and how long their longer side is."""

    categories: tuple[str, ...]
    level: str
    side: int
    has: Callable[[str], bool]

    def takes(self, segment: Segment) -> bool:
        """Tell whether a segment is of the kind, and was not written badly."""
        wanted = segment.level == self.level and segment.quality != "BAD"
        return wanted and self.has(segment.text)


_KINDS: Mapping[str, _Kind] = {
    "digits": _Kind(("1a",), "CHARACTER", SIDE, lambda text: text in _DIGITS),
    "signs": _Kind(
        ("1b", "1c", "1d"), "CHARACTER", SIDE, lambda text: len(text) == 1 and text not in _DIGITS
    ),
    "words": _Kind(("6",), "WORD", MAX_SIDE, lambda text: _is_word(text)),
}


def _is_word(text: str) -> bool:
    return len(text) <= _LONGEST and any(map(str.isalpha, text)) and not _DIGITS & set(text)


def load_unipen(folder: str | PathLike[str]) -> Unipen:
    """Read the strokes of the data folder's sub-folder ``unipen``.

    Raises `DataError` where there are none, saying where to get them, and for a file that is broken
    or too large; `UsageError` where `FILE` cannot be written.

    Parameters
    ----------
    folder : path-like
        Where data sets are kept.

    Returns
    -------
    Unipen
        From `FILE`; where only the collection as published lies there, `FILE` is made of it first,
        which takes minutes.
    """
    folder = Path(folder)
    own = folder / FOLDER
    if (own / FILE).exists():
        return read_strokes(own / FILE)
    if not (own / COLLECTION).is_dir():
        raise DataError(
            f"{own} holds no pen strokes. Get {COLLECTION} of the International Unipen Foundation "
            "(Zenodo record 1195803, https://zenodo.org/records/1195803, CC BY 4.0) and unpack it "
            f"to {own / COLLECTION}."
        )
    unipen = read_collection(own / COLLECTION)
    write_strokes(unipen, own / FILE)
    return unipen


def is_there(folder: str | PathLike[str]) -> bool:
    """Tell whether `load_unipen` finds strokes, or the collection to read them from."""
    folder = Path(folder)
    return (folder / FOLDER / FILE).exists() or (folder / FOLDER / COLLECTION).is_dir()


def read_collection(folder: str | PathLike[str]) -> Unipen:
    """Read the collection as published.

    Raises `DataError` where no digit is found, or more than `MAX_BROKEN` of the files cannot be
    read.

    Parameters
    ----------
    folder : path-like
        That holds ``data/1a``, ``data/1b``, … and ``include``.

    Returns
    -------
    Unipen
        One numbering of writers holds for all three.
    """
    folder = Path(folder)
    writers: dict[str, int] = {}
    parts, files, broken = {}, 0, []
    for name, kind in _KINDS.items():
        gathered = _Gathered(kind, writers)
        for path in _files(folder, kind):
            files += 1
            try:
                gathered.add(list(read_segments(path, folder / "include")))
            except DataError as error:
                broken.append(str(error))
        parts[name] = gathered.strokes(name)
    if len(broken) > MAX_BROKEN * files or not len(parts["digits"]):
        raise DataError(
            f"{folder} is not {COLLECTION} as published: of {files} files, {len(broken)} cannot be "
            f"read, and there are {len(parts['digits'])} digits. Unpack it again, with data/ and "
            f"include/. {' '.join(broken[:1])}"
        )
    return Unipen(**parts)


def _files(folder: Path, kind: _Kind) -> list[Path]:
    """Return the files of a kind of segments."""
    folders = (folder / "data" / category for category in kind.categories)
    return [path for below in folders for path in sorted(below.rglob("*")) if path.is_file()]


class _Gathered:
    """The segments of one part so far."""

    def __init__(self, kind: _Kind, numbers: dict[str, int]) -> None:
        self._kind, self._numbers = kind, numbers
        self._texts: list[str] = []
        self._writers: list[int] = []
        self._lines: list[list[NDArray[np.int16]]] = []

    def add(self, segments: list[Segment]) -> None:
        """Take the segments of the part's kind."""
        for segment in filter(self._kind.takes, segments):
            if lines := _scaled(segment.strokes, self._kind.side):
                self._texts.append(segment.text)
                self._writers.append(self._numbers.setdefault(segment.writer, len(self._numbers)))
                self._lines.append(lines)

    def strokes(self, name: str) -> Strokes:
        """Return all of them."""
        lines = [line for character in self._lines for line in character]
        return Strokes(
            name,
            np.concatenate([np.empty((0, 2), np.int16), *lines]),
            _starts(lines),
            _starts(self._lines),
            np.array(self._texts, np.str_),
            np.array(self._writers, np.int64),
        )


def _starts(parts: Sequence[Sized]) -> NDArray[np.int64]:
    """Return where each part starts in all of them, and where the last one ends."""
    return np.cumsum([0, *map(len, parts)], dtype=np.int64)


def _scaled(strokes: tuple[Stroke, ...], side: int) -> list[NDArray[np.int16]]:
    """Bring strokes to a longer side, y down, without a point twice in a row; none for a dot."""
    points = np.concatenate(strokes) * (1, -1)
    corner = points.min(axis=0)
    extent = (points.max(axis=0) - corner).max()
    if extent < _LEAST_EXTENT:
        return []
    lines = [np.rint((line * (1, -1) - corner) * (side / extent)) for line in strokes]
    return [
        line[np.append(True, (line[1:] != line[:-1]).any(axis=1))].astype(np.int16)
        for line in lines
    ]


def read_strokes(path: str | PathLike[str]) -> Unipen:
    """Read `FILE`.

    Raises `DataError` where it is broken, too large or of another kind.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > MAX_BYTES:
            raise ValueError(f"it unpacks to {size:,} bytes, more than {MAX_BYTES:,}")
        with np.load(path, allow_pickle=False) as arrays:
            parts = [_part(arrays, name) for name in PARTS]
    except _UNREADABLE as error:
        raise DataError(
            f"{path} cannot be read: {error}. Delete it, and it is made again."
        ) from error
    return Unipen(*parts)


def write_strokes(unipen: Unipen, path: str | PathLike[str]) -> None:
    """Write `FILE`, atomically; its folder must exist.

    Raises `UsageError` where it cannot be written.
    """
    arrays = {
        f"{name}.{what}": getattr(getattr(unipen, name), what) for name in PARTS for what in _ARRAYS
    }
    with atomic_file(path) as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def _part(arrays: NpzFile, name: str) -> Strokes:
    return Strokes(name, *(arrays[f"{name}.{what}"] for what in _ARRAYS))
