"""MNIST's idx files: a header, then one byte for each value.

===============  ======================================================================
bytes            content
===============  ======================================================================
0, 1             0
2                8: the values are unsigned bytes
3                number of axes: 3 for pictures (N×H×W), 1 for labels (N)
4 … 4 + 4·axes   length of each axis, big-endian
rest             the values, last axis fastest
===============  ======================================================================
"""

import gzip
import math
import struct
import zlib
from os import PathLike
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from digitile.data.dataset import Dataset, Splits, check_size
from digitile.errors import DataError

PARTS = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
"""The files of MNIST: training pictures and labels, test pictures and labels."""

CLASSES = tuple("0123456789")

_UNSIGNED_BYTE = 8
_CHUNK = 1 << 20


def load_mnist(folder: str | PathLike[str]) -> Splits:
    """Read MNIST from a folder of its four files.

    Raises `DataError` for files that are missing, broken, or do not belong together.

    Parameters
    ----------
    folder : path-like
        Each file may be gzipped or not, with a dash or a dot before idx.

    Returns
    -------
    Splits
        Named ``mnist``, 1×28×28.
    """
    paths = {part: find(folder, part) for part in PARTS}
    missing = [part for part, path in paths.items() if path is None]
    if missing:
        raise DataError(f"{folder} lacks {', '.join(missing)}, gzipped or not. Put them there.")
    found = [path for path in paths.values() if path is not None]
    return Splits(read_part(*found[:2]), read_part(*found[2:]))


def find(folder: str | PathLike[str], part: str) -> Path | None:
    """Return the file of one of `PARTS`, gzipped or not, with a dash or a dot before idx.

    Returns
    -------
    Path or None
        None where there is none. A folder of that name is returned only if no file is there.
    """
    folder = Path(folder)
    names = [name + end for name in (part, part.replace("-idx", ".idx")) for end in ("", ".gz")]
    paths = [folder / name for name in names if (folder / name).exists()]
    return min(paths, key=lambda path: not path.is_file(), default=None)


def read_idx(path: str | PathLike[str], axes: int) -> NDArray[np.uint8]:
    """Read an idx file of unsigned bytes, gzipped or not.

    Raises `DataError` for a file that is missing, of another kind, broken, cut short, too long or
    too large. No more is unpacked than the header announces.

    Parameters
    ----------
    axes : int
        Number of axes it must have.

    Returns
    -------
    ndarray, uint8
        No axis is empty.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"{path} is not a file. Put MNIST's file of that name there.")
    try:
        with path.open("rb") as file:
            zipped = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            if not zipped:
                return _parse(file, path, axes)
            with gzip.open(file) as unpacked:
                return _parse(cast(BinaryIO, unpacked), path, axes)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            f"{path} cannot be read: {error}. Delete it and it is downloaded again."
        ) from error


def _parse(stream: BinaryIO, path: Path, axes: int) -> NDArray[np.uint8]:
    head = stream.read(4 + 4 * axes)
    magic = bytes([0, 0, _UNSIGNED_BYTE, axes])
    if head[:4] != magic:
        raise DataError(
            f"{path} is not an idx file of {axes} axes: it begins with the bytes "
            f"{head[:4].hex(' ') or '(none)'}, not {magic.hex(' ')}. Put MNIST's file there."
        )
    if len(head) < 4 + 4 * axes:
        raise DataError(f"{path} is cut short in its header. Copy it again.")
    shape = struct.unpack(f">{axes}I", head[4:])
    if 0 in shape:
        raise DataError(f"{path} holds nothing: its header says {'×'.join(map(str, shape))}.")
    check_size(str(path), shape[0], shape[1:])
    body, size = bytearray(), math.prod(shape)
    while chunk := stream.read(min(_CHUNK, size + 1 - len(body))):  # never trust `size` for memory
        body += chunk
    if len(body) != size:
        found = f"only {len(body):,}" if len(body) < size else "more"
        raise DataError(
            f"{path} announces {size:,} values ({'×'.join(map(str, shape))}) in its header, but "
            f"holds {found}. Copy it again."
        )
    return np.frombuffer(body, np.uint8).reshape(shape)


def read_part(images: str | PathLike[str], labels: str | PathLike[str]) -> Dataset:
    """Read pictures and their labels, 0 to 9.

    Raises `DataError` as `read_idx`; also where the two do not belong together.

    Parameters
    ----------
    images, labels : path-like
        Files of three axes and of one.

    Returns
    -------
    Dataset
        Named ``mnist``.
    """
    labels = Path(labels)
    pictures, digits = read_idx(images, 3), read_idx(labels, 1)
    if len(pictures) != len(digits):
        raise DataError(
            f"{images} holds {len(pictures)} pictures, but {labels} holds {len(digits)} labels. "
            "Put two files of the same part there."
        )
    if digits.max() >= len(CLASSES):
        place = int(np.argmax(digits >= len(CLASSES)))
        raise DataError(
            f"{labels}: label {place} is {digits[place]}, but digits are 0 to 9. Put MNIST there."
        )
    return Dataset("mnist", pictures[:, None], digits.astype(np.int64), CLASSES)
