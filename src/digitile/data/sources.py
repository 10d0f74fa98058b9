"""Every data set, by name."""

import difflib
import os
from os import PathLike
from pathlib import Path

from platformdirs import user_cache_path

from digitile.data import unipen
from digitile.data.cifar import load_cifar10
from digitile.data.dataset import Splits
from digitile.data.digits import load_digits
from digitile.data.download import Progress, fetch
from digitile.data.fit import check_shape, fit_to
from digitile.data.folder import load_folder
from digitile.data.idx import load_mnist
from digitile.errors import SettingError

NAMES = ("mnist", "cifar10", "digits")
"""The data sets that `load_data` knows by name."""


def default_folder() -> Path:
    """Return the folder where data sets are kept: $DIGITILE_DATA, or one in the user's cache.

    ``DIGITILE_DATA`` is the one environment variable digitile reads. MNIST is kept in the
    folder's sub-folder ``mnist``, CIFAR-10 in ``cifar10``.
    """
    chosen = os.environ.get("DIGITILE_DATA")
    return Path(chosen) if chosen else user_cache_path("digitile", appauthor=False) / "data"


def load_data(
    name: str,
    folder: str | PathLike[str] | None = None,
    shape: tuple[int, ...] | None = None,
    progress: Progress | None = None,
) -> Splits:
    """Load a data set; MNIST and CIFAR-10 are downloaded where they are missing.

    Parameters
    ----------
    name : str
        One of `NAMES`, or the path of a folder of pictures (see `digitile.data.folder`).
    folder : path-like, optional
        Where data sets are kept; `default_folder` if not given. Files put there by hand are read
        as they are, also where they differ from those published.
    shape : (C, H, W), optional
        The network's input, to which the pictures are brought (see `digitile.data.fit`). A folder
        of pictures needs it; the others keep their own shape without it.
    progress : Progress, optional
        Shows downloads.

    Raises
    ------
    SettingError
        For an unknown `name`, or a folder of pictures without `shape`.
    ShapeError
        Where `shape` is not that of pictures.
    DataError
        For files that are broken, and folders laid out in another way.
    DownloadError
        Where a file is missing and no mirror delivers it.
    """
    if shape is not None:
        check_shape(shape)
    kept = default_folder() if folder is None else Path(folder)
    match name:
        case "mnist":
            splits = load_mnist(fetch(name, kept, progress))
        case "cifar10":
            splits = load_cifar10(fetch(name, kept, progress))
        case "digits":
            splits = load_digits()
        case _:
            return _folder(name, shape)
    if shape is None:
        return splits
    return Splits(fit_to(splits.train, shape), fit_to(splits.test, shape))


def fetch_data(
    name: str, folder: str | PathLike[str] | None = None, progress: Progress | None = None
) -> Path:
    """Download a data set, or read UNIPEN's collection into one file; what is there stays.

    Parameters
    ----------
    name : {"mnist", "cifar10", "unipen"}
    folder, progress
        As for `load_data`.

    Returns
    -------
    Path
        Where it is now.

    Raises
    ------
    DataError
        For files that are broken or, of UNIPEN, missing: it has to be unpacked there by hand.
    DownloadError
        Where a file is missing and no mirror delivers it.
    """
    kept = default_folder() if folder is None else Path(folder)
    if name == unipen.FOLDER:
        unipen.load_unipen(kept)
        return kept / unipen.FOLDER
    return fetch(name, kept, progress)


def _folder(name: str, shape: tuple[int, ...] | None) -> Splits:
    path = Path(name)
    try:
        is_folder = name != "" and path.is_dir()
    except OSError:  # the name is too long, or its folder may not be looked into
        is_folder = False
    if not is_folder and ("/" in name or os.sep in name) and not os.path.lexists(name):
        raise SettingError(
            f"{name!r} does not exist. Give the path of a folder of pictures, or one of: "
            f"{', '.join(NAMES)}."
        )
    if not is_folder:
        near = difflib.get_close_matches(name.lower(), NAMES, 1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise SettingError(
            f"{name!r} is neither a data set nor a folder.{hint} Use one of: {', '.join(NAMES)}, "
            "or the path of a folder of pictures."
        )
    if shape is None:
        raise SettingError(
            f"{name!r} is a folder of pictures, which may have any size: give the shape to bring "
            "them to, for example (1, 28, 28)."
        )
    return load_folder(path, shape)
