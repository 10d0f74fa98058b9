"""digitile explain."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.pages import check

Run = Callable[..., Any]
EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def single(run: Run) -> str:
    """A model of single digits."""
    words = ("--set", "network=1x28x28 - 10N - softmax", "--set", "epochs=2")
    assert run("train", "sjtu2025", *words, "--out", "single.st").status == 0
    return "single.st"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_page_of_a_network_of_single_digits(
    run: Run, single: str, tmp_path: Path, language: str
) -> None:
    words = ("--label", 8, "--lang", language)
    result = run("explain", single, EXAMPLES / "three-blue-ink.jpg", *words)
    assert result.status == 0
    assert result.out.startswith("explain.html: 3 (")
    page = check((tmp_path / "explain.html").read_text(encoding="utf-8"))
    assert "three-blue-ink.jpg" in page.text


def test_a_page_of_the_network_that_reads_pages(run: Run, tmp_path: Path) -> None:
    result = run("explain", "digits", EXAMPLES / "eight-small.png")
    assert result.status == 0
    assert result.out.startswith("explain.html: 8 (")
    page = check((tmp_path / "explain.html").read_text(encoding="utf-8"))
    assert "eight-small.png" in page.text
    assert len(page.all("section")) == 1


def test_a_picture_with_several_digits(run: Run, tmp_path: Path) -> None:
    result = run("explain", "digits", EXAMPLES / "postal-code-430072.jpg")
    assert result.out.startswith("explain.html: 430072 (")
    page = check((tmp_path / "explain.html").read_text(encoding="utf-8"))
    assert len(page.all("section")) == 6


def test_errors(run: Run, single: str, tmp_path: Path) -> None:
    picture = EXAMPLES / "eight-small.png"
    result = run("explain", single, picture, "--label", "x")
    assert (result.status, result.out) == (2, "")
    assert "0, 1, 2" in result.err
    assert run("explain", single).status == 2
    assert run("explain", "none.safetensors", picture).status == 1
    assert run("explain", single, tmp_path / "none.png").status == 1
    Image.new("L", (90, 60), 255).save("blank.png")
    for model, message in ((single, "no ink stands out"), ("digits", "no digit found: nothing")):
        result = run("explain", model, "blank.png")
        assert result.status == 1
        assert message in result.err
    result = run("explain", "digits", picture, "--label", "3")
    assert result.status == 2
    assert "--label 3" in result.err
    assert not (tmp_path / "explain.html").exists()
    assert run("explain", single, picture, "--out", "no/page.html").status == 2
