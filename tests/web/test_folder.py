"""Temporary folders go, also those of servers that were killed; those in use stay."""

import multiprocessing
import os
import signal
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from digitile.web.folder import NEW_SECONDS, PREFIX, remove_abandoned, temporary_folder


def hold(pipe: Connection, place: str) -> None:
    tempfile.tempdir = place
    with temporary_folder() as folder:
        (folder / "model.safetensors").write_bytes(b"0" * 1000)
        pipe.send(folder)
        pipe.recv()


def age(folder: Path) -> None:
    then = time.time() - 2 * NEW_SECONDS
    os.utime(folder, (then, then))


def test_what_a_killed_server_left_goes(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=hold, args=(theirs, str(tmp_path)))
    process.start()
    folder: Path = ours.recv()
    age(folder)
    remove_abandoned(tmp_path)
    assert (folder / "model.safetensors").exists()
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    remove_abandoned(tmp_path)
    assert not folder.exists()


def test_what_is_not_ours_to_remove_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    young, other, target = (tmp_path / name for name in (f"{PREFIX}new", "other", "target"))
    for folder in (young, other, target):
        folder.mkdir()
    link = tmp_path / f"{PREFIX}link"
    link.symlink_to(target)
    age(other)
    age(target)
    (tmp_path / f"{PREFIX}file").write_text("no folder")
    age(tmp_path / f"{PREFIX}file")
    with temporary_folder() as own:
        assert own.parent == tmp_path
        assert own.exists()
    assert not own.exists()
    assert young.exists()
    assert other.exists()
    assert target.exists()
    assert link.is_symlink()
