"""digitile sweep, as a whole: its table, a kill, two at a time."""

import io
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from digitile.papers.runs import work
from digitile.sweep.sweep import Request, sweep
from tests.parallel.inline import InlinePool
from tests.sweep.test_sweep import Seen

Run = Callable[..., Any]

ASSIGNMENTS = ("network=1x8x8 - 10N - softmax", "lr=0.02,0.03", "seed=0..1", "epochs=20")


def start(out: Path) -> "subprocess.Popen[str]":
    words = [sys.executable, "-m", "digitile", "sweep", "sjtu2025", "--engine", "reference"]
    words += ["--out", str(out), "--json"]
    for assignment in ASSIGNMENTS:
        words += ["--set", assignment]
    return subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=out.parent
    )


def shown(process: "subprocess.Popen[str]") -> Any:
    """Return what a sweep has printed, but for what differs each time."""
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    value = json.loads(out)
    assert Path(value.pop("picture")).is_file()
    del value["provenance"]
    return value


def test_a_kill_and_two_sweeps_at_a_time(tmp_path: Path) -> None:
    runs = tmp_path / "shared" / "runs"
    killed = start(tmp_path / "shared")
    end = time.monotonic() + 120
    while not (done := list(runs.glob("*.json"))):
        assert killed.poll() is None, killed.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)
    killed.kill()
    killed.communicate()
    before = {path: path.read_bytes() for path in done}

    both = [start(tmp_path / "shared"), start(tmp_path / "shared")]
    first, second = [shown(process) for process in both]
    assert first == second
    assert {path: path.read_bytes() for path in done} == before
    files = list(runs.glob("*.json"))  # the kill may leave a part of another one behind
    assert len(files) == 4
    for path in files:
        assert json.loads(path.read_bytes())["run"]["digest"] == path.stem

    request = Request("sjtu2025", ASSIGNMENTS, engine="reference")
    seen = Seen()
    alone = sweep(request, tmp_path, None, InlinePool(work), seen.begin, lambda: False, None)
    assert seen.kept == [False] * 4
    value = alone.as_json()
    del value["provenance"]
    assert value == first


def test_a_table_and_a_picture(run: Run, tmp_path: Path) -> None:
    words = ("--set", "network=1x8x8 - 10N - softmax", "--set", "epochs=1")
    result = run("sweep", "sjtu2025", *words, "--set", "lr=0.1,1e-6", "--engine", "reference")
    assert result.status == 0
    lines = result.out.splitlines()
    assert lines[0].split() == ["lr", "validation", "accuracy"]
    assert lines[1].split()[0] == "0.1"
    assert lines[4].startswith("chosen: lr=0.1, by 240 held-out pictures: ")
    assert lines[5].startswith("its test accuracy, 1 seed: ")
    assert "test error" not in result.err
    picture = tmp_path / lines[6].removeprefix("picture: ")
    assert Image.open(io.BytesIO(picture.read_bytes())).size[0] > 600
    again = run("sweep", "sjtu2025", *words, "--set", "lr=0.1,1e-6", "--engine", "reference")
    assert (again.out, again.err) == (result.out, "")


def test_wrong_words(run: Run) -> None:
    for words, hint in (
        (("sjtu2026",), "Did you mean sjtu2025"),
        (("sjtu2025", "--set", "lr"), "not name=values"),
        (("sjtu2025", "--trials", 3), "--search tpe"),
        (("sjtu2025", "--ray", "nowhere"), "no address"),
        (("sjtu2025", "--data", "mnits"), "Did you mean mnist"),
    ):
        result = run("sweep", *words)
        assert (result.status, result.out) == (2, "")
        assert hint in result.err
