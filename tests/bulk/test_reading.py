"""All pictures are gone through, whatever they do to the processes that read them."""

import json
from pathlib import Path
from typing import Any

import pytest

from digitile.bulk.run import Count, read_all
from digitile.bulk.settings import Asked, BulkSettings
from digitile.bulk.store import Store
from digitile.errors import DigitileError
from digitile.parallel.process_pool import ProcessPool
from digitile.parallel.worker import TRIES
from tests.bulk.hostile import HostilePictures, NoStart

SHARD = 16
SETTINGS = BulkSettings("digest", "reference", Asked(), SHARD, "1")


def read(folder: Path, names: list[str], seconds: float) -> tuple[Count, list[dict[str, Any]]]:
    store = Store(str(folder / "r.jsonl"), SETTINGS)
    with store.open(), ProcessPool(HostilePictures, (folder,), size=2, seconds=seconds) as pool:
        counts = [count for count, _ in read_all(map(Path, names), SHARD, store, pool)]
    rows = (folder / "r.jsonl").read_bytes().splitlines()
    whole = Count(sum(one.pictures for one in counts), sum(one.failed for one in counts))
    return whole, [json.loads(row) for row in rows]


def test_pictures_that_kill_fail_and_the_others_are_read(tmp_path: Path) -> None:
    names = [f"{number}.png" for number in range(2 * SHARD + 3)]
    names[3] = names[SHARD + 1] = "kills"
    names[-1] = "once"
    count, rows = read(tmp_path, names, 60)
    assert count == Count(len(names), 2)
    assert [(row["number"], row["path"]) for row in rows] == list(enumerate(names))
    died = [row["path"] for row in rows if row["reason"] != "read"]
    assert died == ["kills", "kills"]
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked.count("kills") == 2 * TRIES
    assert len(asked) == len(names) + 2 * (TRIES - 1) + 1  # once more "once", the others once


def test_a_picture_that_takes_for_ever(tmp_path: Path) -> None:
    count, rows = read(tmp_path, ["a.png", "hangs", "b.png"], 0.5)
    assert count == Count(3, 1)
    assert [row["reason"][:4] for row in rows] == ["read", "the ", "read"]


def test_a_process_that_cannot_start_is_no_pictures_fault(tmp_path: Path) -> None:
    store = Store(f"{tmp_path / 'r.jsonl'}/", SETTINGS)
    with (
        store.open(),
        ProcessPool(NoStart) as pool,
        pytest.raises(DigitileError, match="could not start"),
    ):
        list(read_all([Path("a.png")], SHARD, store, pool))
    assert not list((tmp_path / "r.jsonl").glob("part-*"))
