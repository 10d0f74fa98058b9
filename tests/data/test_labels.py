"""Folders of labelled photos, whole, broken and hostile."""

from pathlib import Path

import pytest

from digitile.data import examples as module
from digitile.data.examples import load_labels
from digitile.errors import DataError

PHOTOS = ("a.png", "sub/b.jpg")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "mine"
    for name in PHOTOS:
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(b"")
    (tmp_path / "c.png").write_bytes(b"")
    return path


def test_a_table(folder: Path) -> None:
    table = '\ufefffile,text,note\nsub/b.jpg, 08 03 1990 ,x\na.png,"-12,50"\n'
    (folder / "labels.csv").write_text(table, encoding="utf-8")
    found = load_labels(folder)
    assert [(one.name, one.source, one.text) for one in found] == [
        ("sub/b.jpg", folder / "sub" / "b.jpg", "08031990"),
        ("a.png", folder / "a.png", "-12,50"),
    ]
    assert all(one.place is None and not one.middle for one in found)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "has no photos"),
        (b"file,text\n", "has no photos"),
        (b"name,text\na.png,12\n", "line 2: there is no picture ''"),
        (b"file,text\na.png,12\nd.png,12\n", "line 3: there is no picture 'd.png'"),
        (b"file,text\nsub,12\n", "there is no picture 'sub'"),
        (b"file,text\n../c.png,12\n", "there is no picture"),
        (b"file,text\n/etc/passwd,12\n", "there is no picture"),
        (b"file,text\n" + 5000 * b"x" + b",12\n", "there is no picture"),
        (b"file,text\na\0.png,12\n", "there is no picture"),
        (b"file,text\na.png,12,50\n", "line 2 has more cells than the first line"),
        (b"file,text\na.png,\n", "'' is no number"),
        (b"file,text\na.png\n", "'' is no number"),
        (b"file,text\na.png,12a\n", "'12a' is no number"),
        (b"file,text\na.png,--\n", "'--' is no number"),
        (b"file,text\n\xff\xfe", "CSV in UTF-8, with the columns file and text"),
        (b"file,text\na.png," + 200_000 * b"1", "cannot be read"),
    ],
)
def test_what_is_wrong(folder: Path, content: bytes, message: str) -> None:
    (folder / "labels.csv").write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        load_labels(folder)
    assert "\n" not in str(caught.value)
    assert "labels.csv" in str(caught.value)


def test_no_table(folder: Path) -> None:
    with pytest.raises(DataError, match=r"labels.csv' cannot be read.*Put a table there"):
        load_labels(folder)
    with pytest.raises(DataError, match="cannot be read"):
        load_labels(folder / "nowhere")


def test_too_large(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_TABLE", 20)
    (folder / "labels.csv").write_text("file,text\n" + "a.png,1\n" * 9)
    with pytest.raises(DataError, match="Divide it"):
        load_labels(folder)
