from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unipen_samples import FILES, write_collection

from digitile.data import unipen_format
from digitile.data.unipen_format import Segment, read_segments
from digitile.errors import DataError


def read(folder: Path, text: str, **included: str) -> list[Segment]:
    """Read a file that may include others, by name."""
    include = folder / "include"
    include.mkdir(exist_ok=True)
    for name, content in included.items():
        (include / name).write_text(content)
    (folder / "data").write_text(text)
    return list(read_segments(folder / "data", include))


INK = ".PEN_DOWN\n0 0\n1 1\n2 2\n.PEN_UP\n.PEN_DOWN\n3 3\n4 4\n.PEN_UP\n.PEN_DOWN\n5 5\n"


def test_a_file_written_by_hand(tmp_path: Path) -> None:
    write_collection(tmp_path)
    four, one, seven, bad, word = read_segments(
        tmp_path / "data/1a/aa/one.dat", tmp_path / "include"
    )
    assert (four.level, four.quality, four.text, four.writer) == ("CHARACTER", "OK", "4", "aa/zc")
    # .COORD T Y X: the third number is x
    assert [stroke.tolist() for stroke in four.strokes] == [
        [[30, 100], [0, 40], [70, 40]],
        [[50, 70], [50, 0]],
    ]
    assert [stroke.tolist() for stroke in one.strokes] == [[[-5, 200], [-5, 200], [-5, 150]]]
    assert (one.quality, one.text, one.writer) == ("?", "1", "aa/other")
    assert [stroke.tolist() for stroke in seven.strokes] == [[[100, 100], [160, 100], [120, 0]]]
    assert bad.quality == "BAD"
    assert (word.level, word.text, len(word.strokes)) == ("WORD", "41", 3)


def test_a_segment_without_quality_and_text(tmp_path: Path) -> None:
    write_collection(tmp_path)
    first, second = read_segments(tmp_path / "data/1b/aa/one.dat", tmp_path / "include")
    assert len(first.strokes) == 2
    assert (second.quality, second.text) == ("?", "")


def test_where_no_writer_is_named_it_is_the_folder(tmp_path: Path) -> None:
    write_collection(tmp_path)
    (quote,) = read_segments(tmp_path / "data/1d/bb/two.dat", tmp_path / "include")
    assert (quote.text, quote.writer) == ('"', "bb/data")


@pytest.mark.parametrize(
    ("places", "xs"),
    [
        ("1", [[3, 4]]),
        ("0-1", [[0, 1, 2], [3, 4]]),
        ("2,0", [[5], [0, 1, 2]]),
        ("0:1-0:1", [[1]]),
        ("0:1-1:0", [[1, 2], [3]]),
        ("0:2-2", [[2], [3, 4], [5]]),
        ("0:1", [[1]]),
        ("0-1:0", [[0, 1, 2], [3]]),
    ],
)
def test_places(tmp_path: Path, places: str, xs: list[list[int]]) -> None:
    (segment,) = read(tmp_path, f'.INCLUDE ink\n.SEGMENT CHARACTER {places} OK "x"', ink=INK)
    assert [stroke[:, 0].tolist() for stroke in segment.strokes] == xs


def test_the_last_file_included_names_the_points(tmp_path: Path) -> None:
    segment = '.SEGMENT CHARACTER 0 OK "x"\n'
    text = f".INCLUDE a\n.INCLUDE b\n{segment}.INCLUDE a\n{segment}"
    b, a = read(tmp_path, text, a=".PEN_DOWN\n1 2", b=".PEN_DOWN\n3 4")
    assert (b.strokes[0].tolist(), a.strokes[0].tolist()) == ([[3, 4]], [[1, 2]])


def test_included_files_may_include(tmp_path: Path) -> None:
    (segment,) = read(
        tmp_path,
        '.INCLUDE a\n.SEGMENT CHARACTER 0-1 OK "x"',
        a=".COORD Y X\n.INCLUDE b\n.PEN_DOWN\n1 2",
        b=".PEN_DOWN\n3 4",
    )
    assert [stroke.tolist() for stroke in segment.strokes] == [[[4, 3]], [[2, 1]]]


@pytest.mark.parametrize(
    ("segment", "ink", "message"),
    [
        ("CHARACTER 3", INK, "not among 0 to 2"),
        ("CHARACTER 1-0", INK, "not among"),
        ("CHARACTER 0:3-0:4", INK, "no points"),
        ("CHARACTER 1-x", INK, "must be like"),
        ("CHARACTER 0,", INK, "must be like"),
        ("CHARACTER 9999999999", INK, "must be like"),
        ("CHARACTER", INK, "LEVEL STROKES"),
        ('CHARACTER 0 OK "x', INK, "LEVEL STROKES"),
        ("CHARACTER 0", ".PEN_DOWN\n1 2 3", "3 numbers, but points of 2"),
        ("CHARACTER 0", ".COORD X Y T\n.PEN_DOWN\n1 2", "2 numbers, but points of 3"),
        ("CHARACTER 0", ".PEN_DOWN\n1 two", "no numbers"),
        ("CHARACTER 0", ".PEN_DOWN\n1 nan", "must lie within"),
        ("CHARACTER 0", ".PEN_DOWN\n1 1e99", "must lie within"),
        ("CHARACTER 0", ".PEN_DOWN\n", "no points"),
        ("CHARACTER 0", ".COORD X T\n", "must name X and Y"),
        ("CHARACTER 0", ".INCLUDE ink\n", "includes itself"),
        ("CHARACTER 0", ".INCLUDE\n", "one file was expected"),
        ("CHARACTER 0", ".INCLUDE a b\n", "one file was expected"),
        ("CHARACTER 0", f".INCLUDE {'long' * 5000}\n", "cannot be looked up|is missing"),
        ("CHARACTER 0", ".INCLUDE ../../../etc/passwd\n", "not a place within"),
        ("CHARACTER 0", ".INCLUDE /etc/passwd\n", "not a place within"),
    ],
)
def test_what_is_not_of_the_format(tmp_path: Path, segment: str, ink: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(tmp_path, f".INCLUDE ink\n.SEGMENT {segment}", ink=ink)


def test_strokes_that_are_missing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="gone is missing"):
        read(tmp_path, ".INCLUDE gone\n.SEGMENT CHARACTER 0")
    with pytest.raises(DataError, match="cannot be read"):
        list(read_segments(tmp_path / "nowhere", tmp_path))


def test_a_link_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(INK)
    (tmp_path / "include").mkdir()
    (tmp_path / "include" / "ink").symlink_to(tmp_path / "secret")
    with pytest.raises(DataError, match="not a place within"):
        read(tmp_path, ".INCLUDE ink\n.SEGMENT CHARACTER 0")


def test_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unipen_format, "MAX_POINTS", 7)
    text = ".INCLUDE ink\n.SEGMENT CHARACTER 0-1,1"
    assert len(read(tmp_path, text, ink=INK)) == 1
    with pytest.raises(DataError, match="may have 7 points"):
        read(tmp_path, text + ",2", ink=INK)
    monkeypatch.setattr(unipen_format, "MAX_STATEMENTS", 4)
    with pytest.raises(DataError, match="more than 4 statements"):
        read(tmp_path, text, ink=INK)
    monkeypatch.setattr(unipen_format, "MAX_BYTES", 10)
    with pytest.raises(DataError, match="larger than 10 bytes"):
        read(tmp_path, text, ink=INK)


WORDS = ".INCLUDE .SEGMENT .PEN_DOWN .COORD .WRITER_ID CHARACTER 0-1 X Y ink a 0 1e999 - .. /"
PIECES = st.sampled_from([*WORDS.split(), " ", "\n", "\0", '"', "\n.SEGMENT CHARACTER 0\n"])


@settings(deadline=None, max_examples=200)
@given(
    st.lists(PIECES | st.text(max_size=3), max_size=30).map("".join),
    st.lists(PIECES | st.text(max_size=3), max_size=30).map("".join),
)
def test_garbage(tmp_path_factory: pytest.TempPathFactory, text: str, ink: str) -> None:
    folder = tmp_path_factory.getbasetemp()
    (folder / "include").mkdir(exist_ok=True)
    (folder / "include" / "ink").write_bytes(ink.encode("utf-8", "surrogateescape"))
    (folder / "data").write_bytes(b".INCLUDE ink\n" + text.encode("utf-8", "surrogateescape"))
    try:
        segments = list(read_segments(folder / "data", folder / "include"))
    except DataError:
        return
    assert all(np.isfinite(stroke).all() for segment in segments for stroke in segment.strokes)


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_broken_files(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = write_collection(tmp_path_factory.getbasetemp() / "broken")
    name = data.draw(st.sampled_from(["data/1a/aa/one.dat", "include/aa/data/one.dat"]))
    content = bytearray(FILES[name].encode())
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(content)))
        end = data.draw(st.integers(start, min(len(content), start + 9)))
        content[start:end] = data.draw(st.binary(max_size=4))
    (folder / name).write_bytes(content)
    try:
        list(read_segments(folder / "data/1a/aa/one.dat", folder / "include"))
    except DataError:
        return
