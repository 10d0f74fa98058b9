import gzip
import io
import os
import tarfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pytest
from data_samples import cifar_files, cifar_records
from hypothesis import given, settings

from digitile.data import Splits, cifar
from digitile.errors import DataError


def write_folder(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def tar(members: list[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for info, content in members:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def members(files: dict[str, bytes], folder: str = "cifar-10-batches-bin/") -> list:
    return [(tarfile.TarInfo(folder + name), content) for name, content in files.items()]


def write_archive(folder: Path, content: bytes) -> Path:
    (folder / cifar.ARCHIVE).write_bytes(gzip.compress(content))
    return folder


def check(splits: Splits) -> None:
    records = np.concatenate([cifar_records(2 + i, i) for i in range(1, 6)])
    assert splits.train.labels.tolist() == records[:, 0].tolist()
    np.testing.assert_array_equal(splits.train.images.reshape(-1, 3072), records[:, 1:])
    np.testing.assert_array_equal(splits.test.images.reshape(-1, 3072), cifar_records(3, 6)[:, 1:])
    assert splits.train.classes[:2] == ("airplane", "automobile")
    assert len(splits.train.classes) == 10


def test_red_green_blue_row_by_row(tmp_path: Path) -> None:
    record = np.zeros(3073, np.uint8)
    record[0] = 7
    record[1 + 1024 + 32 * 5 + 9] = 200  # green, row 5, column 9
    files = cifar_files() | {"test_batch.bin": record.tobytes()}
    test = cifar.load_cifar10(write_folder(tmp_path, files)).test
    assert test.images.shape == (1, 3, 32, 32)
    assert np.argwhere(test.images).tolist() == [[0, 1, 5, 9]]
    assert test.classes[test.labels[0]] == "horse"


def test_a_folder(tmp_path: Path) -> None:
    check(cifar.load_cifar10(write_folder(tmp_path, cifar_files())))


def test_an_archive(tmp_path: Path) -> None:
    check(cifar.load_cifar10(write_archive(tmp_path, tar(members(cifar_files())))))


def test_an_archive_is_not_unpacked_and_leads_nowhere(tmp_path: Path) -> None:
    """Paths that climb, links, devices and a Mac's ._ files are no danger."""
    inside = tmp_path / "inside"
    inside.mkdir()
    odd = [(tarfile.TarInfo("../evil.bin"), b"x"), (tarfile.TarInfo("/tmp/evil.bin"), b"x")]
    odd.append((tarfile.TarInfo("x/._test_batch.bin"), b"mac"))
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE):
        info = tarfile.TarInfo("x/test_batch.bin")
        info.type, info.linkname = kind, "/etc/passwd"
        odd.append((info, b""))
    check(cifar.load_cifar10(write_archive(inside, tar(odd + members(cifar_files(), "../")))))
    assert [path.name for path in tmp_path.rglob("*")] == ["inside", cifar.ARCHIVE]


@pytest.mark.parametrize("name", list(cifar_files()))
def test_missing_files(tmp_path: Path, name: str) -> None:
    files = cifar_files()
    del files[name]
    with pytest.raises(DataError, match=f"{tmp_path / cifar.ARCHIVE} lacks {name}"):
        cifar.load_cifar10(write_archive(tmp_path, tar(members(files))))
    with pytest.raises(DataError, match=f"{tmp_path / 'f'} lacks {name}"):
        cifar.load_cifar10(write_folder(tmp_path / "f", files))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("test_batch.bin", b"", "has 0 bytes, but must have records of 3073"),
        ("data_batch_3.bin", bytes(3072), "data_batch_3.bin has 3,072 bytes"),
        ("data_batch_3.bin", bytes(3074), "has 3,074 bytes"),
        ("data_batch_3.bin", bytes(3073) + b"\x0a" + bytes(3072), "label of record 1 is 10"),
        ("data_batch_5.bin", bytes(10_001 * 3073), "more than the 30,730,000 bytes"),
        ("batches.meta.txt", b"a b c", "names of 10 classes"),
        ("batches.meta.txt", b"a b c d e f g h i i", "names of 10 classes"),
        ("batches.meta.txt", b"\xff b c d e f g h i j", "names of 10 classes"),
        ("batches.meta.txt", b"a" * 1001, "more than the 1,000 bytes"),
    ],
)
def test_broken_files(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    files = cifar_files() | {name: content}
    write_archive(tmp_path, tar(members(files)))
    for source in (write_folder(tmp_path / "f", files), tmp_path):
        with pytest.raises(DataError, match=message):
            cifar.load_cifar10(source)


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    files = cifar_files()
    del files["test_batch.bin"]
    (write_folder(tmp_path, files) / "test_batch.bin").mkdir()
    with pytest.raises(DataError, match=r"test_batch.bin is not a file"):
        cifar.load_cifar10(tmp_path)


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="lacks cifar-10-binary"):
        cifar.load_cifar10(tmp_path)


def test_a_pipe_in_place_of_the_archive(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / cifar.ARCHIVE)
    with pytest.raises(DataError, match="is not a file"):
        cifar.load_cifar10(tmp_path)


def test_a_file_twice(tmp_path: Path) -> None:
    twice = [*members(cifar_files()), *members({"test_batch.bin": bytes(3073)})]
    with pytest.raises(DataError, match=r"holds test_batch.bin twice"):
        cifar.load_cifar10(write_archive(tmp_path, tar(twice)))


GOOD = gzip.compress(tar(members(cifar_files())), mtime=0)


@pytest.mark.parametrize(
    "break_it",
    [
        lambda _: b"",
        lambda _: b"no archive",
        lambda _: gzip.compress(b"no archive"),
        lambda _: gzip.compress(b"no archive" * 100),
        lambda content: content[: len(content) // 2],
        lambda content: content[:-4],
        lambda content: content[:-8] + bytes(8),  # gzip's checksum
        lambda content: content[:5000] + b"\xff" * 50 + content[5050:],
    ],
)
def test_broken_archives(tmp_path: Path, break_it: Callable[[bytes], bytes]) -> None:
    path = tmp_path / cifar.ARCHIVE
    path.write_bytes(break_it(GOOD))
    with pytest.raises(DataError, match=r"cannot be read: .*Delete it"):
        cifar.load_cifar10(path.parent)


@settings(deadline=None)
@given(st.data())
def test_broken_headers(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Whatever stands in tar's headers: CIFAR-10, or a DataError."""
    content = bytearray(tar(members({"x": b"1", "test_batch.bin": bytes(3073)})))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, 3 * 512))] = data.draw(st.integers(0, 255))
        if data.draw(st.booleans()):  # a checksum that is right
            for start in (0, 1024):
                header = bytes(content[start : start + 148]) + b" " * 8
                total = sum(header + bytes(content[start + 156 : start + 512]))
                content[start + 148 : start + 156] = b"%06o\0 " % total
    folder = write_archive(tmp_path_factory.getbasetemp(), bytes(content))
    with pytest.raises(DataError):
        cifar.load_cifar10(folder)


@pytest.mark.parametrize("kind", [tarfile.REGTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE])
def test_a_gzip_bomb(tmp_path: Path, kind: bytes) -> None:
    """1 GB of zeros, in a file nobody wants, or in a name, which tarfile takes into memory."""
    info = tarfile.TarInfo("x")
    info.type, info.size = kind, 1_000_000_000
    path = tmp_path / cifar.ARCHIVE
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(info.tobuf())
        for _ in range(250):
            file.write(bytes(1_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match="unpacks to more than 200,000,000 bytes"):
            cifar.load_cifar10(path.parent)
        assert tracemalloc.get_traced_memory()[1] < 300_000_000
    finally:
        tracemalloc.stop()


def test_a_thousand_long_names(tmp_path: Path) -> None:
    """Each is a call of tarfile inside the last."""
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 1
    write_archive(tmp_path, (info.tobuf() + b"x".ljust(512, b"\0")) * 3000)
    with pytest.raises(DataError, match="cannot be read"):
        cifar.load_cifar10(tmp_path)


def test_find(tmp_path: Path) -> None:
    assert cifar.find(tmp_path) is None
    write_archive(tmp_path, b"")
    assert cifar.find(tmp_path) == tmp_path / cifar.ARCHIVE
    inner = write_folder(tmp_path / "cifar-10-batches-bin", {"test_batch.bin": b""})
    assert cifar.find(tmp_path) == inner
    write_folder(tmp_path, {"data_batch_2.bin": b""})
    assert cifar.find(tmp_path) == tmp_path


def test_the_real_files(cifar10: Splits) -> None:
    """Counts, names and means as in the literature; a re-encoded copy differs a little."""
    assert np.bincount(cifar10.train.labels).tolist() == [5000] * 10
    assert np.bincount(cifar10.test.labels).tolist() == [1000] * 10
    assert cifar10.test.classes[0] == "airplane"
    means = cifar10.train.images.mean(axis=(0, 2, 3))
    np.testing.assert_allclose(means, [125.3, 123.0, 113.9], atol=0.5)
