"""A few labelled pictures of one's own: a folder with one sub-folder for each class, or a zip file.

This is what the web page's labelled examples are: ``examples/7/0001.png`` in a zip file, or the
same unpacked. Nothing of a zip file is written to disk: of its names only the last folder counts,
as the class. As in `digitile.data.folder`, what begins with a dot and files with another suffix
are no pictures.
"""

import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from digitile.data.dataset import Dataset
from digitile.data.folder import class_folders, entries, is_picture, quote
from digitile.errors import DataError, PictureError
from digitile.pictures import load_pages

MAX_EXAMPLES = 10_000
"""Most pictures; for more, there is training."""

MAX_ZIP = 32 << 20
"""Most bytes of a zip file: enough for the web page's, and for what its directory may claim."""

MAX_CONTENT = 256 << 20
"""Most bytes that the pictures of a zip file may have unpacked, all together."""

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class _File:
    """A picture file: what it is called in messages, its class, and where it or its bytes are."""

    name: str
    label: str
    source: Path | bytes


def load_examples(path: Path, classes: Sequence[str], bring: Callable[[Pixels], Pixels]) -> Dataset:
    """Read labelled examples.

    Parameters
    ----------
    path : Path
        A folder or a zip file, as above. Not every class must be there.
    classes : sequence of str
        The classes that there may be, in the order of labels.
    bring : callable
        Brings pixels, H×W×1, H×W×3 or H×W×4, to a network's input, C×H×W; a `PictureError` says
        why it cannot.

    Returns
    -------
    Dataset
        Class by class, in the order of file names; a picture that is there twice is taken once.

    Raises
    ------
    DataError
        For another layout, an unknown class, no or too many pictures, pictures that cannot be read
        or brought (the message names the first and counts them), and a picture in two classes.
    """
    unpacked = _from_folder(path) if path.is_dir() else _from_zip(path)
    labels = {name: label for label, name in enumerate(classes)}
    files: list[_File] = []
    for file in unpacked:
        if file.label not in labels:
            raise DataError(
                f"{file.name} lies in {quote(file.label)}, which is none of the model's classes. "
                f"Name each folder as what its pictures show: {', '.join(classes)}."
            )
        if len(files) == MAX_EXAMPLES:
            raise DataError(f"{quote(path)} has more than {MAX_EXAMPLES:,} pictures. Give fewer.")
        files.append(file)
    if not files:
        raise DataError(
            f"{quote(path)} has no pictures in folders of classes. Put each into a folder named "
            "as what it shows, for example 7/a.png."
        )
    files.sort(key=lambda file: labels[file.label])
    return _decoded(path, files, labels, bring)


def _decoded(
    path: Path, files: list[_File], labels: dict[str, int], bring: Callable[[Pixels], Pixels]
) -> Dataset:
    seen: dict[bytes, _File] = {}
    images: list[Pixels] = []
    broken: list[str] = []
    for file in files:
        try:
            image = bring(next(load_pages(file.source)).pixels)
        except PictureError as error:
            told = str(error)
            broken.append(told if file.name in told else f"{file.name}: {told}")
            continue
        before = seen.setdefault(image.tobytes(), file)
        if before.label != file.label:
            raise DataError(
                f"{before.name} and {file.name} hold the same picture, as {before.label} and as "
                f"{file.label}. Remove the wrong one."
            )
        if before is file:
            images.append(image)
    if broken:
        raise DataError(
            f"{len(broken)} of the {len(files)} pictures in {quote(path)} cannot be used; the "
            f"first: {broken[0]}"
        )
    numbers = np.array([labels[file.label] for file in seen.values()], np.int64)
    name = path.resolve().name or str(path)
    return Dataset(name, np.stack(images), numbers, tuple(labels))


def _from_folder(path: Path) -> Iterator[_File]:
    for folder in class_folders(path):
        inner, files = entries(folder)
        if inner:
            raise DataError(
                f"{quote(inner[0])} is a folder in the folder of a class, where only pictures may "
                "be. Give the folder that holds the classes."
            )
        yield from (_File(quote(one), folder.name, one) for one in files if is_picture(one))


def _from_zip(path: Path) -> Iterator[_File]:
    if not path.is_file():
        what = "is neither a folder nor a file" if path.exists() else "does not exist"
        raise DataError(f"{quote(path)} {what}. Give a folder of examples.")
    if path.stat().st_size > MAX_ZIP:
        raise DataError(
            f"{quote(path)} has more than {MAX_ZIP >> 20} MiB. Unpack it and give the folder."
        )
    try:
        with zipfile.ZipFile(path) as archive:
            yield from _members(path, archive)
    except OSError as error:
        raise DataError(f"{quote(path)} cannot be read: {error.strerror}.") from error
    except zipfile.BadZipFile as error:
        raise DataError(
            f"{quote(path)} is no folder and no whole zip file ({error}). Give a folder of "
            "examples, or the file that the web page saves."
        ) from error
    except (
        NotImplementedError,  # an unknown method
        RuntimeError,  # a password
        EOFError,
        ValueError,  # names that are no UTF-8
        struct.error,
        zlib.error,
        lzma.LZMAError,
    ) as error:
        raise DataError(
            f"{quote(path)} cannot be unpacked here: {error}. Unpack it and give the folder."
        ) from error


def _members(path: Path, archive: zipfile.ZipFile) -> Iterator[_File]:
    left = MAX_CONTENT
    for member in sorted(archive.infolist(), key=lambda member: member.filename):
        inside = PurePosixPath(member.filename)
        if member.is_dir() or inside.name.startswith(".") or not is_picture(inside):
            continue
        name = quote(path / inside)
        if len(inside.parts) < 2:
            raise DataError(
                f"{name} lies in no folder of a class. Put it into one, named as what it shows."
            )
        with archive.open(member) as file:
            content = file.read(left + 1)
        left -= len(content)
        if left < 0:
            raise DataError(
                f"{quote(path)} holds more than {MAX_CONTENT >> 20} MiB of pictures. Give fewer."
            )
        yield _File(name, inside.parent.name, content)
