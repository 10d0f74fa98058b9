"""digitile bench."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from digitile.bench import machine, measure

Run = Callable[..., Any]
QUICK = ("--recipe", "sjtu2025", "--seconds", "0.01", "--rounds", "2", "--threads", 1)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = machine.memory_bandwidth
    monkeypatch.setattr(machine, "memory_bandwidth", lambda threads: whole(threads, 0.01, 2**16))


def test_peak(run: Run) -> None:
    result = run("bench", "peak", "--threads", "1")
    assert result.status == 0
    assert "\nFMA peak: " in result.out
    assert "threads: 1 of Python's own, in one native call; no Numba threading layer" in result.out
    assert "\nmemory: " in result.out
    found = run("bench", "peak", "--json", "--threads", "3").json
    assert found["measured"] == []
    about = found["machine"]
    assert about["fma_peak_gflops"] > 1
    assert about["memory_gigabytes_per_second"] > 0
    assert about["vector_width"] in (4, 8, 16)


def test_all_of_one_recipe(run: Run) -> None:
    result = run("bench", "all", *QUICK, "--json")
    shown = result.json
    assert [row["task"] for row in shown["measured"]] == ["train", "infer", "latency"]
    for row in shown["measured"]:
        assert row["recipe"] == "sjtu2025"
        rates = row["images_per_second"]["tile"]
        assert len(rates["rounds"]) == 2
        assert 0 < rates["min"] <= rates["median"] <= rates["max"]
        assert 0 < row["share_of_peak"] < 4
        assert (row["ratio"], row["fastest_peer"]) == (None, None)
    assert (shown["threads"], shown["seconds"], shown["rounds"]) == (1, 0.01, 2)
    assert {"digitile", "python", "numba"} <= set(shown["versions"])
    assert "digitile: latency sjtu2025, batch 1, threads 1: measuring" in result.err


def test_table_stands_under_its_header(run: Run) -> None:
    lines = run("bench", "train", *QUICK, "--batch", 20).out.splitlines()
    header, line = lines[4:6]
    for name in ("batch", "threads", "images/s", "GFLOP/s", "engine MB", "process MB", "ratio"):
        end = header.index(name) + len(name)
        assert line[end - 1] not in " ", name
        assert line[end : end + 2] in ("  ", " %"), name
    assert line.split()[:3] == ["sjtu2025", "20", "1"]


def test_sweeps(run: Run) -> None:
    rows = run("bench", "batch", *QUICK, "--batch", 3, "--json").json["measured"]
    assert [(row["task"], row["batch"]) for row in rows] == [("train", n) for n in (1, 2, 3)]
    rows = run("bench", "threads", *QUICK, "--threads", 2, "--json").json["measured"]
    assert [(row["batch"], row["threads"]) for row in rows] == [(10, 1), (10, 2)]
    result = run("bench", "width", *QUICK)
    assert "\nsjtu2025            " in result.out
    assert "\nsjtu2025 ×8         " in result.out
    assert result.out.count("batch") == 1  # one header


def test_recipe_that_cannot_be_widened(run: Run) -> None:
    result = run("bench", "width", "--recipe", "lenet5", "--seconds", "0.01")
    assert result.status == 2
    assert "cannot be 2 times as wide" in result.err
    assert result.out == ""


def test_peers(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from digitile.bench import peers

    def works(peer: str, task: Any) -> dict[str, Any]:
        if peer == "jax":
            raise ValueError("out of tune")
        return {"torch": lambda: time.sleep(0.001)}

    monkeypatch.setattr(peers, "works", works)
    monkeypatch.setattr(peers, "installed", lambda: ["torch", "jax"])
    result = run("bench", "latency", *QUICK, "--peers")
    assert result.out.splitlines()[5].split()[-2] == "torch"
    assert "not installed, so not measured: onnxruntime." in result.err
    assert (
        "latency sjtu2025, batch 1, threads 1: left out jax: ValueError: out of tune" in result.err
    )


def test_plot(run: Run) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    assert run("bench", "train", *QUICK, "--plot", "a.svg").status == 0
    assert run("bench", "batch", *QUICK, "--batch", 2, "--plot", "b.png").status == 0
    assert "</svg>" in Path("a.svg").read_text(encoding="utf-8")
    assert Path("b.png").read_bytes().startswith(b"\x89PNG")
    result = run("bench", "peak", "--plot", "c.pdf")
    assert (result.status, result.out) == (2, "")


def test_plot_without_matplotlib(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digitile.extras.find_spec", lambda _: None)
    result = run("bench", "peak", "--plot", "c.svg")
    assert (result.status, result.out) == (2, "")
    assert "pip install 'digitile[figures]'" in result.err


def test_interrupted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(measure, "contest", interrupt)
    result = run("bench", "train", *QUICK, "--json", "--plot", "a.png")
    assert (result.status, result.out) == (130, "")
    assert result.err.endswith("digitile: interrupted\n")
    assert not Path("a.png").exists()


def test_unknown_recipe(run: Run) -> None:
    assert run("bench", "train", "--recipe", "sjtu2026").status == 2


def test_plan_shows_what_the_choice_compared(run: Run) -> None:
    result = run("bench", "--plan", "page")
    assert result.status == 0
    assert "64C3d3same" in result.out
    assert "winograd" in result.out
    products = run("bench", "--plan", "sjtu2025", "--json").json["products"]
    kinds = [(own["layer"], own["product"]) for own in products]
    assert kinds == [
        ("6C5", "forward"),
        ("6C5", "weight gradient"),
        ("12C5", "forward"),
        ("12C5", "weight gradient"),
        ("12C5", "input gradient"),
    ]
    for own in products:
        least = min(own["prices"].values())
        assert own["prices"][own["chosen"]] in (least, own["prices"]["direct"])
    assert run("bench", "--plan", "nothing").status == 2
