"""Labelled photos in folders and zip files, whole, broken and hostile."""

import io
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from digitile.data import examples as module
from digitile.data.examples import Example, digest_of
from digitile.data.examples import load_examples as load
from digitile.errors import DataError


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


def content(one: Example) -> bytes:
    return one.source if isinstance(one.source, bytes) else one.source.read_bytes()


FILES = {
    "7/b.png": png(71), "7/0001.PNG": png(70), "0/a.png": png(1), "0/notes.txt": b"no picture",
    "0/.hidden.png": b"", "-12,50_shop.png": png(2), "photos/31-12-2024 b.png": png(3),
}  # fmt: skip


def test_a_folder_and_the_zip_file_of_the_page_are_the_same(tmp_path: Path) -> None:
    one = load(folder(tmp_path / "mine", FILES))
    texts = [(example.text, example.middle, content(example)) for example in one]
    assert texts == [
        ("-12,50", False, png(2)),
        ("0", True, png(1)),
        ("7", True, png(70)),
        ("7", True, png(71)),
        ("31-12-2024", False, png(3)),
    ]
    inside = dict(FILES)
    inside["__MACOSX/7/._a.png"] = b"a fork"
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA):
        other = load(zipped(tmp_path / "mine.zip", inside, method))
        assert [(example.text, example.middle, content(example)) for example in other] == texts
    page = load(zipped(tmp_path / "page.zip", {"examples/7/0001.png": png(5)}))
    assert (page[0].text, page[0].middle) == ("7", True)


TABLE = """file,text,x,y,width,height
a.png,12/5/2024,,,,
sub/b.png,1 234,10,20,30.5,40
a.png,7,0,0,5,5
"""


def test_a_table_tells_texts_and_places(tmp_path: Path) -> None:
    files = {"in/a.png": png(1), "in/sub/b.png": png(2), "in/c.png": png(3)}
    files["in/texts.csv"] = b"\xef\xbb\xbf" + TABLE.encode()  # as spreadsheets begin it
    for path in (folder(tmp_path / "mine", files), zipped(tmp_path / "mine.zip", files)):
        found = load(path)
        assert [(one.text, one.place) for one in found] == [
            ("12/5/2024", None),
            ("1234", (10, 20, 30.5, 40)),
            ("7", (0, 0, 5, 5)),
        ]
        assert [content(one) for one in found] == [png(1), png(2), png(1)]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "has no pictures. Put photos into it"),
        ({"8/notes.txt": b""}, "has no pictures"),
        ({"seven/a.png": png(1)}, "'a' is no number. Name a photo as what is written on it"),
        ({"-.png": png(1)}, "'-' is no number"),
        ({"texts.csv": b"file,text\nb.png,12\n", "a.png": png(1)}, "line 2: there is no picture"),
        ({"texts.csv": b"file,text\na.png,x\n", "a.png": png(1)}, "line 2: 'x' is no number"),
        ({"texts.csv": b"file,text,x\na.png,12,5\n", "a.png": png(1)}, "line 2: the place is 5,"),
        ({"texts.csv": b"file,text\n\xff\xfe", "a.png": png(1)}, "Put a table there, CSV in UTF-8"),
        ({"texts.csv": b"", "a.png": png(1)}, "has no pictures"),
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


def test_what_cannot_be_used_is_left_out_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    named = {"12.png": png(1), "IMG_0042.png": png(2), "7/a.png": png(3)}
    table = b"file,text\na.png,12\nb.png,3\na.png,x\n"
    for name, files in {"named": named, "table": {"texts.csv": table, "a.png": png(1)}}.items():
        caplog.clear()
        found = load(folder(tmp_path / name, files))
        wrong = {"named": ["'IMG' is no number"], "table": ["line 3: there is", "line 4: 'x' is"]}
        assert [one.text for one in found] == {"named": ["12", "7"], "table": ["12"]}[name]
        told = [record.getMessage() for record in caplog.records]
        assert len(told) == len(wrong[name])
        for text, why in zip(told, wrong[name], strict=True):
            assert text.startswith("left out: ")
            assert why in text


def test_nothing_of_a_zip_file_is_written_anywhere(tmp_path: Path) -> None:
    """Names that lead elsewhere are only names."""
    home = tmp_path / "a" / "b"
    home.mkdir(parents=True)
    names = ("../../7/a.png", "/7/b.png", "x/../7/d.png")
    path = zipped(home / "mine.zip", {name: png(i + 1) for i, name in enumerate(names)})
    assert [one.text for one in load(path)] == ["7"] * 3
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == [path]


def test_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zipped(tmp_path / "bomb.zip", {"7/a.png": bytes(5_000_000)}, zipfile.ZIP_DEFLATED)
    assert bomb.stat().st_size < 10_000
    monkeypatch.setattr(module, "MAX_CONTENT", 1 << 20)
    with pytest.raises(DataError, match="holds more than 1 MiB of pictures"):
        load(bomb)
    monkeypatch.setattr(module, "MAX_EXAMPLES", 2)
    for path in (folder(tmp_path / "mine", FILES), zipped(tmp_path / "mine.zip", FILES)):
        with pytest.raises(DataError, match="has more than 2 texts"):
            load(path)
    monkeypatch.setattr(module, "MAX_ZIP", 100)
    with pytest.raises(DataError, match="Unpack it and give the folder"):
        load(bomb)


def test_the_digest_is_of_pictures_texts_and_places(tmp_path: Path) -> None:
    files = {"12.png": png(1), "345.png": png(2)}
    one = load(str(folder(tmp_path / "mine", files)))
    other = load(zipped(tmp_path / "mine.zip", files))
    assert digest_of(one) == digest_of(other)
    changed = [replace(one[0], text="13"), replace(one[0], place=(0.0, 0.0, 4.0, 4.0))]
    changed += [replace(one[0], middle=True), replace(one[0], source=png(3))]
    assert len({digest_of(one), *(digest_of([first, one[1]]) for first in changed)}) == 5


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
