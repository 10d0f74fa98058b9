"""What the machine refuses: one line that helps, exit status 1 or 2, and never a traceback."""

import ctypes
import errno
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from digitile.cli.failures import LONGEST, told
from digitile.errors import UsageError
from digitile.reader import Reader
from digitile.training.progress import Record

Run = Callable[..., Any]
EXAMPLES = Path(__file__).parents[2] / "examples"
EIGHT = EXAMPLES / "eight-small.png"
TRAIN = ("train", "sjtu2025", "--engine", "reference", "--set", "train_pictures=100")
pytestmark = pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning")
"""JAX, which another test may have imported, warns of each fork; the child only runs a command."""

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="limits, capabilities and /dev/full")

DROP_BOUND, OVERRIDES = 24, (1, 2)
"""PR_CAPBSET_DROP, and the two capabilities that let root pass permissions (linux/prctl.h)."""


def ran(folder: Path, *words: object, before: Callable[[], None], **how: Any) -> tuple[int, str]:
    """Run a command after `before`; return its status and its only line of error."""
    done = subprocess.run(
        [sys.executable, "-m", "digitile", *map(str, words)],
        cwd=folder,
        preexec_fn=before,
        stderr=subprocess.PIPE,
        text=True,
        timeout=300,
        **{"stdout": subprocess.PIPE, **how},
    )
    lines = [line for line in done.stderr.splitlines() if not line.startswith("iteration ")]
    assert len(lines) == 1, done.stderr
    assert "internal error" not in lines[0]
    return done.returncode, lines[0]


def limit(what: int, most: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(what, (most, most))


def as_anybody() -> None:
    """Let permissions count, for root as well."""
    for capability in OVERRIDES:
        ctypes.CDLL(None).prctl(DROP_BOUND, capability, 0, 0, 0)


def nothing() -> None:
    """Change nothing."""


@LINUX
@pytest.mark.parametrize("words", [("read", EIGHT), ("read", EIGHT, "--json"), ("read", "--help")])
def test_a_full_disk_behind_standard_output(tmp_path: Path, words: tuple[object, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        status, said = ran(tmp_path, *words, before=nothing, stdout=full)
    assert (status, said) == (
        1,
        "digitile: cannot write: No space left on device. Free some space, or choose another "
        "place.",
    )


@LINUX
@pytest.mark.parametrize("words", [("read", "-"), ("read", "--list", "-", "--out", "out.jsonl")])
def test_standard_input_that_is_closed(tmp_path: Path, words: tuple[str, ...]) -> None:
    status, said = ran(tmp_path, *words, before=lambda: os.close(0))
    assert status == 2
    assert "standard input, which is closed" in said


@LINUX
@pytest.mark.parametrize("megabytes", [150, 200, 300])
def test_too_little_memory_for_a_library(tmp_path: Path, megabytes: int) -> None:
    before = limit(resource.RLIMIT_AS, megabytes << 20)
    status, said = ran(tmp_path, "read", EIGHT, before=before)
    assert status == 1
    assert "memory" in said


@LINUX
def test_a_training_where_no_more_can_be_written(tmp_path: Path) -> None:
    before = limit(resource.RLIMIT_FSIZE, 1000)
    status, said = ran(tmp_path, *TRAIN, "--out", "a.safetensors", before=before)
    assert status == 2
    assert "File too large. Free some space, or choose another place." in said
    assert not list(tmp_path.glob("*.safetensors"))


@LINUX
def test_results_on_a_full_disk_are_resumed(tmp_path: Path, run: Run) -> None:
    words = ("read", EIGHT, EIGHT, EIGHT, "--shard", 1, "--processes", 1, "--engine", "reference")
    before = limit(resource.RLIMIT_FSIZE, 800)  # the record or a shard, but not three of them
    status, said = ran(tmp_path, *words, "--out", "some.jsonl", before=before)
    assert status == 2
    assert "some.jsonl: File too large. Free some space" in said
    assert not (tmp_path / "some.jsonl").exists()
    assert "3 were read before" in run(*words, "--out", "some.jsonl").err
    run(*words, "--out", "whole.jsonl")
    assert (tmp_path / "some.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


@LINUX
def test_what_may_not_be_read_or_written(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    (locked / "a.png").write_bytes(EIGHT.read_bytes())
    locked.chmod(0)
    try:
        for words in (
            ("read", "locked/a.png"),
            ("read", "locked"),
            ("read", EIGHT, "--model", "locked/a.safetensors"),
            (*TRAIN, "--out", "locked/a.safetensors"),
            ("export", "digits", "--onnx", "locked/a.onnx"),
            ("export", "digits", "--page", "locked/page"),
            ("explain", "digits", "locked/a.png"),
            ("adapt", "digits", "locked/a.zip"),
            ("evaluate", "locked/a.safetensors"),
            ("read", EIGHT, "--out", "locked/a.jsonl"),
            ("read", EIGHT, "--boxes", "locked/a.png"),
        ):
            status, said = ran(tmp_path, *words, before=as_anybody)
            assert status in (1, 2), words
            assert "Permission denied" in said, words
    finally:
        locked.chmod(0o700)


@LINUX
def test_a_folder_that_cannot_be_listed_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    for name in ("a.png", "shut/b.png", "z/c.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(EIGHT.read_bytes())
    (tmp_path / "shut").chmod(0)
    try:
        with (tmp_path / "read.txt").open("w") as file:
            status, said = ran(tmp_path, "read", ".", before=as_anybody, stdout=file)
    finally:
        (tmp_path / "shut").chmod(0o700)
    assert (status, said) == (1, "digitile: './shut' cannot be listed: Permission denied.")
    assert [line[:8] for line in (tmp_path / "read.txt").read_text().splitlines()] == [
        "a.png: 8",
        "z/c.png:",
    ]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no /proc")
def test_a_training_into_a_folder_that_takes_no_files(run: Run) -> None:
    result = run(*TRAIN, "--out", "/proc/self/fdinfo/a.safetensors")
    assert result.status == 2
    assert result.err.splitlines()[-1].startswith("digitile: cannot write /proc/self/fdinfo/a.")


def test_a_disk_that_fills_while_training(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Record.as_json
    written: list[Record] = []

    def as_json(record: Record) -> dict[str, Any]:
        written.append(record)
        if len(written) > 20:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return plain(record)

    monkeypatch.setattr(Record, "as_json", as_json)
    out = ("--out", "a.safetensors", "--checkpoint-every", 0)
    result = run(*TRAIN, *out)
    assert result.status == 2
    assert "a.history.jsonl: No space left on device. Free some space" in result.err
    assert "rerun the command with --resume" in result.err
    monkeypatch.setattr(Record, "as_json", plain)
    assert run(*TRAIN, *out, "--resume").status == 0


def test_what_is_no_regular_file_is_not_replaced(run: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    for words in ((*TRAIN, "--overwrite", "--out"), ("read", EIGHT, "--boxes")):
        result = run(*words, "pipe.png")
        assert result.status == 2
        assert "pipe.png: it is no regular file" in result.err
    assert (tmp_path / "pipe.png").is_fifo()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("read", ""), "word 2"),
        (("read", EIGHT, "--out", ""), "word 4"),
        (("train", "sjtu2025", "--data", ""), "word 4"),
        (("train", "sjtu2025", "--data="), "--data"),
        (("serve", "--host", ""), "word 3"),
        (("serve", "--host="), "--host"),
        (("evaluate", ""), "word 2"),
    ],
)
def test_empty_words_are_refused(run: Run, words: tuple[object, ...], told: str) -> None:
    result = run(*words)
    assert (result.status, result.out) == (2, "")
    assert f"{told} " in result.err
    assert "is empty" in result.err


def test_a_setting_may_be_empty(run: Run) -> None:
    assert "is empty" not in run("train", "sjtu2025", "--set", "no_such=").err


def test_data_that_does_not_exist(run: Run) -> None:
    result = run("train", "sjtu2025", "--data", "/nonexistent")
    assert result.status == 2
    assert "'/nonexistent' does not exist" in result.err


def test_a_name_beyond_all_lengths(run: Run) -> None:
    name = "x" * 5000
    result = run("read", name)
    assert result.status == 1
    assert "File name too long" in result.err
    result = run(*TRAIN, "--out", name)
    assert result.status == 1
    assert "File name too long. Give a shorter path." in result.err
    assert len(result.err) < 2 * LONGEST


def test_only_what_the_machine_refuses_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(FileNotFoundError(errno.ENOENT, "No such file", "a")) is None
    assert told(ValueError("a")) is None
    assert told(RuntimeError("a")) is None
    assert "processes" in str(told(RuntimeError("can't start new thread")))

    def load(*_: object) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE), "some/file")

    monkeypatch.setattr(Reader, "load", load)
    result = run("read", EIGHT)
    assert result.status == 1
    assert result.err.startswith("digitile: some/file: Too many open files. ")
    with pytest.raises(OSError, match="Too many"):
        run("--traceback", "read", EIGHT)


def test_a_library_that_explains_at_length() -> None:
    error = ImportError("\n\nIMPORTANT: PLEASE READ THIS\n" * 9)
    error.__cause__ = ImportError("lib.so: failed to map segment\nand more")
    assert "loaded (lib.so: failed to map segment). Free some memory" in str(told(error))
    assert told(UsageError("a")) is None
