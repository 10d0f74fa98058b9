"""UNIPEN train_r01_v07: digits, letters, signs and words as a pen's strokes.

The collection is the International Unipen Foundation's (Guyon, Schomaker, Plamondon, Liberman and
Janet 1994, "UNIPEN project of on-line data exchange and recognizer benchmarks"; Zenodo record
1195803, Creative Commons Attribution 4.0). What is read of it is kept in one file,
``strokes.npz``, with the arrays ``digits.points``, ``digits.strokes``, … of each `Strokes`.
"""

import zipfile
import zlib
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.lib.npyio import NpzFile

from digitile.data.strokes import Strokes
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

_ARRAYS = ("points", "strokes", "characters", "texts", "writers")


@dataclass(frozen=True)
class Unipen:
    """The parts of the collection that pages are drawn from.

    Attributes
    ----------
    digits : Strokes
        Isolated digits (category 1a).
    signs : Strokes
        Isolated letters and other signs (categories 1b, 1c and 1d), none a digit.
    words : Strokes
        Words without a digit (category 6).
    """

    digits: Strokes
    signs: Strokes
    words: Strokes


PARTS = tuple(field.name for field in fields(Unipen))


def load_unipen(folder: Path) -> Unipen:
    """Read the strokes of the data folder's sub-folder ``unipen``.

    Parameters
    ----------
    folder : Path
        Where data sets are kept.

    Raises
    ------
    DataError
        Where there are none, saying where to get them, and for a file that is broken or too large.
    """
    path = folder / FOLDER / FILE
    if not path.exists():
        raise DataError(
            f"{folder / FOLDER} holds no pen strokes. Get {COLLECTION} of the International Unipen "
            "Foundation (Zenodo record 1195803, https://zenodo.org/records/1195803, CC BY 4.0) and "
            f"unpack it to {folder / FOLDER / COLLECTION}."
        )
    return read_strokes(path)


def read_strokes(path: Path) -> Unipen:
    """Read `FILE`.

    Raises
    ------
    DataError
        Where it is broken, too large or of another kind.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > MAX_BYTES:
            raise DataError(
                f"{path} unpacks to {size:,} bytes; at most {MAX_BYTES:,} are allowed. Delete it, "
                "and it is made again."
            )
        with np.load(path, allow_pickle=False) as arrays:
            parts = [_part(arrays, name) for name in PARTS]
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(
            f"{path} cannot be read: {error}. Delete it, and it is made again."
        ) from error
    return Unipen(*parts)


def write_strokes(unipen: Unipen, path: Path) -> None:
    """Write `FILE`, atomically; its folder must exist.

    Raises
    ------
    UsageError
        Where it cannot be written.
    """
    arrays = {
        f"{name}.{what}": getattr(getattr(unipen, name), what) for name in PARTS for what in _ARRAYS
    }
    with atomic_file(path) as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def _part(arrays: NpzFile, name: str) -> Strokes:
    return Strokes(name, *(arrays[f"{name}.{what}"] for what in _ARRAYS))
