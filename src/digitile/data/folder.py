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
Anything else that is out of place is an error, so that no picture is lost in silence.
"""

from pathlib import Path, PurePath

import numpy as np

from digitile.data.dataset import Dataset, Splits, check_size
from digitile.data.fit import check_shape, fit_picture
from digitile.data.split import split_by_class
from digitile.errors import DataError, PictureError
from digitile.pictures import PICTURE_SUFFIXES, load_picture

MAX_PICTURES = 1_000_000
"""Most pictures in one part of a data set, and most entries in one folder."""


def load_folder(path: Path, shape: tuple[int, ...]) -> Splits:
    """Read a folder of pictures.

    Parameters
    ----------
    path : Path
        Laid out as above. Class names that are numbers are sorted as such, before others.
    shape : (C, H, W)
        The network's input, to which every picture is brought as by `fit_picture`.

    Returns
    -------
    Splits
        Named as the folder.

    Raises
    ------
    DataError
        For another layout, a class without pictures, too many pictures, and pictures that cannot
        be read: the message names the first and counts them.
    ShapeError
        Where `shape` is not that of pictures.
    """
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
    if len(folders) > 2:
        raise DataError(
            f"{quote(path)} has the folders {', '.join(folders)}, but beside train and test there "
            "may be none. Move the others elsewhere."
        )
    train_path, test_path = path / "train", path / "test"
    classes, tested = _folders(train_path), _folders(test_path)
    if classes != tested:
        odd = sorted(set(classes) ^ set(tested))[0]
        raise DataError(
            f"{quote(path)}: class {odd!r} is only in one of train and test. Give both the same "
            "folders."
        )
    return Splits(_read(name, train_path, classes, shape), _read(name, test_path, classes, shape))


def class_folders(path: Path) -> list[Path]:
    """Return the sub-folders, each of one class.

    Raises
    ------
    DataError
        Where a picture lies beside them.
    """
    folders, files = entries(path)
    stray = next(filter(is_picture, files), None)
    if stray is not None:
        raise DataError(
            f"{quote(stray)} lies beside the folders of the classes. Move it into one of them, "
            "named as what it shows, for example 7/."
        )
    return folders


def _folders(path: Path) -> tuple[str, ...]:
    """Return the names of the sub-folders, in the order of labels."""
    names = [folder.name for folder in class_folders(path)]
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
    broken: list[str] = []
    for image, (file, _) in zip(images, files, strict=True):
        try:
            image[:] = fit_picture(load_picture(file), shape)
        except PictureError as error:
            broken.append(str(error))
    if broken:
        raise DataError(
            f"{len(broken)} of the {len(files)} pictures in {quote(path)} cannot be read; the "
            f"first: {broken[0]}"
        )
    labels = np.array([label for _, label in files], np.int64)
    return Dataset(name, images, labels, classes)


def _pictures(folder: Path) -> list[Path]:
    """Return the picture files of one class."""
    folders, files = entries(folder)
    if folders:
        raise DataError(
            f"{quote(folders[0])} is a folder in the folder of a class, where only pictures may "
            "be. Move its pictures up, or give the folder that holds the classes."
        )
    pictures = list(filter(is_picture, files))
    if not pictures:
        raise DataError(
            f"{quote(folder)} has no pictures ({', '.join(sorted(PICTURE_SUFFIXES))}). Add some, "
            "or remove the folder."
        )
    return pictures


def entries(folder: Path) -> tuple[list[Path], list[Path]]:
    """Return folders and files that do not begin with a dot, sorted by name."""
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


def quote(path: Path | str) -> str:
    """Return a path for a message: line breaks and broken names stay in one line."""
    return repr(str(path))
