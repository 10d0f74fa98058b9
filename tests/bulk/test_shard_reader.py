"""A shard is read to its end, whatever its pictures do to the process that reads them."""

import json
from pathlib import Path
from typing import Any

import pytest

from digitile.bulk.parts import Parts
from digitile.bulk.shard_reader import AT_ONCE, Count, ShardReader
from digitile.bulk.shards import Shard
from digitile.errors import DigitileError
from digitile.workers import TRIES
from tests.bulk.hostile import HostileDesk, NoDesk


def read(folder: Path, names: list[str], seconds: float) -> tuple[Count, list[dict[str, Any]]]:
    parts = Parts(folder, "jsonl", "settings")
    reader = ShardReader(HostileDesk, (folder,), parts, seconds)
    try:
        count = reader.read(Shard(3, 1000, tuple(map(Path, names))))
    finally:
        reader.close()
    (file,) = parts.files()
    assert list(parts.finished()) == [(3, file.stem.split("-")[2])]
    return count, [json.loads(line) for line in file.read_bytes().splitlines()]


def test_pictures_that_kill_fail_and_the_others_are_read(tmp_path: Path) -> None:
    names = [f"{number}.png" for number in range(2 * AT_ONCE + 3)]
    names[3] = names[AT_ONCE + 1] = "kills"
    names[-1] = "once"
    count, rows = read(tmp_path, names, 60)
    assert count == Count(len(names), 2)
    assert [(row["number"], row["path"]) for row in rows] == list(enumerate(names, 1000))
    died = [row["path"] for row in rows if row["reason"] != "read"]
    assert died == ["kills", "kills"]
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked.count("kills") == 2 * (1 + TRIES)
    assert asked.count("once") == 2


def test_a_picture_that_takes_for_ever(tmp_path: Path) -> None:
    count, rows = read(tmp_path, ["a.png", "hangs", "b.png"], 0.5)
    assert count == Count(3, 1)
    assert [row["reason"][:4] for row in rows] == ["read", "the ", "read"]


def test_a_process_that_cannot_start_is_no_pictures_fault(tmp_path: Path) -> None:
    reader = ShardReader(NoDesk, (), Parts(tmp_path, "jsonl", "settings"))
    with pytest.raises(DigitileError, match="could not start"):
        reader.read(Shard(0, 0, (Path("a.png"),)))
    assert list(tmp_path.iterdir()) == []
