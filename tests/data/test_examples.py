"""Labelled examples in folders and zip files, whole, broken and hostile."""

import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from digitile.data import examples as module
from digitile.data.dataset import Dataset
from digitile.data.examples import load_examples
from digitile.data.fit import fit_picture
from digitile.errors import DataError, PictureError

CLASSES = tuple("0123456789")


def bring(pixels: np.ndarray) -> np.ndarray:
    if pixels.max() == 0:
        raise PictureError("all is black. Write something.")
    return fit_picture(pixels, (1, 4, 4))


def png(value: int) -> bytes:
    content = io.BytesIO()
    Image.new("L", (4, 4), value).save(content, "PNG")
    return content.getvalue()


def folder(root: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


def zipped(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def load(path: Path) -> Dataset:
    return load_examples(path, CLASSES, bring)


FILES = {
    "7/b.png": png(71), "7/a.PNG": png(70), "0/a.png": png(1), "0/notes.txt": b"no picture",
    "0/.hidden.png": b"", "0/again.png": png(1),
}  # fmt: skip


def test_a_folder_and_the_zip_file_of_the_page_are_the_same(tmp_path: Path) -> None:
    one = load(folder(tmp_path / "mine", FILES))
    assert one.classes == CLASSES
    assert one.labels.tolist() == [0, 7, 7]
    assert one.images[:, 0, 0, 0].tolist() == [1, 70, 71]
    inside = {f"examples/{name}": content for name, content in FILES.items()}
    inside["__MACOSX/examples/7/._a.png"] = b"a fork"
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA):
        other = load(zipped(tmp_path / "mine.zip", inside, method))
        assert other.images.tobytes() == one.images.tobytes()
        assert other.labels.tolist() == one.labels.tolist()


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "has no pictures in folders of classes"),
        ({"8/notes.txt": b""}, "has no pictures in folders of classes"),
        ({"seven/a.png": png(1)}, "'seven', which is none of the model's classes"),
        ({"a.png": png(1)}, "named as what it shows"),
        ({"7/a.png": png(1), "1/a.png": png(1)}, "hold the same picture, as 1 and as 7"),
        ({"7/a.png": png(1), "7/b.png": b"junk"}, "1 of the 2 pictures in .* cannot be used"),
        ({"7/a.png": png(0)}, r"a.png'?: all is black"),
    ],
)
def test_what_is_wrong_is_said_of_both(
    tmp_path: Path, files: dict[str, bytes], message: str
) -> None:
    (tmp_path / "mine").mkdir()
    for path in (folder(tmp_path / "mine", files), zipped(tmp_path / "mine.zip", files)):
        with pytest.raises(DataError, match=message) as caught:
            load(path)
        assert "\n" not in str(caught.value)
        assert "mine" in str(caught.value)


def test_nothing_of_a_zip_file_is_written_anywhere(tmp_path: Path) -> None:
    """Names that lead elsewhere are only names: what counts is the last folder."""
    home = tmp_path / "a" / "b"
    home.mkdir(parents=True)
    names = ("../../7/a.png", "/7/b.png", "x/../7/d.png")
    path = zipped(home / "mine.zip", {name: png(i + 1) for i, name in enumerate(names)})
    assert load(path).labels.tolist() == [7] * 3
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == [path]


def test_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zipped(tmp_path / "bomb.zip", {"7/a.png": bytes(5_000_000)}, zipfile.ZIP_DEFLATED)
    assert bomb.stat().st_size < 10_000
    monkeypatch.setattr(module, "MAX_CONTENT", 1 << 20)
    with pytest.raises(DataError, match="holds more than 1 MiB of pictures"):
        load(bomb)
    monkeypatch.setattr(module, "MAX_EXAMPLES", 2)
    for path in (folder(tmp_path / "mine", FILES), zipped(tmp_path / "mine.zip", FILES)):
        with pytest.raises(DataError, match="has more than 2 pictures"):
            load(path)
    monkeypatch.setattr(module, "MAX_ZIP", 100)
    with pytest.raises(DataError, match="Unpack it and give the folder"):
        load(bomb)


def test_what_is_no_zip_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        load(tmp_path / "nothing")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="neither a folder nor a file"):
        load(tmp_path / "pipe")
    (tmp_path / "text.zip").write_text("no zip file")
    with pytest.raises(DataError, match="no folder and no whole zip file"):
        load(tmp_path / "text.zip")
    path = zipped(tmp_path / "locked.zip", {"7/a.png": png(1)})
    content = bytearray(path.read_bytes())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + flags] |= 1  # "encrypted"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"cannot be unpacked here.*password"):
        load(path)
    (tmp_path / "deep" / "examples" / "7").mkdir(parents=True)
    with pytest.raises(DataError, match="Give the folder that holds the classes"):
        load(tmp_path / "deep")


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    spoils=st.lists(
        st.tuples(st.integers(0, 10_000), st.binary(min_size=1, max_size=4)), max_size=6
    ),
    cut=st.integers(0, 60),
    method=st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2]),
)
def test_spoiled_zip_files(
    tmp_path: Path, spoils: list[tuple[int, bytes]], cut: int, method: int
) -> None:
    """Whatever bytes are changed: pictures, or one line."""
    files = {f"examples/{label}/é{label}.png": png(label + 1) for label in range(3)}
    content = bytearray(zipped(tmp_path / "mine.zip", files, method).read_bytes())
    for place, change in spoils:
        place %= len(content)
        content[place : place + len(change)] = change
    (tmp_path / "mine.zip").write_bytes(content[: len(content) - cut])
    told = ""
    try:
        assert len(load(tmp_path / "mine.zip")) <= 3
    except DataError as error:
        told = str(error)
    assert "\n" not in told
