"""digitile form draft, and digitile read --form with what it drafted."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from digitile.forms import load_form

Run = Callable[..., Any]
EXAMPLE = Path(__file__).parents[2] / "examples" / "form"
BLANK, FILLED, FORM = (EXAMPLE / name for name in ("blank.png", "filled.jpg", "form.toml"))


def test_draft(run: Run, tmp_path: Path) -> None:
    result = run("form", "draft", BLANK, "--out", "form.toml", "--picture", "fields.png")
    assert (result.status, result.err) == (0, "")
    assert result.out == "form.toml: 6 fields, anchored by marks\n"
    found, given = load_form(tmp_path / "form.toml"), load_form(FORM)
    assert found.names == [f"field{number}" for number in range(1, 7)]
    assert [field.box for field in found.fields] == [field.box for field in given.fields]
    assert [field.cells for field in found.fields] == [field.cells for field in given.fields]
    with Image.open(BLANK) as before, Image.open(tmp_path / "fields.png") as after:
        assert after.size == before.size
        assert after.tobytes() != before.convert("RGB").tobytes()


def test_a_description_is_not_replaced(run: Run, tmp_path: Path) -> None:
    (tmp_path / "form.toml").write_text("precious")
    assert run("form", "draft", BLANK, "--out", "form.toml").status == 2
    assert (tmp_path / "form.toml").read_text() == "precious"
    assert run("form", "draft", BLANK, "--out", "form.toml", "--overwrite").status == 0


def test_what_is_no_form(run: Run, tmp_path: Path) -> None:
    Image.new("L", (90, 60), 255).save(tmp_path / "blank.png")
    for name, words in (("blank.png", "0 printed boxes"), ("none.png", "does not exist")):
        result = run("form", "draft", name, "--out", "form.toml")
        assert (result.status, result.out) == (1, "")
        assert words in result.err
    assert not (tmp_path / "form.toml").exists()


def test_read_as_text_and_json(run: Run, tmp_path: Path) -> None:
    """Two pictures, one of which is no form, and one that is no picture."""
    Image.new("L", (90, 60), 255).save(tmp_path / "blank.png")
    result = run("read", "--form", FORM, FILLED, "blank.png", "none.png")
    assert result.status == 1
    assert "'none.png' does not exist" in result.err
    *fields, last = result.out.splitlines()
    assert [line.split(" (")[0] for line in fields] == [
        f"{FILLED}: customer: 40716253",
        f"{FILLED}: postal code: 430072",
        f"{FILLED}: birthday: 08031990 = 1990-03-08",
        f"{FILLED}: amount: 2475",
        f"{FILLED}: meter: 30416",
        f"{FILLED}: old meter: no digits",
    ]
    assert last == "blank.png: no form (the four black squares at the corners were not found)"
    found = run("read", "--form", FORM, "blank.png", "none.png", "--json").json
    assert [page["fields"]["meter"]["text"] for page in found] == [None, None]
    assert "does not exist" in found[1]["reason"]


def test_read_as_csv(run: Run, tmp_path: Path) -> None:
    result = run("read", "--form", FORM, EXAMPLE, "--csv", "--boxes", "b.png")
    assert result.status == 2  # --boxes is for one picture
    result = run("read", "--form", FORM, FILLED, "--format", "csv", "--boxes", "b.png")
    (row,) = csv.DictReader(io.StringIO(result.out))
    assert row == {
        "path": str(FILLED),
        "page": "1",
        "customer": "40716253",
        "postal code": "430072",
        "birthday": "1990-03-08",
        "amount": "2475",
        "meter": "30416",
        "old meter": "",
        "doubtful": "",
        "reasons": "old meter: nothing is written there",
    }
    with Image.open(tmp_path / "b.png") as drawn:
        assert drawn.size == (1280, 960)


@pytest.mark.parametrize(
    "words",
    [
        ("--field", "postal"),
        ("--no-turn",),
        ("--cells",),
        ("--groups",),
        ("--format", "alto"),
        ("--format", "hocr"),
        ("--out", "rows.jsonl"),
        ("--max-error", "7"),
    ],
)
def test_wrong_usage(run: Run, words: tuple[str, ...]) -> None:
    result = run("read", "--form", FORM, FILLED, *words)
    assert (result.status, result.out) == (2, "")
    assert len(result.err.splitlines()) == 1


def test_a_broken_description(run: Run, tmp_path: Path) -> None:
    (tmp_path / "form.toml").write_text("width = 3")
    result = run("read", "--form", "form.toml", FILLED)
    assert (result.status, result.out) == (1, "")
    assert result.err.startswith("digitile: 'form.toml': ")
    assert len(result.err.splitlines()) == 1
