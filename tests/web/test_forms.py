"""Forms over HTTP: what is printed on a picture, and the file of what was drawn."""

import tomllib
from typing import Any

import httpx
import pytest

from digitile.forms import load_form, parse_form
from tests.forms.sheets import EXAMPLE
from tests.web.samples import BLANK, DOCUMENT, answer_schema, check

DRAWN = {
    "width": 200,
    "height": 100.5,
    "fields": [
        {"name": "编号 \"1\"", "box": [10, 20, 80.25, 20], "cells": 4, "rule": r"regex=\d{4}"},
        {"name": "sum", "box": [10, 60, 80, 20]},
    ],
}  # fmt: skip


def test_what_is_printed_is_found(client: httpx.Client) -> None:
    answer = client.post("/api/v1/form-draft", content=(EXAMPLE / "blank.png").read_bytes())
    check(answer.json(), answer_schema(DOCUMENT, "/api/v1/form-draft", "post", 200), DOCUMENT)
    found, known = answer.json(), load_form(EXAMPLE / "form.toml")
    assert (found["width"], found["height"], found["anchor"]) == (1000, 720, "marks")
    for field, true in zip(found["fields"], known.fields, strict=True):
        assert (field["box"], field["cells"]) == (pytest.approx(true.box, abs=2), true.cells)


def test_a_sheet_with_nothing_printed(client: httpx.Client) -> None:
    found = client.post("/api/v1/form-draft", content=BLANK).json()
    assert found == {
        "width": 300, "height": 200, "fields": [], "anchor": "sheet", "points": None,
    }  # fmt: skip


def test_the_file_says_what_was_drawn(client: httpx.Client) -> None:
    answer = client.post("/api/v1/form", json=DRAWN)
    check(answer.json(), answer_schema(DOCUMENT, "/api/v1/form", "post", 200), DOCUMENT)
    text = answer.json()["toml"]
    assert tomllib.loads(text) == {**DRAWN, "anchor": "sheet"}
    assert parse_form(text.encode()).fields[0].cells == 4


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"fields": []}, "0 fields"),
        ({"fields": [DRAWN["fields"][0]] * 2}, "2 fields are named"),
        ({"width": 50}, "must lie on the sheet"),
        ({"height": -1}, "the height is -1"),
        ({"anchor": "marks"}, "needs four points"),
        ({"anchor": "stars"}, "anchor"),
        ({"fields": [{**DRAWN["fields"][1], "rule": "regex=a{99999999999}"}]}, "rule of 'sum'"),
        ({"fields": [{**DRAWN["fields"][1], "rule": "regex=("}]}, "rule of 'sum'"),
        ({"fields": [{**DRAWN["fields"][1], "colour": 1}]}, "colour"),
    ],
)
def test_what_is_no_form(client: httpx.Client, change: dict[str, Any], told: str) -> None:
    answer = client.post("/api/v1/form", json={**DRAWN, **change})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_parameter")
    assert told in answer.json()["error"]


def test_the_largest_form_fits(client: httpx.Client) -> None:
    fields = [
        {"name": f"a field of some length {n}", "box": [1.25, 2.25, 30.25, 20.25], "cells": 8}
        for n in range(500)
    ]
    answer = client.post("/api/v1/form", json={**DRAWN, "fields": fields})
    assert len(parse_form(answer.json()["toml"].encode()).fields) == 500
