import gzip
import hashlib
import os
import struct
import tracemalloc
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pytest
from data_samples import idx_bytes
from hypothesis import given, settings
from hypothesis.extra.numpy import array_shapes, arrays

from digitile.data import Splits, idx
from digitile.errors import DataError

VALUES = np.arange(12, dtype=np.uint8).reshape(3, 2, 2)


def save(folder: Path, content: bytes, name: str = "file") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_a_file_written_by_hand(tmp_path: Path) -> None:
    content = bytes.fromhex("00000803 00000002 00000001 00000003 010203 040506")
    values = idx.read_idx(save(tmp_path, content), 3)
    assert values.tolist() == [[[1, 2, 3]], [[4, 5, 6]]]
    assert values.dtype == np.uint8


@settings(deadline=None)
@given(
    arrays(np.uint8, array_shapes(min_dims=1, max_dims=3, max_side=5)),
    st.booleans(),
)
def test_round_trip(
    tmp_path_factory: pytest.TempPathFactory, values: np.ndarray, zip: bool
) -> None:
    content = gzip.compress(idx_bytes(values)) if zip else idx_bytes(values)
    path = save(tmp_path_factory.getbasetemp(), content, "round-trip")
    np.testing.assert_array_equal(idx.read_idx(path, values.ndim), values)


@settings(deadline=None)
@given(st.binary(max_size=60), st.booleans())
def test_garbage(tmp_path_factory: pytest.TempPathFactory, rest: bytes, zip: bool) -> None:
    content = b"\0\0\x08\x03" + rest
    path = save(
        tmp_path_factory.getbasetemp(),
        gzip.compress(content, mtime=0) if zip else content,
        "garbage",
    )
    try:
        values = idx.read_idx(path, 3)
    except DataError:
        return
    assert idx_bytes(values) == content


ZIPPED = gzip.compress(idx_bytes(VALUES), mtime=0)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "begins with the bytes .none., not 00 00 08 03"),
        (b"\0\0\x08\x01" + bytes(9), "begins with the bytes 00 00 08 01"),
        (b"\0\0\x0d\x03" + bytes(20), "begins with the bytes 00 00 0d 03"),  # floats
        (b"<html><body>Not found", "begins with the bytes 3c 68 74 6d"),
        (idx_bytes(VALUES)[:10], "cut short in its header"),
        (idx_bytes(VALUES)[:-1], r"announces 12 values \(3×2×2\) in its header, but holds only 11"),
        (idx_bytes(VALUES) + b"\0", "holds more"),
        (idx_bytes(VALUES[:0]), "holds nothing: its header says 0×2×2"),
        (idx_bytes(VALUES[:, :0]), "holds nothing"),
        (ZIPPED[:-20], "cannot be read"),
        (ZIPPED[:-8], "cannot be read"),
        (ZIPPED[:-8] + bytes(8), "cannot be read: CRC"),
        (ZIPPED[:10] + b"\xff" + ZIPPED[11:], "cannot be read: .*invalid block type"),
        (b"\x1f\x8b", "cannot be read"),
        (b"\x1f\x8b" + bytes(30), "cannot be read"),
        (ZIPPED + b"rest", "cannot be read"),
        (ZIPPED + gzip.compress(b"more", mtime=0), "holds more"),
    ],
)
def test_broken_files(tmp_path: Path, content: bytes, message: str) -> None:
    path = save(tmp_path, content)
    with pytest.raises(DataError, match=message) as caught:
        idx.read_idx(path, 3)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_neither_folders_nor_pipes_nor_nothing_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "nothing"):
        with pytest.raises(DataError, match="is not a file"):
            idx.read_idx(path, 3)


@pytest.mark.parametrize("zip", [False, True])
@pytest.mark.parametrize(
    ("shape", "message"),
    [((2**32 - 1,) * 3, "would fill"), ((1000, 1000, 1000), "holds only 100")],
)
def test_a_header_that_promises_too_much(
    tmp_path: Path, shape: tuple[int, ...], message: str, zip: bool
) -> None:
    """Nothing near the 1 GB to 10²⁹ bytes announced is allocated."""
    content = b"\0\0\x08\x03" + struct.pack(">3I", *shape) + bytes(100)
    path = save(tmp_path, gzip.compress(content, mtime=0) if zip else content)
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=message):
            idx.read_idx(path, 3)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_a_gzip_bomb(tmp_path: Path) -> None:
    """100 MB behind a header of 12 values: no more is unpacked than announced."""
    path = save(tmp_path, gzip.compress(idx_bytes(VALUES) + bytes(100_000_000), 9))
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match="holds more"):
            idx.read_idx(path, 3)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "name",
    [
        "t10k-labels-idx1-ubyte",
        "t10k-labels-idx1-ubyte.gz",
        "t10k-labels.idx1-ubyte",
        "t10k-labels.idx1-ubyte.gz",
    ],
)
def test_find_knows_the_usual_names(tmp_path: Path, name: str) -> None:
    part = "t10k-labels-idx1-ubyte"
    assert idx.find(tmp_path, part) is None
    save(tmp_path, b"", name)
    assert idx.find(tmp_path, part) == tmp_path / name


def test_find_takes_a_file_before_a_folder(tmp_path: Path) -> None:
    """Some tools unpack a .gz into a folder of its name."""
    part = idx.PARTS[0]
    (tmp_path / part).mkdir()
    assert idx.find(tmp_path, part) == tmp_path / part
    file = save(tmp_path, b"", f"{part}.gz")
    assert idx.find(tmp_path, part) == file


def test_pictures_with_their_labels(tmp_path: Path) -> None:
    images = save(tmp_path, idx_bytes(VALUES), "images")
    labels = save(tmp_path, idx_bytes(np.array([9, 0, 4], np.uint8)), "labels")
    dataset = idx.read_part(images, labels)
    assert dataset.images.shape == (3, 1, 2, 2)
    assert dataset.images[1, 0].tolist() == [[4, 5], [6, 7]]
    assert dataset.labels.tolist() == [9, 0, 4]
    assert dataset.classes == tuple("0123456789")


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([9, 0], "holds 3 pictures, but .* holds 2 labels"),
        ([9, 0, 4, 1], "3 pictures, but .* 4 labels"),
        ([9, 10, 255], "label 1 is 10, but digits are 0 to 9"),
    ],
)
def test_labels_that_do_not_fit(tmp_path: Path, labels: list[int], message: str) -> None:
    images = save(tmp_path, idx_bytes(VALUES), "images")
    with pytest.raises(DataError, match=message):
        idx.read_part(images, save(tmp_path, idx_bytes(np.array(labels, np.uint8)), "labels"))


def test_labels_in_place_of_pictures(tmp_path: Path) -> None:
    labels = save(tmp_path, idx_bytes(np.array([1, 2], np.uint8)))
    with pytest.raises(DataError, match="not an idx file of 3 axes"):
        idx.read_part(labels, labels)


def test_a_folder_of_four_files(small_mnist: Path) -> None:
    splits = idx.load_mnist(small_mnist / "mnist")
    assert (len(splits.train), len(splits.test)) == (6, 4)
    (small_mnist / "mnist" / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataError, match=r"mnist lacks t10k-labels-idx1-ubyte, gzipped or not"):
        idx.load_mnist(small_mnist / "mnist")


def test_the_real_files(mnist: Splits) -> None:
    """The published files' MD5 sums, unpacked; counts of the digits as in the literature."""
    sums = [
        hashlib.md5(idx_bytes(values.astype(np.uint8))).hexdigest()
        for part in (mnist.train, mnist.test)
        for values in (part.images[:, 0], part.labels)
    ]
    assert sums == [
        "6bbc9ace898e44ae57da46a324031adb",
        "a25bea736e30d166cdddb491f175f624",
        "2646ac647ad5339dbf082846283269ea",
        "27ae3e4e09519cfbb04c329615203637",
    ]
    counts = np.bincount(mnist.train.labels).tolist()
    assert counts == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
