"""digitile reproduce, from a name to results and verdicts; digitile train --watch."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from digitile.papers.results import read_results

Run = Callable[..., Any]


def test_list(run: Run) -> None:
    result = run("reproduce", "--list")
    assert result.status == 0
    assert "wu2016/thresholds" in result.out
    assert list(run("reproduce", "lenet5", "--list", "--json").json) == ["lenet5"]


def test_a_smoke_run(run: Run, tmp_path: Path) -> None:
    words = ("reproduce", "ma2018/fig4", "wu2016/plain", "--quick", "--seeds", 1)
    result = run(*words, "--engine", "reference")
    assert result.status == 0
    assert "smoke test" in result.err
    lines = result.out.splitlines()
    assert lines[0].split() == ["experiment", "claim", "claimed", "measured", "verdict"]
    assert "0.0707" in lines[1]
    assert lines[2].endswith("cannot be decided (smoke test)")
    plain = read_results(tmp_path / "results" / "wu2016-plain.json")
    assert plain.quick
    assert plain.data == "digits"
    assert [len(arm.runs) for arm in plain.arms] == [1, 1, 1, 0]
    assert plain.skipped is not None
    assert "CIFAR-10" in plain.skipped.en
    claims = {claim.id: claim for claim in plain.claims}
    assert claims["cifar10"].reason == plain.skipped
    assert plain.arms[0].settings["momentum"] == 0.95
    assert set(plain.arms[0].runs[0].curves) == {"validation_error"}

    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "results/runs").iterdir()}
    again = run(*words, "--engine", "reference", "--json")
    assert [entry["quick"] for entry in again.json] == [True, True]
    assert again.json[1]["claims"][0]["measured"] == claims["mnist"].measured
    after = {path: path.stat().st_mtime_ns for path in (tmp_path / "results/runs").iterdir()}
    assert before == after


def test_wrong_words(run: Run) -> None:
    result = run("reproduce", "ma2018/fig77")
    assert result.status == 2
    assert "Did you mean ma2018/fig7" in result.err


def test_train_watch(run: Run, tmp_path: Path) -> None:
    words = ("train", "ma2018/relu", "--set", "iterations=20", "--engine", "reference")
    result = run(*words, "--watch", "--out", "m.safetensors")
    assert result.status == 0
    assert "gradient/conv1" in result.out
    looks = [json.loads(line) for line in (tmp_path / "m.watch.jsonl").read_text().splitlines()]
    assert [look["iteration"] for look in looks] == list(range(21))
    assert {"gradient/conv2", "dead/relu1", "saturated/sigmoid1"} <= set(looks[0])
