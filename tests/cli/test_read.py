"""digitile read, on our own pictures and on what is none."""

import csv
import io
import json
import os
import re
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

Run = Callable[..., Any]
EXAMPLES = sorted((Path(__file__).parents[2] / "examples").iterdir())
EIGHT = next(p for p in EXAMPLES if p.stem == "eight-small")
DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def truth(path: Path) -> list[str]:
    word = path.stem.split("-")[0]
    return [str(DIGITS.index(word))] if word in DIGITS else re.findall(r"\d+", path.stem)


def example(word: str) -> Path:
    return next(p for p in EXAMPLES if p.stem.startswith(word))


def test_the_examples_are_read(run: Run) -> None:
    result = run("read", *EXAMPLES, "--json")
    assert result.status == 0
    assert len(result.json) == len(EXAMPLES) == 17
    for path, reading in zip(EXAMPLES, result.json, strict=True):
        assert reading["path"] == str(path)
        assert [line["text"] for line in reading["lines"]] == truth(path), path.name
        assert (reading["reason"] is None) == bool(reading["lines"])
    # one thread of the matrix library or several: the last bits may differ
    alike = partial(json.loads, parse_float=lambda text: round(float(text), 6))
    several = run("read", EXAMPLES[0].parent, "--json", "--processes", 2)
    assert alike(several.out) == alike(result.out)


def test_plain_text(run: Run) -> None:
    three, blank = example("three"), example("blank")
    result = run("read", three, blank)
    first, second = result.out.splitlines()
    assert first.startswith(f"{three}: 3 (")
    assert second.startswith(f"{blank}: no digits (")
    assert result.err == ""


def test_doubt_and_misfits_are_marked(run: Run) -> None:
    assert not run("read", example("three")).out.endswith("?\n")
    assert run("read", example("three"), "--field", "length=5").out.endswith("?\n")
    assert run("read", example("three"), "--max-error", "1e-12").out.endswith("?\n")


@pytest.mark.parametrize(
    "words",
    [
        ("--field", "shoe"),
        ("--max-error", "7"),
        ("--json", "--csv"),
        ("--boxes", "b.png", str(EIGHT)),
        ("--processes", "0"),
    ],
)
def test_wrong_usage(run: Run, words: tuple[str, ...]) -> None:
    result = run("read", EXAMPLES[0], *words)
    assert (result.status, result.out) == (2, "")
    assert result.err


def test_patterns_and_csv(run: Run) -> None:
    result = run("read", str(EXAMPLES[0].parent / "[ef]*"), "--csv")
    rows = list(csv.DictReader(io.StringIO(result.out)))
    assert [(Path(r["path"]).name, r["page"], r["line"], r["text"]) for r in rows] == [
        ("eight-small.png", "1", "1", "8"),
        ("five-red-pen.jpg", "1", "1", "5"),
        ("four-squared-paper.jpg", "1", "1", "4"),
    ]
    assert all(0 <= float(r["confidence"]) <= 1 for r in rows)
    assert run("read", "none*").status == 1


def test_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    class Input:
        buffer = io.BytesIO(example("three").read_bytes())

    monkeypatch.setattr(sys, "stdin", Input)
    assert run("read", "-").out.startswith("-: 3 (")


def test_a_page_upside_down(run: Run, tmp_path: Path) -> None:
    with Image.open(example("four")) as four:
        four.rotate(180).save(tmp_path / "four.png")
    told = run("read", "four.png", "--turn").out
    assert told.startswith("four.png: 4 (")
    assert told.endswith("(turned by 180°)\n")
    (reading,) = run("read", "four.png", "--turn", "--json").json
    assert reading["turned"] == 180
    assert run("read", example("four"), "--turn", "--json").json[0]["turned"] == 0


def test_boxes(run: Run, tmp_path: Path) -> None:
    assert run("read", example("three"), "--boxes", "boxes.png").status == 0
    with Image.open(example("three")) as before, Image.open(tmp_path / "boxes.png") as after:
        assert after.size == before.size
        assert after.tobytes() != before.convert("RGB").tobytes()
    assert run("read", example("three"), "--boxes", "boxes.xyz").status == 2


def test_what_cannot_be_read_does_not_stop_the_rest(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("no picture")
    os.mkfifo(tmp_path / "pipe.png")
    words = ("read", "none.png", "empty.png", "text.png", "pipe.png", EIGHT)
    result = run(*words)
    assert result.status == 1
    assert result.out.startswith(f"{EIGHT}: 8 (")
    assert len(result.err.splitlines()) == 4
    assert all(line.startswith("digitile: ") for line in result.err.splitlines())
    readings = run(*words, "--json").json
    assert [bool(reading["lines"]) for reading in readings] == [False] * 4 + [True]
    assert all(reading["reason"] for reading in readings[:4])


@pytest.mark.parametrize(
    "name", [b"\xff\xfe.png", b"line\nbreak.png", b"\x1b[2J.png", "\u202e.png".encode()]
)
def test_names_that_are_no_text(run: Run, tmp_path: Path, name: bytes) -> None:
    (tmp_path / os.fsdecode(name)).write_bytes(EIGHT.read_bytes())
    result = run("read", tmp_path)
    assert result.out.count("\n") == 1
    assert result.out.rstrip().isprintable()
    assert "8 (" in result.out
    json.dumps(run("read", tmp_path, "--json").json).encode("utf-8")


@pytest.mark.parametrize(
    ("network", "status"), [("1x28x28 - 10N - softmax", 0), ("1x8x8 - 10N - softmax", 2)]
)
def test_another_model(run: Run, network: str, status: int) -> None:
    run("train", "sjtu2025", "--set", f"network={network}", "--set", "epochs=1", "--out", "m.st")
    result = run("read", EIGHT, "--model", "m.st")
    assert result.status == status
    assert (result.err == "") == (status == 0) or "1×8×8" in result.err


@pytest.mark.parametrize(
    "words",
    [
        ("--list", "list"),
        (EXAMPLES[0], "--ray", "local"),
        (EXAMPLES[0], "--out", "results.txt"),
        (EXAMPLES[0], "--out", "r.jsonl", "--list", "list"),
        ("--out", "r.jsonl"),
        (),
        ("--out", "r.jsonl", "--list", "none"),
        (EXAMPLES[0], "--out", "r.jsonl", "--csv"),
        (EXAMPLES[0], "--out", "r.jsonl", "--field", "shoe"),
        (EXAMPLES[0], "--out", "r.jsonl", "--max-error", "7"),
    ],
)
def test_wrong_usage_in_bulk(run: Run, tmp_path: Path, words: tuple[object, ...]) -> None:
    (tmp_path / "list").write_text(f"{EXAMPLES[0]}\n")
    result = run("read", *words)
    assert (result.status, result.out) == (2, "")
    assert len(result.err.splitlines()) == 1
    assert not (tmp_path / "r.jsonl").exists()
