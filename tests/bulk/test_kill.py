"""digitile read --out, killed with all its processes: nothing lost, nothing twice."""

import json
import signal
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.bulk.kill import finished, kill_when, start
from tests.bulk.pictures import draw

REFERENCE = ("--engine", "reference", "--processes", 2)


def rows_of(out: Path) -> list[dict[str, Any]]:
    if out.suffix == ".parquet":
        rows: list[dict[str, Any]] = pq.read_table(out).to_pylist()
        return rows
    return [json.loads(line) for line in out.read_bytes().splitlines()]


def test_killed_and_begun_anew(tmp_path: Path) -> None:
    paths = draw(tmp_path / "pictures", 32)
    paths[7].write_bytes(b"no picture")
    listing = tmp_path / "list"
    listing.write_text("".join(f"{path}\n" for path in paths))
    killed, whole = tmp_path / "killed.jsonl", tmp_path / "whole.parquet"
    words = ("--list", listing, "--out", killed, "--shard", 2, *REFERENCE)
    folder = tmp_path / "killed.jsonl.run"
    kill_when(start(*words), lambda: finished(folder) >= 3, signal.SIGKILL)
    assert not killed.exists()
    before = finished(folder)
    assert 3 <= before < 16

    again = start(*words)
    said = again.communicate()[1]
    assert again.returncode == 0, said
    assert f"{32 - 2 * before} pictures read" in said
    assert f"{2 * before} were read before" in said
    whole_run = start(tmp_path / "pictures", "--out", whole, *REFERENCE)
    assert "32 pictures read" in whole_run.communicate()[1]
    rows = rows_of(killed)
    assert [row["path"] for row in rows if row["line"] in (None, 1)] == [str(p) for p in paths]
    assert rows == rows_of(whole)
    assert [row["number"] for row in rows if row["failed"]] == [7]


def many(folder: Path) -> Path:
    """Return a list of 320 pictures, which take seconds to read."""
    listing = folder / "list"
    listing.write_text("".join(f"{path}\n" for path in 40 * draw(folder / "pictures", 8)))
    return listing


def test_interrupted(tmp_path: Path) -> None:
    out = tmp_path / "r.jsonl"
    words = ("--list", many(tmp_path), "--out", f"{out}/", "--shard", 2, *REFERENCE)
    said = kill_when(start(*words), lambda: finished(out) >= 3, signal.SIGINT)
    assert "Rerun the command to resume" in said
    assert "Traceback" not in said
    assert 3 <= finished(out) < 160


@pytest.mark.parametrize("seconds", [0.0, 0.1, 0.3, 0.6])
def test_interrupted_while_processes_start(tmp_path: Path, seconds: float) -> None:
    out, folder = tmp_path / "r.jsonl", tmp_path / "r.jsonl.run"
    process = start("--list", many(tmp_path), "--out", out, *REFERENCE)

    def due() -> bool:
        begun = (folder / "_run.json").exists()
        time.sleep(seconds if begun else 0)
        return begun

    said = kill_when(process, due, signal.SIGINT)
    assert "interrupted" in said
    assert "Traceback" not in said


def test_nothing_could_be_read(tmp_path: Path) -> None:
    process = start(tmp_path / "none.png", "--out", tmp_path / "r.jsonl", *REFERENCE)
    assert "none of the 1 pictures" in process.communicate()[1]
    assert process.returncode == 1
    (row,) = rows_of(tmp_path / "r.jsonl")
    assert row["failed"]
    assert "does not exist" in row["reason"]
