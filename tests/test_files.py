"""A file is whole or not there."""

import errno
import os
from pathlib import Path

import pytest

from digitile.errors import UsageError
from digitile.files import write_atomically


def test_writes_and_replaces(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    write_atomically(path, b"one")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert [p.name for p in tmp_path.iterdir()] == ["a.bin"]


def test_failure_leaves_the_old_file(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "kept").write_bytes(b"old")
    with pytest.raises(UsageError, match="cannot write"):
        write_atomically(folder, b"new")  # a folder cannot be replaced by a file
    with pytest.raises(UsageError, match="No such file"):
        write_atomically(tmp_path / "nowhere" / "a", b"new")
    assert (folder / "kept").read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]


@pytest.mark.parametrize("full", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full: int
) -> None:
    path = tmp_path / "a.bin"
    write_atomically(path, b"old")

    def fsync(_: int) -> None:
        raise OSError(full, os.strerror(full))

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(UsageError, match=r"a\.bin: .* Free some space, or choose another place"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.bin"]


def test_a_pipe_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="pipe: it is no regular file"):
        write_atomically(tmp_path / "pipe", b"new")
    assert (tmp_path / "pipe").is_fifo()
