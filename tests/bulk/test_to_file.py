"""Many pictures into a file, in one call."""

import json
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from digitile.bulk import reading, to_file
from digitile.bulk.reading import PictureReader
from digitile.bulk.run import Count
from digitile.bulk.settings import Asked
from digitile.bulk.store import engine_before
from digitile.bulk.to_file import Totals, read_to_file
from digitile.errors import SettingError, UsageError
from tests.parallel.inline import InlinePool

EIGHT = Path(__file__).parents[2] / "examples" / "eight-small.png"


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are read in this process."""

    def open_pool(
        ray: None, build: type[PictureReader], arguments: tuple, **_: object
    ) -> InlinePool:
        return InlinePool(build(*arguments), size=1)

    monkeypatch.setattr(to_file, "open_pool", open_pool)
    monkeypatch.setattr(reading, "use_one_core", lambda: None)


def test_paths_as_text_are_read_and_what_is_done_stays(tmp_path: Path) -> None:
    out = str(tmp_path / "r.jsonl")
    seen: list[Totals] = []
    paths = [str(EIGHT), str(tmp_path / "none.png"), EIGHT]
    how = {"engine": "reference", "shard": 2, "on_totals": seen.append}
    assert read_to_file(paths, out, Asked(max_error=0.01), **how) == Totals(3, 1, 0)
    assert sorted(one.pictures for one in seen) in ([1, 3], [2, 3])
    rows = [json.loads(line) for line in Path(out).read_bytes().splitlines()]
    assert [row["text"] for row in rows] == ["8", None, "8"]
    assert read_to_file(paths, Path(out), Asked(max_error=0.01), **how) == Totals(0, 0, 3)
    with pytest.raises(UsageError, match="was begun with max_error"):
        read_to_file(paths, out, **how)


def test_the_engine_is_one_for_so_many_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few are read without a minute of compiling; what was begun goes on with its engine."""
    read_to_file([EIGHT], tmp_path / "few.jsonl")
    assert engine_before(str(tmp_path / "few.jsonl")) == "reference"
    asked: list[int] = []

    def engine_for(pictures: int) -> str:
        asked.append(pictures)
        return "tile"

    monkeypatch.setattr(to_file, "engine_for", engine_for)
    assert read_to_file([EIGHT], tmp_path / "few.jsonl") == Totals(0, 0, 1)

    def read_all(paths: Iterator[Path], *_: object) -> Generator[tuple[Count, bool]]:
        yield Count(len(list(paths)), 0), False

    monkeypatch.setattr(to_file, "read_all", read_all)
    monkeypatch.setattr(to_file, "THOUSANDS", 3)
    for pictures in (2, 3, 7):
        out = tmp_path / f"{pictures}.jsonl"
        assert read_to_file([EIGHT] * pictures, out) == Totals(pictures, 0, 0)
        assert engine_before(str(out)) == "tile"
    assert asked == [2, 3, 3]


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"settings": 3}', b'{"settings": {"engine": 3}}', b"[" * 99_999]
)
def test_a_record_that_tells_no_engine(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "r.jsonl.run").mkdir()
    (tmp_path / "r.jsonl.run" / "_run.json").write_bytes(content)
    assert engine_before(str(tmp_path / "r.jsonl")) is None


def test_nothing_is_written_for_what_cannot_be_asked(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="shoe"):
        read_to_file([EIGHT], tmp_path / "r.jsonl", Asked(field="shoe"), engine="reference")
    assert not list(tmp_path.iterdir())
