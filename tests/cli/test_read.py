"""digitile read, on our own pictures and on what is none."""

import csv
import io
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image

from digitile.reader import Alternative, Box, Cell, Evidence, Grid, Line, Mark, Reader, Reading
from digitile.reader.fields import digits_of

Run = Callable[..., Any]
EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.*"))
EIGHT = next(p for p in EXAMPLES if p.stem == "eight-small")
DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def truth(path: Path) -> list[str]:
    word = path.stem.split("-")[0]
    return [str(DIGITS.index(word))] if word in DIGITS else re.findall(r"\d+", path.stem)


def test_the_examples_are_read(run: Run) -> None:
    result = run("read", *EXAMPLES, "--json", "--engine", "tile")
    assert result.status == 0
    assert len(result.json) == len(EXAMPLES) == 17
    for path, reading in zip(EXAMPLES, result.json, strict=True):
        assert reading["path"] == str(path)
        assert [digits_of(line["text"]) for line in reading["lines"]] == truth(path), path.name
        assert (reading["reason"] is None) == bool(reading["lines"])


def test_several_processes_read_the_same(run: Run, tmp_path: Path) -> None:
    for number in range(9):
        (tmp_path / f"{number}.png").write_bytes(EIGHT.read_bytes())
    # one thread of the matrix library or several: the last bits may differ
    alike = partial(json.loads, parse_float=lambda text: round(float(text), 4))
    one, several = (run("read", tmp_path, "--json", "--processes", count) for count in (1, 2))
    assert alike(several.out) == alike(one.out)


def test_plain_text(run: Run, tmp_path: Path) -> None:
    Image.new("L", (90, 60), 255).save(tmp_path / "blank.png")
    result = run("read", EIGHT, "blank.png")
    first, second = result.out.splitlines()
    assert first.startswith(f"{EIGHT}: 8 (")
    assert second.startswith("blank.png: no digits (")
    assert result.err == ""


def test_doubt_and_misfits_are_marked(run: Run) -> None:
    assert not run("read", EIGHT).out.endswith("?\n")
    assert run("read", EIGHT, "--field", "length=5").out.endswith("?\n")
    assert run("read", EIGHT, "--max-error", "1e-12").out.endswith("?\n")


def line_of(text: str, **told: Any) -> Line:
    box = Box(0, 0, 9, 9)
    marks = tuple(Mark(sign, 0.9, box) for sign in text if not sign.isdigit())
    parts = tuple(re.findall(r"\d+", text))
    others, evidence = (Alternative("1", 0.1),), Evidence(0.9, 0.9, len(text), 20.0, 0.5, 0.0)
    given = {"measured": True} | told
    return Line(text, 0.9, True, box, (), marks, parts, others, evidence, **given)


def test_values_are_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = (
        line_of("12,50", value="12.50"),
        line_of("-7", value="-7"),
        line_of("1,234", note="1.234 or 1234"),
    )

    def read_many(*_: object, **__: object) -> Iterator[list[Reading]]:
        yield [Reading("p.png", 1, lines)]

    monkeypatch.setattr(Reader, "read_many", read_many)
    for words in ((), ("--groups",)):
        assert run("read", EIGHT, *words).out == (
            f"{EIGHT}: 12,50 = 12.50 (90.0 %) / -7 (90.0 %) / 1,234 (90.0 %; 1.234 or 1234)\n"
        )
    rows = list(csv.DictReader(io.StringIO(run("read", EIGHT, "--csv").out)))
    assert [(row["text"], row["value"], row["note"]) for row in rows] == [
        ("12,50", "12.50", ""),
        ("-7", "-7", ""),
        ("1,234", "", "1.234 or 1234"),
    ]


def test_cells_of_a_grid(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    box = Box(1, 2, 9, 9)
    texts = (("7", "", "12"), ("", "0", ""))
    grid = Grid(tuple(tuple(Cell(text, 0.75, text != "0", box) for text in row) for row in texts))

    def read_many(*_: object, **__: object) -> Iterator[list[Reading]]:
        yield [
            Reading("p.png", 1, (line_of("7"),), grid=grid),
            Reading("p.png", 2, (line_of("8"),)),
        ]

    monkeypatch.setattr(Reader, "read_many", read_many)
    lines = [f"{EIGHT}, page 1: 7 (90.0 %)", f"{EIGHT}, page 2: 8 (90.0 %)"]
    assert run("read", EIGHT).out.splitlines() == lines
    assert run("read", EIGHT, "--cells").out.splitlines() == [
        *(lines[0], "7\t\t12", "\t0\t", lines[1])
    ]
    first, second = run("read", EIGHT, "--json").json
    assert second["grid"] is None
    cells = first["grid"]["rows"]
    assert [[cell["text"] for cell in row] for row in cells] == [list(row) for row in texts]
    assert cells[0][0] == {
        "text": "7",
        "confidence": 0.75,
        "accepted": True,
        "box": {"x": 1, "y": 2, "width": 9, "height": 9},
    }
    header, *rows = run("read", EIGHT, "--cells", "--csv").out.splitlines()
    assert header == "path,page,row,column,text,confidence,accepted"
    assert rows[0] == f"{EIGHT},1,1,1,7,0.750000,True"
    assert rows[4] == f"{EIGHT},1,2,2,0,0.750000,False"
    assert len(rows) == 6


def test_alto_and_hocr(run: Run, tmp_path: Path) -> None:
    alto = ElementTree.fromstring(run("read", EIGHT, "--format", "alto").out)
    (string,) = alto.iter("{http://www.loc.gov/standards/alto/ns-v4#}String")
    assert string.get("CONTENT") == "8"
    Image.new("L", (90, 60), 255).save(tmp_path / "blank.png")
    result = run("read", EIGHT, "blank.png", "none.png", "--format", "hocr")
    assert result.status == 1
    pages = [e for e in ElementTree.fromstring(result.out).iter() if e.get("class") == "ocr_page"]
    assert ["".join("".join(page.itertext()).split()) for page in pages] == ["8", ""]
    assert "bbox 0 0 90 60" in pages[1].get("title", "")
    assert run("read", "none.png", "--format", "alto").out == ""


def test_a_format_by_either_name(run: Run) -> None:
    for name in ("json", "csv"):
        told = run("read", EIGHT, f"--{name}").out
        assert run("read", EIGHT, "--format", name).out == told
        assert run("read", EIGHT, "--format", name, f"--{name}").out == told


@pytest.mark.parametrize(
    "words",
    [
        ("--format", "json", "--csv"),
        ("--format", "alto", str(EIGHT)),
        ("--format", "hocr", "--cells"),
        ("--format", "hocr", "--out", "rows.jsonl"),
        ("--format", "docx"),
        ("--cells", "--out", "rows.jsonl"),
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
    result = run("read", str(EXAMPLES[0].parent / "e*"), "--csv")
    (row,) = csv.DictReader(io.StringIO(result.out))
    assert Path(row["path"]) == EIGHT
    assert (row["page"], row["line"], row["text"], row["value"]) == ("1", "1", "8", "")
    assert 0 <= float(row["confidence"]) <= 1
    assert run("read", "none*").status == 1


def test_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    class Input:
        buffer = io.BytesIO(EIGHT.read_bytes())

    monkeypatch.setattr(sys, "stdin", Input)
    assert run("read", "-").out.startswith("-: 8 (")


@pytest.mark.parametrize(
    ("words", "turn"), [((), True), (("--turn",), True), (("--no-turn",), False)]
)
def test_pages_are_turned_unless_it_is_forbidden(
    run: Run, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], turn: bool
) -> None:
    asked: list[object] = []

    def read_many(*_: object, **how: object) -> Iterator[list[Reading]]:
        asked.append(how["turn"])
        yield [Reading("p.png", 1, (line_of("7"),), turned=180)]

    monkeypatch.setattr(Reader, "read_many", read_many)
    assert run("read", EIGHT, *words).out == f"{EIGHT}: 7 (90.0 %) (turned by 180°)\n"
    assert asked == [turn]


def test_boxes(run: Run, tmp_path: Path) -> None:
    assert run("read", EIGHT, "--boxes", "boxes.png").status == 0
    with Image.open(EIGHT) as before, Image.open(tmp_path / "boxes.png") as after:
        assert after.size == before.size
        assert after.tobytes() != before.convert("RGB").tobytes()
    assert run("read", EIGHT, "--boxes", "boxes.xyz").status == 2


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


def test_a_model_of_single_digits_is_refused(run: Run) -> None:
    words = ("--set", "network=1x28x28 - 10N - softmax", "--set", "epochs=1", "--out", "m.st")
    run("train", "sjtu2025", *words)
    result = run("read", EIGHT, "--model", "m.st")
    assert (result.status, result.out) == (2, "")
    assert "sees no digits on pages" in result.err


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
