import io
import os
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unipen_samples import write_collection

from digitile.data import unipen
from digitile.data.unipen import Unipen, is_there, load_unipen, read_collection, read_strokes
from digitile.errors import DataError

ARRAYS = ("points", "strokes", "characters", "texts", "writers")


def same(one: Unipen, other: Unipen) -> bool:
    return all(
        np.array_equal(getattr(getattr(one, part), what), getattr(getattr(other, part), what))
        for part in unipen.PARTS
        for what in ARRAYS
    )


def test_the_collection(tmp_path: Path) -> None:
    read = read_collection(write_collection(tmp_path))
    assert read.digits.texts.tolist() == ["4", "1", "7"]
    # 70 wide, 100 tall, y up: 1,000 tall, y down
    assert [(line * 1000).round().tolist() for line in read.digits.lines(0)] == [
        [[300, 0], [0, 600], [700, 600]],
        [[500, 300], [500, 1000]],
    ]
    # a point twice in a row is one
    assert [line.tolist() for line in read.digits.lines(1)] == [[[0, 0], [0, 1]]]
    assert read.signs.texts.tolist() == ["A", '"']
    assert read.words.texts.tolist() == ["it's"]
    assert [line.tolist() for line in read.words.lines(0)] == [[[0, 0.5], [1, 0]], [[2, 0.25]]]
    assert read.digits.writers.tolist() == [0, 1, 1]
    assert read.signs.writers.tolist() == [0, 2]
    assert read.words.writers.tolist() == [2]


def test_it_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_collection(tmp_path / "unipen" / "train_r01_v07")
    assert is_there(tmp_path)
    first = load_unipen(tmp_path)
    monkeypatch.setattr(unipen, "read_collection", None)
    assert same(load_unipen(tmp_path), first)


def test_where_nothing_is(tmp_path: Path) -> None:
    assert not is_there(tmp_path)
    with pytest.raises(DataError, match=r"1195803.*CC BY 4\.0.*unipen/train_r01_v07"):
        load_unipen(tmp_path)


def test_a_few_broken_files_are_passed_over(tmp_path: Path) -> None:
    write_collection(tmp_path)
    whole = read_collection(tmp_path)
    for number in range(30):
        (tmp_path / f"data/1b/{number}.dat").write_text(".COMMENT nothing")
    (tmp_path / "data/1b/broken.dat").write_text(".INCLUDE ../../secret")
    assert same(read_collection(tmp_path), whole)


def test_a_collection_without_its_strokes(tmp_path: Path) -> None:
    write_collection(tmp_path)
    (tmp_path / "include/aa/data/one.dat").unlink()
    with pytest.raises(DataError, match=r"of 4 files, 2 cannot be read.*one\.dat is missing"):
        read_collection(tmp_path)


def test_a_collection_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="0 files"):
        read_collection(tmp_path)


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("made")
    write_collection(folder / "unipen" / "train_r01_v07")
    load_unipen(folder)
    return (folder / "unipen" / "strokes.npz").read_bytes()


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_damaged_files(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, data: st.DataObject
) -> None:
    damaged = bytearray(content)
    start = data.draw(st.integers(0, len(content)))
    damaged[start : start + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    path = tmp_path_factory.getbasetemp() / "damaged.npz"
    path.write_bytes(damaged)
    try:
        read_strokes(path)
    except DataError:
        return


def changed(content: bytes, **changes: np.ndarray | None) -> bytes:
    """The file with other arrays, or without some."""
    with np.load(io.BytesIO(content)) as file:
        arrays = {name.replace(".", "_"): file[name] for name in file} | changes
    stream = io.BytesIO()
    kept = {name.replace("_", ".", 1): array for name, array in arrays.items() if array is not None}
    np.savez(stream, allow_pickle=True, **kept)
    return stream.getvalue()


@pytest.mark.parametrize(
    "changes",
    [
        {"digits_points": None},
        {"digits_points": np.zeros((2, 2), np.int16)},
        {"digits_texts": np.array([os.system] * 3)},  # pickled
        {"words_writers": np.zeros(1)},
    ],
)
def test_files_with_other_arrays(
    tmp_path: Path, content: bytes, changes: dict[str, np.ndarray | None]
) -> None:
    path = tmp_path / "strokes.npz"
    path.write_bytes(changed(content, **changes))
    with pytest.raises(DataError, match=r"digits|words|allow_pickle=False"):
        read_strokes(path)


def test_an_array_that_announces_more_than_there_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "strokes.npz"
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            body = source.read(name)
            if name == "digits.points.npy":
                text = b"{'descr': '<i2', 'fortran_order': False, 'shape': (10000000000000, 2)}\n"
                body = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text
            target.writestr(name, body)
    with pytest.raises(DataError, match="cannot be read"):
        read_strokes(path)


def test_a_file_that_unpacks_to_too_much(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "strokes.npz"
    path.write_bytes(content)
    monkeypatch.setattr(unipen, "MAX_BYTES", 1000)
    with pytest.raises(DataError, match="more than 1,000"):
        read_strokes(path)


RAW = Path(os.environ.get("DIGITILE_DATA", "data")) / "unipen" / "raw"


@pytest.mark.skipif(not RAW.is_dir(), reason="needs files of the collection as published")
def test_files_as_published() -> None:
    """What is read of them is what another program read, which made `FILE`."""
    kept = load_unipen(RAW.parent.parent).digits
    known = {
        (str(text), *(line.tobytes() for line in kept.lines(index)))
        for index, text in enumerate(kept.texts)
    }
    read = read_collection(RAW).digits
    assert len(read) > 50
    assert all(
        (str(text), *(line.tobytes() for line in read.lines(index))) in known
        for index, text in enumerate(read.texts)
    )
