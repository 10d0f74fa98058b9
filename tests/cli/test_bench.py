"""digitile bench."""

from collections.abc import Callable
from typing import Any

Run = Callable[..., Any]
QUICK = ("--recipe", "sjtu2025", "--seconds", "0.02", "--rounds", "1")


def test_peak(run: Run) -> None:
    result = run("bench", "peak", "--threads", "1")
    assert result.status == 0
    assert result.out.startswith("FMA peak: ")
    assert run("bench", "peak", "--json").json["fma_peak_gflops"] > 1


def test_all_of_one_recipe(run: Run) -> None:
    shown = run("bench", "all", *QUICK, "--json").json
    assert [row["task"] for row in shown["measured"]] == ["train", "infer", "latency"]
    for row in shown["measured"]:
        assert row["recipe"] == "sjtu2025"
        assert row["images_per_second"]["tile"] > 0
        assert 0 < row["share_of_peak"] < 4
        assert (row["ratio"], row["fastest_peer"]) == (None, None)
    text = run("bench", "train", *QUICK, "--batch", 20).out
    assert "sjtu2025           20 " in text


def test_unknown_recipe(run: Run) -> None:
    assert run("bench", "train", "--recipe", "sjtu2026").status == 2
