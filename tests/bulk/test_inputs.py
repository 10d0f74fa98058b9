"""Lists, folders and patterns, in one order and not all at once."""

import errno
import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitile.bulk.inputs import MAX_LINE, expand, listed
from digitile.bulk.shards import shards_of
from digitile.errors import PictureError, UsageError

NAMES = st.binary(min_size=1, max_size=40).filter(
    lambda name: not set(name) & set(b"\r\n") and name not in (b".", b"/", b"//")
)


@given(st.lists(NAMES), st.sampled_from([b"\n", b"\r\n", b"\n\n"]))
def test_a_list_is_what_its_lines_say(names: list[bytes], end: bytes) -> None:
    paths = listed(io.BytesIO(end.join(names)), "it")
    assert [bytes(path) for path in paths] == [
        bytes(Path(n.decode("utf-8", "surrogateescape"))) for n in names
    ]


def test_a_line_that_is_no_path() -> None:
    paths = listed(io.BytesIO(b"a.png\n" + b"x" * (MAX_LINE + 1)), "it")
    assert next(paths) == Path("a.png")
    with pytest.raises(UsageError, match="line 2 of it is longer"):
        next(paths)


def test_a_list_is_read_as_far_as_it_is_needed() -> None:
    file = io.BytesIO(b"a.png\n" * 1000)
    next(shards_of(listed(file, "it"), 10))
    assert file.tell() == 60


def test_folders_and_patterns(tmp_path: Path) -> None:
    names = ["b.png", "a.jpg", "in/deep/z.tif", "in/c.png", "text.txt"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    inside = [str(path.relative_to(tmp_path)) for path in expand(str(tmp_path))]
    assert inside == ["a.jpg", "b.png", "in/c.png", "in/deep/z.tif"]
    assert [path.name for path in expand(str(tmp_path / "*.*"))] == ["a.jpg", "b.png", "text.txt"]
    assert list(expand("none.png")) == [Path("none.png")]
    with pytest.raises(PictureError, match="matches no file"):
        list(expand(str(tmp_path / "*.bmp")))
    (tmp_path / "empty").mkdir()
    with pytest.raises(PictureError, match="without pictures"):
        list(expand(str(tmp_path / "empty")))


def test_a_folder_inside_that_cannot_be_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.png", "shut/b.png", "z/c.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    plain = os.scandir

    def scandir(folder: str) -> object:
        if Path(folder).name == "shut":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), folder)
        return plain(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    told: list[PictureError] = []
    assert [path.name for path in expand(str(tmp_path), told.append)] == ["a.png", "c.png"]
    assert [str(error) for error in told] == [
        f"'{tmp_path}/shut' cannot be listed: Permission denied."
    ]
    with pytest.raises(PictureError, match="shut' cannot be listed"):
        list(expand(str(tmp_path)))
    with pytest.raises(PictureError, match="shut' cannot be listed"):
        list(expand(str(tmp_path / "shut"), told.append))


@given(st.integers(0, 50), st.integers(1, 12))
def test_shards_hold_each_picture_once(count: int, size: int) -> None:
    paths = [Path(str(number)) for number in range(count)]
    shards = list(shards_of(paths, size))
    assert [path for shard in shards for path in shard.paths] == paths
    assert all(shard.paths[0] == paths[shard.first] for shard in shards)
    assert [shard.index for shard in shards] == list(range(-(-count // size)))


def test_the_digest_tells_lists_and_settings_apart() -> None:
    def digest(names: list[str], settings: str) -> str:
        return next(shards_of(map(Path, names), 9)).digest(settings)

    lists = ["a", "b"], ["b", "a"], ["ab"], ["a", "b", "c"]
    assert len({digest(names, "s") for names in lists} | {digest(["a", "b"], "t")}) == 5
    assert digest(["a", "b"], "s") == digest(["a", "b"], "s")
