"""digitile explain."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from digitile.model import bundled_model
from tests.lab.pages import check

Run = Callable[..., Any]
EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_page(run: Run, tmp_path: Path, language: str) -> None:
    result = run(
        "explain", "digits", EXAMPLES / "three-blue-ink.jpg", "--label", 8, "--lang", language
    )
    assert result.status == 0
    assert result.out.startswith("explain.html: 3 (")
    page = check((tmp_path / "explain.html").read_text(encoding="utf-8"))
    assert "three-blue-ink.jpg" in page.text


def test_errors(run: Run, tmp_path: Path) -> None:
    picture = EXAMPLES / "three-blue-ink.jpg"
    result = run("explain", bundled_model(), picture, "--label", "x")
    assert (result.status, result.out) == (2, "")
    assert "0, 1, 2" in result.err
    assert run("explain", bundled_model()).status == 2
    assert run("explain", "none.safetensors", picture).status == 1
    assert run("explain", "digits", tmp_path / "none.png").status == 1
    result = run("explain", "digits", EXAMPLES / "blank-paper.jpg")
    assert result.status == 1
    assert "no digit" in result.err
    assert not (tmp_path / "explain.html").exists()
    assert run("explain", "digits", picture, "--out", "no/page.html").status == 2
