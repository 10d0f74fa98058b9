"""What is finished is kept, what is not is read, and what does not belong together is refused."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from digitile.bulk.reading import Answer, Numbered
from digitile.bulk.rows import failed_row
from digitile.bulk.run import read_all
from digitile.bulk.settings import Asked, BulkSettings
from digitile.bulk.store import Store
from digitile.errors import UsageError
from digitile.parallel.worker import Link, Work
from tests.parallel.inline import InlinePool

SETTINGS = BulkSettings("digest", "reference", Asked(), 3, "1")
PATHS = [Path(f"{number}.png") for number in range(20)]


def clerk(read: list[int], breaks_at: int | None = None) -> Work[Numbered, Answer]:
    """Return what gives names back; breaks down at one shard of three."""

    def work(numbered: Numbered, _link: Link) -> Answer:
        number, path = numbered
        if number // 3 == breaks_at:
            raise RuntimeError("broken down")
        read.append(number)
        return failed_row(number, path, ""), 0

    return work


def run(
    out: str,
    paths: Sequence[Path] = PATHS,
    settings: BulkSettings = SETTINGS,
    breaks_at: int | None = None,
) -> list[int]:
    """Read what is left, and return which shards that was."""
    store = Store(out, settings)
    read: list[int] = []
    with store.open(), InlinePool(clerk(read, breaks_at), size=2) as pool:
        counts = list(read_all(paths, settings.shard, store, pool))
    assert sum(count.pictures for count, _ in counts) == len(paths)
    assert len(read) == sum(count.pictures for count, before in counts if not before)
    return sorted({number // 3 for number in read})


def names(path: Path) -> list[str]:
    files = [path] if path.is_file() else sorted(path.glob("part-*"))
    return [json.loads(line)["path"] for file in files for line in file.read_bytes().splitlines()]


@pytest.mark.parametrize("end", ["", "/"])
def test_broken_down_and_begun_anew(tmp_path: Path, end: str) -> None:
    out = f"{tmp_path / 'r.jsonl'}{end}"
    with pytest.raises(RuntimeError):
        run(out, breaks_at=4)
    folder = tmp_path / ("r.jsonl" if end else "r.jsonl.run")
    before = {int(path.name.split("-")[1]) for path in folder.glob("part-*")}
    assert before >= {0, 1, 2}
    (folder / ".part-00000004-x.jsonl.1.part").write_bytes(b"torn")
    assert run(out) == sorted(set(range(7)) - before)
    assert names(Path(out)) == [str(path) for path in PATHS]
    assert run(out) == []
    assert len(list(folder.glob("part-*"))) == (7 if end else 0)
    assert not list(folder.glob(".*"))


@pytest.mark.parametrize("end", ["", "/"])
@pytest.mark.parametrize("finished", [True, False])
def test_other_settings_and_lists_are_refused(tmp_path: Path, end: str, finished: bool) -> None:
    out = f"{tmp_path / 'r.jsonl'}{end}"
    if finished:
        run(out)
    else:
        with pytest.raises(RuntimeError):
            run(out, breaks_at=6)
    others = replace(SETTINGS, model="new"), replace(SETTINGS, asked=Asked(field="luhn"))
    for settings in (*others, replace(SETTINGS, shard=4)):
        with pytest.raises(UsageError, match="was begun with"):
            run(out, settings=settings)
    for paths in ([PATHS[1], PATHS[0], *PATHS[2:]], PATHS[:7], PATHS[:3]):
        with pytest.raises(UsageError, match="another list"):
            run(out, paths)
    run(out)
    assert names(Path(out)) == [str(path) for path in PATHS]


def test_killed_between_joining_and_saying_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "r.jsonl"
    store = Store(str(out), SETTINGS)

    def die(_done: object) -> None:
        raise KeyboardInterrupt

    with store.open(), monkeypatch.context() as patch:
        patch.setattr(store, "_write_record", die)
        with pytest.raises(KeyboardInterrupt):
            list(read_all(PATHS, 3, store, InlinePool(clerk([]))))
    assert out.exists()
    assert run(str(out)) == []
    assert names(out) == [str(path) for path in PATHS]


def test_places_that_are_taken(tmp_path: Path) -> None:
    file, folder = tmp_path / "mine.jsonl", tmp_path / "ours.jsonl"
    file.write_text("mine")
    folder.mkdir()
    (folder / "a.txt").touch()
    for out in (str(file), f"{file}/", str(folder), f"{folder}/"):
        with pytest.raises(UsageError, match="Choose another name"):
            run(out)
    assert file.read_text() == "mine"
    (tmp_path / "new.jsonl").mkdir()
    (tmp_path / "new.jsonl" / "_lock").touch()  # killed at the very beginning
    assert run(f"{tmp_path / 'new.jsonl'}/") == list(range(7))
    for broken in ("[", "{}", '{"format": 2}', '{"format": 1, "settings": [], "done": null}'):
        (tmp_path / "new.jsonl" / "_run.json").write_text(broken)
        with pytest.raises(UsageError, match="broken, or not ours"):
            run(f"{tmp_path / 'new.jsonl'}/")


def test_results_that_are_gone_and_lists_that_are_empty(tmp_path: Path) -> None:
    out = tmp_path / "r.jsonl"
    run(str(out))
    out.unlink()
    with pytest.raises(UsageError, match="is gone"):
        run(str(out))
    with pytest.raises(UsageError, match="empty"):
        run(str(tmp_path / "e.jsonl"), [])


def test_one_process_at_a_time(tmp_path: Path) -> None:
    out = str(tmp_path / "r.jsonl")
    first = Store(out, SETTINGS)
    with first.open(), pytest.raises(UsageError, match="another process"):
        run(out)
    run(out)  # while the first store is still there, but no longer open
