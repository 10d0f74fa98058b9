"""digitile plot."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from PIL import Image

Run = Callable[..., Any]


def history(path: Path, count: int = 5) -> Path:
    path.write_text(
        "".join(f'{{"iteration": {i + 1}, "loss": {1 / (i + 1)}}}\n' for i in range(count))
    )
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
    path.write_text("x\n")
    result = run("plot", path)
    assert result.status == 1
    assert "line 1" in result.err
