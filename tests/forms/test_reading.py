"""Forms are read: the example's photo, sheets that are none, several at a time."""

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from digitile.errors import PictureError, SettingError
from digitile.forms import (
    FormReading,
    load_form,
    read_form,
    read_forms,
)
from digitile.forms.cut import BEYOND, EMPTY
from digitile.forms.place import moved
from digitile.reader import Reader
from tests.forms.sheets import EXAMPLE, SHEET, drawn, form, scanned, true_place

FORM = load_form(EXAMPLE / "form.toml")
TRUTH = {
    "customer": "40716253",
    "postal code": "430072",
    "birthday": "08031990",
    "amount": "2475",
    "meter": "30416",
}


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader.load()


@pytest.fixture(scope="module")
def filled(reader: Reader) -> FormReading:
    (reading,) = read_form(reader, FORM, EXAMPLE / "filled.jpg")
    return reading


def test_the_example_is_read(filled: FormReading) -> None:
    assert filled.path == str(EXAMPLE / "filled.jpg")
    assert filled.reason is None
    assert {f.name: f.text for f in filled.fields if f.text is not None} == TRUTH
    by_name = {field.name: field for field in filled.fields}
    assert all(by_name[name].accepted for name in TRUTH)
    assert by_name["birthday"].value == "1990-03-08"
    assert by_name["old meter"].reason == EMPTY
    assert (by_name["old meter"].confidence, by_name["old meter"].accepted) == (0, False)


def test_places_are_those_of_the_photo(filled: FormReading) -> None:
    """The corners at which `scripts/draw_form.py` lays the sheet."""
    sheet = np.array([(0, 0), (FORM.width, 0), (FORM.width, FORM.height), (0, FORM.height)])
    seen = np.array([(132, 150), (1142, 96), (1190, 846), (98, 872)], float)
    start = true_place(seen) @ np.diag([800 / FORM.width, 600 / FORM.height, 1])
    assert np.abs(moved(sheet, start) - seen).max() < 1e-3
    for field, own in zip(FORM.fields, filled.fields, strict=True):
        assert own.corners is not None
        assert np.abs(moved(field.corners, start) - np.array(own.corners)).max() < 2.5


def test_the_blank_form_is_empty(reader: Reader) -> None:
    (reading,) = read_form(reader, FORM, EXAMPLE / "blank.png")
    assert [field.reason for field in reading.fields] == [EMPTY] * 6


def test_as_json(filled: FormReading) -> None:
    told = json.loads(json.dumps(filled.to_json(), allow_nan=False))
    assert list(told) == ["path", "page", "fields", "reason"]
    assert list(told["fields"]) == FORM.names
    assert told["fields"]["amount"]["text"] == "2475"
    assert told["fields"]["old meter"]["text"] is None
    assert len(told["fields"]["amount"]["corners"]) == 4


def test_no_form_on_the_page(reader: Reader) -> None:
    (reading,) = read_form(reader, FORM, np.full((300, 400), 240, np.uint8))
    assert reading.path is None
    assert reading.reason == "the four black squares at the corners were not found"
    assert [field.name for field in reading.fields] == FORM.names
    assert all(field.text is None and field.corners is None for field in reading.fields)
    assert {field.reason for field in reading.fields} == {reading.reason}


def test_a_field_beyond_the_edge(reader: Reader) -> None:
    scan = scanned(drawn("boxes"), SHEET, (800, 440))
    (reading,) = read_form(reader, form("boxes"), scan)
    reasons = {field.name: field.reason for field in reading.fields}
    assert reasons == {"number": EMPTY, "code": EMPTY, "amount": EMPTY, "count": BEYOND}


def test_rules_and_error_rates_are_asked_for(reader: Reader) -> None:
    fields = tuple(
        msgspec.structs.replace(field, rule="length=3" if field.name == "amount" else field.rule)
        for field in FORM.fields
        if field.name in ("amount", "meter")
    )
    asked = msgspec.structs.replace(FORM, fields=fields)
    (reading,) = read_form(reader, asked, EXAMPLE / "filled.jpg", max_error=1e-12)
    assert [field.accepted for field in reading.fields] == [False, False]
    with pytest.raises(SettingError, match="between 0 and 1"):
        list(read_form(reader, asked, EXAMPLE / "filled.jpg", max_error=7))


def sources(folder: Path) -> Iterator[Path]:
    blank = (EXAMPLE / "blank.png").read_bytes()
    (folder / "broken.png").write_bytes(blank[:200])
    yield EXAMPLE / "blank.png"
    yield folder / "broken.png"
    yield folder / "none.png"
    yield EXAMPLE / "blank.png"


@pytest.mark.parametrize("processes", [1, 2])
def test_many(reader: Reader, tmp_path: Path, processes: int) -> None:
    found = list(read_forms(reader, FORM, sources(tmp_path), processes=processes))
    assert [isinstance(pages, PictureError) for pages in found] == [False, True, True, False]
    assert found[0] == found[3]
    assert not isinstance(found[0], PictureError)
    assert [reading.page for reading in found[0]] == [1]


def test_more_digits_than_cells_are_not_accepted(reader: Reader) -> None:
    fields = tuple(
        msgspec.structs.replace(field, cells=7, rule=None)
        for field in FORM.fields
        if field.name == "customer"
    )
    asked = msgspec.structs.replace(FORM, fields=fields)
    ((field,),) = (page.fields for page in read_form(reader, asked, EXAMPLE / "filled.jpg"))
    assert field.text is not None
    if len(field.text) > 7:
        assert (field.accepted, field.note) == (False, "more digits than the 7 cells")
