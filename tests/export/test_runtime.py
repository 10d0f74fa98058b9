import io
import tarfile
from pathlib import Path

import pytest

from digitile.errors import DataError, DownloadError
from digitile.export import runtime
from digitile.export.runtime import NAMES, fetch_runtime, load_runtime


def put(folder: Path) -> None:
    for name in NAMES:
        (folder / name).write_bytes(name.encode())


def test_a_folder(tmp_path: Path) -> None:
    put(tmp_path)
    assert load_runtime(tmp_path) == {name: name.encode() for name in NAMES}


def test_broken_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match=f"cannot read .*{NAMES[0]}: No such file.*npm package"):
        load_runtime(tmp_path / "none")
    put(tmp_path)
    (tmp_path / NAMES[1]).write_bytes(b"")
    with pytest.raises(DataError, match="no file of 1 to 40000000 bytes, but 0"):
        load_runtime(tmp_path)
    (tmp_path / NAMES[1]).unlink()
    (tmp_path / NAMES[1]).mkdir()
    with pytest.raises(DataError, match=NAMES[1]):
        load_runtime(tmp_path)
    put_back = tmp_path / NAMES[0]
    monkeypatch.setattr(runtime, "MOST_BYTES", 3)
    with pytest.raises(DataError, match=f"{put_back} is no file of 1 to 3 bytes"):
        load_runtime(tmp_path)


def package(*names: str) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name in names:
            entry = tarfile.TarInfo(f"package/dist/{name}")
            entry.size = len(name)
            archive.addfile(entry, io.BytesIO(name.encode()))
    return content.getvalue()


@pytest.fixture
def delivered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "package.tgz"
    monkeypatch.setattr(runtime, "fetch_file", lambda *_: path)
    return path


def test_a_package(delivered: Path, tmp_path: Path) -> None:
    delivered.write_bytes(package("other", *NAMES))
    assert fetch_runtime(tmp_path) == {name: name.encode() for name in NAMES}


@pytest.mark.parametrize(
    "content",
    [b"", b"no archive", package("other"), package(*NAMES)[:90]],
    ids=["empty", "no archive", "other files", "cut off"],  # archives differ by their times
)
def test_broken_packages(delivered: Path, tmp_path: Path, content: bytes) -> None:
    delivered.write_bytes(content)
    with pytest.raises(DataError, match=r"cannot unpack .*package\.tgz: .* Delete it"):
        fetch_runtime(tmp_path)


def test_nothing_is_delivered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    away = runtime.DownloadSource(
        ("http://127.0.0.1:9/",), (runtime.PACKAGE,), runtime.SOURCE.otherwise
    )
    monkeypatch.setattr(runtime, "SOURCE", away)
    with pytest.raises(DownloadError, match="by hand, or give a folder with it: --runtime FOLDER"):
        fetch_runtime(tmp_path)
