"""Pictures in folders: one sub-folder for each class.

::

    my-digits/               or    my-digits/
    ├── 0/                         ├── train/
    │   ├── a.png                  │   ├── 0/ …
    │   └── b.jpg                  │   └── 1/ …
    └── 1/ …                       └── test/
                                       ├── 0/ …
                                       └── 1/ …

Without ``train`` and ``test``, a fixed fifth of each class is the test set (`split_by_class`).
A picture is a file with a suffix of `PICTURE_SUFFIXES` in a class's folder. What begins with a dot,
and files with another suffix, such as labels.csv and Thumbs.db, are no part of the data set.
Pictures that are out of place, cannot be read, or show no digit where the classes are digits, are
left out, each with a warning: none is lost in silence.
"""

import logging
from collections.abc import Sequence
from os import PathLike
from pathlib import Path, PurePath

import numpy as np
from numpy.typing import NDArray

from digitile.data.dataset import Dataset, Splits, check_size
from digitile.data.fit import check_shape
from digitile.data.intake import network_input
from digitile.data.split import split_by_class
from digitile.errors import DataError, PictureError
from digitile.pictures import PICTURE_SUFFIXES, load_picture

MAX_PICTURES = 1_000_000
"""Most pictures in one part of a data set, and most entries in one folder."""

LISTED = 20
"""Most pictures that are named when they are left out; the others are counted."""

_log = logging.getLogger(__name__)


def load_folder(path: str | PathLike[str], shape: tuple[int, ...]) -> Splits:
    """Read a folder of pictures.

    Parameters
    ----------
    path : path-like
        Laid out as above. Class names that are numbers are sorted as such, before others.
    shape : (C, H, W)
        The network's input, to which every picture is brought as by `network_input`.

    Returns
    -------
    Splits
        Named as the folder.

    Raises
    ------
    DataError
        For another layout, a class without pictures that can be used, and too many pictures.
    ShapeError
        Where `shape` is not that of pictures.
    """
    path = Path(path)
    check_shape(shape)
    folders = _folders(path)
    name = path.resolve().name or str(path)
    if not {"train", "test"} <= set(folders):
        whole = _read(name, path, folders, shape)
        train, test = split_by_class(whole.labels)
        if not len(test):
            raise DataError(
                f"{quote(path)} has one picture of each class, which leaves none to test with. "
                "Add more."
            )
        return Splits(whole.take(train), whole.take(test))
    others = [quote(path / name) for name in folders if name not in ("train", "test")]
    leave_out([f"{other} is beside the folders train and test" for other in others])
    train_path, test_path = path / "train", path / "test"
    classes, tested = _folders(train_path), _folders(test_path)
    if classes != tested:
        odd = sorted(set(classes) ^ set(tested))[0]
        raise DataError(
            f"{quote(path)}: class {odd!r} is only in one of train and test. Give both the same "
            "folders."
        )
    return Splits(_read(name, train_path, classes, shape), _read(name, test_path, classes, shape))


def _folders(path: Path) -> tuple[str, ...]:
    """Return the names of the sub-folders, in the order of labels."""
    folders, files = entries(path)
    strays = [quote(file) for file in files if is_picture(file)]
    leave_out([f"{stray} lies beside the folders of the classes" for stray in strays])
    names = [folder.name for folder in folders]
    if len(names) < 2:
        raise DataError(
            f"{quote(path)} has {len(names)} sub-folders, but needs one for each of two classes "
            "or more, for example 0/ to 9/."
        )
    for name in names:
        if not name.isprintable():
            raise DataError(f"{quote(path / name)}: a class's name must be printable. Rename it.")
    return tuple(sorted(names, key=_label_order))


def _label_order(name: str) -> tuple[bool, int, str]:
    number = name.isascii() and name.isdigit()
    return not number, int(name) if number else 0, name


def _read(name: str, path: Path, classes: tuple[str, ...], shape: tuple[int, ...]) -> Dataset:
    """Read the pictures of all classes, class by class, each in the order of file names."""
    files = [(file, label) for label, one in enumerate(classes) for file in _pictures(path / one)]
    if len(files) > MAX_PICTURES:
        raise DataError(
            f"{quote(path)} has {len(files):,} pictures; at most {MAX_PICTURES:,} are read. "
            "Remove some."
        )
    check_size(quote(path), len(files), shape)
    images = np.empty((len(files), *shape), np.uint8)
    labels: list[int] = []
    unusable: dict[int, list[str]] = {}
    for file, label in files:
        try:
            images[len(labels)] = _shown(file, shape, classes)
            labels.append(label)
        except PictureError as error:
            unusable.setdefault(label, []).append(str(error))
    for label, why in unusable.items():
        if label not in labels:
            raise DataError(
                f"none of the {len(why)} pictures in {quote(path / classes[label])} can be used; "
                f"the first: {why[0]}"
            )
    leave_out([reason for why in unusable.values() for reason in why])
    return Dataset(name, images[: len(labels)], np.array(labels, np.int64), classes)


def _shown(file: Path, shape: tuple[int, ...], classes: tuple[str, ...]) -> NDArray[np.uint8]:
    """Return a picture as a network is shown it; a `PictureError` names the file."""
    picture = load_picture(file)
    try:
        return network_input(picture, shape, classes)
    except PictureError as error:
        raise PictureError(f"{quote(file)}: {error}") from error


def _pictures(folder: Path) -> list[Path]:
    """Return the picture files of one class."""
    folders, files = entries(folder)
    leave_out([f"{quote(one)} is a folder in the folder of a class" for one in folders])
    pictures = list(filter(is_picture, files))
    if not pictures:
        raise DataError(
            f"{quote(folder)} has no pictures ({', '.join(sorted(PICTURE_SUFFIXES))}). Add some, "
            "or remove the folder."
        )
    return pictures


def entries(folder: str | PathLike[str]) -> tuple[list[Path], list[Path]]:
    """Return folders and files that do not begin with a dot, sorted by name."""
    folder = Path(folder)
    folders: list[Path] = []
    files: list[Path] = []
    try:
        for count, entry in enumerate(folder.iterdir()):
            if count == MAX_PICTURES:
                raise DataError(
                    f"{quote(folder)} has more than {MAX_PICTURES:,} entries. Remove some."
                )
            if not entry.name.startswith("."):
                (folders if entry.is_dir() else files).append(entry)
    except OSError as error:
        raise DataError(
            f"{quote(folder)} cannot be listed: {error.strerror}. Give a folder of pictures."
        ) from error
    return sorted(folders), sorted(files)


def is_picture(path: PurePath) -> bool:
    """Return whether the suffix is that of a picture file."""
    return path.suffix.lower() in PICTURE_SUFFIXES


def quote(path: str | PathLike[str]) -> str:
    """Return a path for a message: line breaks and broken names stay in one line."""
    return repr(str(path))


def leave_out(reasons: Sequence[str]) -> None:
    """Warn of what is no part of the data set."""
    for reason in reasons[:LISTED]:
        _log.warning("left out: %s", reason)
    if len(reasons) > LISTED:
        _log.warning("left out: %d more", len(reasons) - LISTED)
