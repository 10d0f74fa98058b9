"""CIFAR-10's binary version.

Each of six files holds up to 10,000 records of 3,073 bytes: the label, then 32×32 red values, row
by row, then green, then blue. ``batches.meta.txt`` names the ten classes, one a line. The files lie
in a folder, or in the archive they are published in, which is read without unpacking it to disk.
"""

import gzip
import io
import tarfile
import zlib
from os import PathLike
from pathlib import Path, PurePosixPath
from typing import IO

import numpy as np

from digitile.data.dataset import Dataset, Splits
from digitile.errors import DataError

ARCHIVE = "cifar-10-binary.tar.gz"
FOLDER = "cifar-10-batches-bin"
TRAIN = tuple(f"data_batch_{i}.bin" for i in range(1, 6))
TEST = "test_batch.bin"
NAMES = "batches.meta.txt"

_SHAPE = (3, 32, 32)
_RECORD = 1 + 3 * 32 * 32
_CLASSES = 10
_LIMITS = {**dict.fromkeys((*TRAIN, TEST), 10_000 * _RECORD), NAMES: 1000}
_MAX_UNPACKED = 200_000_000  # the published archive unpacks to 184 million bytes


def find(folder: str | PathLike[str]) -> Path | None:
    """Return where the files are: `folder`, ``cifar-10-batches-bin`` in it, or the archive.

    Returns
    -------
    Path or None
        None where there is none of them. A folder counts when it holds at least one of the files.
    """
    folder = Path(folder)
    for place in (folder, folder / FOLDER):
        if any((place / name).exists() for name in _LIMITS):
            return place
    archive = folder / ARCHIVE
    return archive if archive.exists() else None


def load_cifar10(folder: str | PathLike[str]) -> Splits:
    """Read CIFAR-10 from its six files and ``batches.meta.txt``, or from their archive.

    Raises `DataError` for files that are missing, broken, cut short or too large.

    Parameters
    ----------
    folder : path-like
        See `find`.

    Returns
    -------
    Splits
        Named ``cifar10``, 3×32×32.
    """
    source = find(folder)
    if source is None:
        raise DataError(f"{folder} lacks {ARCHIVE}. Put it there, or the files in it.")
    contents = _from_archive(source) if source.name == ARCHIVE else _from_folder(source)
    missing = [name for name in _LIMITS if name not in contents]
    if missing:
        raise DataError(
            f"{source} lacks {', '.join(missing)}. Put all files of CIFAR-10's binary version "
            f"there, or delete it and it is downloaded again."
        )
    classes = _class_names(contents[NAMES], source)
    train = _records([contents[name] for name in TRAIN], TRAIN, source, classes)
    return Splits(train, _records([contents[TEST]], (TEST,), source, classes))


def _from_folder(folder: Path) -> dict[str, bytes]:
    """Return the wanted files' contents by name."""
    contents = {}
    for name, limit in _LIMITS.items():
        path = folder / name
        if not path.exists():
            continue
        if not path.is_file():
            raise DataError(f"{path} is not a file. Put CIFAR-10's file of that name there.")
        try:
            with path.open("rb") as file:
                contents[name] = _bounded(file, limit, path)
        except OSError as error:
            raise DataError(f"{path} cannot be read: {error}.") from error
    return contents


class _Unpacked(io.RawIOBase):
    """A gzipped file as a stream, which ends in an error when it unpacks to too much."""

    def __init__(self, stream: gzip.GzipFile, path: Path) -> None:
        self._stream, self._path, self._left = stream, path, _MAX_UNPACKED

    def read(self, size: int = -1, /) -> bytes:
        part = self._stream.read(size)
        self._left -= len(part)
        if self._left < 0:
            raise DataError(
                f"{self._path} unpacks to more than {_MAX_UNPACKED:,} bytes, which CIFAR-10 does "
                "not. Delete it and it is downloaded again."
            )
        return part


def _from_archive(path: Path) -> dict[str, bytes]:
    """Return the wanted files' contents by name, whatever folder of the archive they are in.

    The archive is read as a stream, into memory, and only what is wanted: a member's path, link or
    size can do no harm.
    """
    if not path.is_file():
        raise DataError(f"{path} is not a file. Put CIFAR-10's archive of that name there.")
    contents: dict[str, bytes] = {}
    try:
        with gzip.open(path) as packed, _Unpacked(packed, path) as unpacked:
            with tarfile.open(fileobj=unpacked, mode="r|") as archive:
                for member in archive:
                    name = PurePosixPath(member.name).name
                    wanted = member.isfile() and name in _LIMITS
                    file = archive.extractfile(member) if wanted else None
                    if file is None:
                        continue
                    if name in contents:
                        raise DataError(f"{path} holds {name} twice. Put the published one there.")
                    contents[name] = _bounded(file, _LIMITS[name], path / name)
            while unpacked.read(1 << 20):  # to the end, where gzip's checksum is
                pass
    # a broken header makes tarfile raise more kinds than its own
    except (tarfile.TarError, zlib.error, EOFError, OSError, ValueError, RecursionError) as error:
        raise DataError(
            f"{path} cannot be read: {error or 'broken'}. Delete it and it is downloaded again."
        ) from error
    return contents


def _bounded(file: IO[bytes], limit: int, path: Path) -> bytes:
    content = file.read(limit + 1)
    if len(content) > limit:
        raise DataError(
            f"{path} has more than the {limit:,} bytes of CIFAR-10's file of that name. "
            "Put that file there."
        )
    return content


def _class_names(content: bytes, source: Path) -> tuple[str, ...]:
    try:
        names = tuple(content.decode("ascii").split())
    except UnicodeDecodeError:
        names = ()
    if len(set(names)) != _CLASSES or len(names) != _CLASSES:
        raise DataError(
            f"{source / NAMES} must hold the names of {_CLASSES} classes, one a line. "
            "Copy it again."
        )
    return names


def _records(
    contents: list[bytes], names: tuple[str, ...], source: Path, classes: tuple[str, ...]
) -> Dataset:
    """Return the records of one part's files, one after the other."""
    batches = []
    for name, content in zip(names, contents, strict=True):
        if not content or len(content) % _RECORD:
            raise DataError(
                f"{source / name} has {len(content):,} bytes, but must have records of {_RECORD} "
                "bytes and nothing else. Copy it again."
            )
        batch = np.frombuffer(content, np.uint8).reshape(-1, _RECORD)
        if batch[:, 0].max() >= _CLASSES:
            place = int(np.argmax(batch[:, 0] >= _CLASSES))
            raise DataError(
                f"{source / name}: the label of record {place} is {batch[place, 0]}, but must be "
                f"0 to {_CLASSES - 1}. Copy it again."
            )
        batches.append(batch)
    images = np.concatenate([batch[:, 1:] for batch in batches]).reshape(-1, *_SHAPE)
    labels = np.concatenate([batch[:, 0] for batch in batches]).astype(np.int64)
    return Dataset("cifar10", images, labels, classes)
