"""The command line as a whole: help, exit statuses, one line for every error."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from digitile import __version__, recipes

Run = Callable[..., Any]


def test_help_and_version(run: Run) -> None:
    for words in ([], ["read"], ["train"], ["evaluate"], ["show"], ["data"], ["data", "fetch"]):
        result = run(*words, "--help")
        assert result.status == 0
        assert "Usage: digitile" in result.out
    assert __version__ in run("--version").out


def test_wrong_usage_exits_with_2(run: Run) -> None:
    for words in (
        ["fly"],
        ["read"],
        ["train"],
        ["train", "li2017", "--seed", "-1"],
        ["show", "--x"],
    ):
        result = run(*words)
        assert (result.status, result.out) == (2, "")


def test_a_bug_is_one_line_unless_asked(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(recipes, "find", broken)
    result = run("show", "li2017")
    assert result.status == 1
    assert "internal error, ZeroDivisionError: by zero" in result.err
    assert "Traceback" not in result.err
    with pytest.raises(ZeroDivisionError):
        run("--traceback", "show", "li2017")


def test_help_waits_for_nothing_that_only_work_needs() -> None:
    words = "import sys; sys.argv = ['digitile', 'read', '--help']; import digitile.cli as c; "
    words += "import contextlib\nwith contextlib.suppress(SystemExit): c.main()\n"
    words += "print(*sorted({'numpy', 'cv2', 'numba', 'rich'} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert "Usage: digitile read" in ran.stdout
    assert ran.stdout.splitlines()[-1] == ""


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    command = f"{sys.executable} -m digitile show | head -n 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, cwd=tmp_path, check=True)
    assert done.stdout.startswith(b"recipe")
    assert done.stderr == b""


def test_ctrl_c_keeps_the_work_and_resume_ends_in_the_same_bytes(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "digitile", "train", "sjtu2025", "--set", "epochs=2"]
    words += ["--set", "batch_size=40"]
    subprocess.run([*words, "--out", "whole.safetensors"], cwd=tmp_path, check=True)
    parts = [*words, "--out", "parts.safetensors"]
    with subprocess.Popen(parts, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert "epoch 1/2" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == 130
    assert "parts.checkpoint.safetensors" in rest
    assert "--resume" in rest
    subprocess.run([*parts, "--resume"], cwd=tmp_path, check=True)
    whole, again = tmp_path / "whole.safetensors", tmp_path / "parts.safetensors"
    assert whole.read_bytes() == again.read_bytes()
