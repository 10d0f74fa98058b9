"""digitile plot."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from PIL import Image

from digitile.training.progress import Record

Run = Callable[..., Any]


def history(path: Path, count: int = 5) -> Path:
    records = [Record(i, 1, 1 / i, 1 / i, 0.1, 0.5) for i in range(1, count + 1)]
    path.write_text("".join(json.dumps(record.as_json()) + "\n" for record in records))
    return path


def test_a_picture_of_curves(run: Run, tmp_path: Path) -> None:
    runs = [history(tmp_path / f"a-seed{k}.history.jsonl") for k in range(2)]
    result = run("plot", *runs, "--metric", "loss", "--log", "--band")
    assert (result.status, result.out) == (0, "curves.png\n")
    assert Image.open(io.BytesIO((tmp_path / "curves.png").read_bytes())).size[0] > 600
    assert run("plot", *runs, "--metric", "loss", "--out", "a.svg").status == 0
    assert "mean" not in (tmp_path / "a.svg").read_text()
    ElementTree.parse(tmp_path / "a.svg")


def test_errors(run: Run, tmp_path: Path) -> None:
    path = history(tmp_path / "a.history.jsonl")
    assert run("plot").status == 2
    result = run("plot", path, "--out", "a.jpg")
    assert (result.status, result.out) == (2, "")
    assert ".svg" in result.err
    assert run("plot", path, "--metric", "validation").status == 1
    assert run("plot", path, "--metric", "loss", "--out", "no/a.png").status == 2
    watched = path.rename(tmp_path / "a.watch.jsonl")
    result = run("plot", watched)
    assert result.status == 1
    assert "Give a.history.jsonl, which lies beside it" in result.err
    path.write_text("x\n")
    result = run("plot", path)
    assert result.status == 1
    assert "line 1" in result.err
