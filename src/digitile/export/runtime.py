"""ONNX Runtime Web, which runs a network in a browser: two files of an npm package."""

import tarfile
from os import PathLike
from pathlib import Path

from digitile.data.download import DownloadSource, Progress, RemoteFile, fetch_file
from digitile.errors import DataError

NAMES = ("ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm")
"""What a page needs of it: the program, and its machine code for one or more threads."""

MOST_BYTES = 40_000_000
"""Larger files are not its own: the larger one has 14 MB in 1.30."""

PACKAGE = RemoteFile(
    "onnxruntime-web-1.30.0.tgz",
    "d2228df7e4616bc3348bf504ee888f3bec43789a273f0a63f3e68d203ce3bf71",
    33_106_585,
)
SOURCE = DownloadSource(
    ("https://registry.npmjs.org/onnxruntime-web/-/",),
    (PACKAGE,),
    otherwise="give a folder with it: --runtime FOLDER",
)

Files = dict[str, bytes]


def fetch_runtime(folder: str | PathLike[str], progress: Progress | None = None) -> Files:
    """Return the files of ONNX Runtime Web, downloaded once.

    Raises `DownloadError` where the package is not delivered, or cannot be written; `DataError`
    where it cannot be unpacked.

    Parameters
    ----------
    folder : path-like
        Where data sets are kept; the package goes into its sub-folder ``onnxruntime-web``.
    """
    path = fetch_file(SOURCE, PACKAGE, Path(folder) / "onnxruntime-web", progress)
    try:
        with tarfile.open(path, "r:gz") as package:
            return {name: _member(package, f"package/dist/{name}") for name in NAMES}
    except (OSError, EOFError, KeyError, tarfile.TarError) as error:
        raise DataError(f"cannot unpack {path}: {error}. Delete it to download it anew.") from error


def _member(package: tarfile.TarFile, name: str) -> bytes:
    """Return a file of the package, whose digest has been checked."""
    file = package.extractfile(name)
    if file is None:
        raise KeyError(f"{name} is not a file")
    return file.read()


def load_runtime(folder: str | PathLike[str]) -> Files:
    """Return the files of ONNX Runtime Web that are in a folder, such as the package's ``dist``.

    Raises `DataError` where one is missing, empty, too large or cannot be read.
    """
    return {name: _content(Path(folder) / name) for name in NAMES}


def _content(path: Path) -> bytes:
    fix = "Give the folder dist of the npm package onnxruntime-web, 1.30."
    try:
        size = path.stat().st_size
        if not path.is_file() or not 0 < size <= MOST_BYTES:
            raise DataError(f"{path} is no file of 1 to {MOST_BYTES} bytes, but {size}. {fix}")
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}. {fix}") from error
