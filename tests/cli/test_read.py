"""digitile read, on our own pictures and on what is none."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
EXAMPLES = sorted((Path(__file__).parents[2] / "examples").iterdir())
DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def truth(path: Path) -> int | None:
    word = path.stem.split("-")[0]
    return DIGITS.index(word) if word in DIGITS else None


def test_the_examples_are_read(run: Run) -> None:
    result = run("read", *EXAMPLES, "--json")
    assert result.status == 0
    assert len(result.json) == len(EXAMPLES) == 11
    for path, reading in zip(EXAMPLES, result.json, strict=True):
        assert reading["path"] == str(path)
        assert reading["digit"] == truth(path), path.name
        assert (reading["reason"] is None) == (reading["digit"] is not None)
    assert sum(reading["digit"] is None for reading in result.json) == 1


def test_plain_text(run: Run) -> None:
    three, blank = (next(p for p in EXAMPLES if p.stem.startswith(w)) for w in ("three", "blank"))
    result = run("read", three, blank)
    first, second = result.out.splitlines()
    assert first.startswith(f"{three}: 3 (")
    assert second.startswith(f"{blank}: no digit (")
    assert result.err == ""


def test_what_cannot_be_read_does_not_stop_the_rest(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("no picture")
    words = ("read", "none.png", "empty.png", "text.png", tmp_path, EXAMPLES[1])
    result = run(*words)
    assert result.status == 1
    assert result.out.startswith(f"{EXAMPLES[1]}: 8 (")
    assert len(result.err.splitlines()) == 4
    assert all(line.startswith("digitile: ") for line in result.err.splitlines())
    readings = run(*words, "--json").json
    assert ["error" in reading for reading in readings] == [True] * 4 + [False]


@pytest.mark.parametrize(
    ("network", "status"), [("1x28x28 - 10N - softmax", 0), ("1x8x8 - 10N - softmax", 2)]
)
def test_another_model(run: Run, network: str, status: int) -> None:
    run("train", "sjtu2025", "--set", f"network={network}", "--set", "epochs=1", "--out", "m.st")
    result = run("read", EXAMPLES[1], "--model", "m.st")
    assert result.status == status
    assert (result.err == "") == (status == 0) or "1×8×8" in result.err
