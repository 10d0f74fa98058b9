"""Forms are found where they were laid: shifted, scaled, turned, in perspective; or not at all."""

import time

import numpy as np
import pytest

from digitile.forms import Form, FormField
from digitile.forms.place import find_form, moved
from tests.forms.sheets import FIELDS, SHEET, Points, drawn, form, scanned, true_place, turned

SIZE = (1000, 800)
LEVEL = SHEET + np.array([70, 90])
SMALLER = 0.8 * SHEET + np.array([200, 30])
TURNED = (SHEET - 300) @ np.array([[0.99, 0.14], [-0.14, 0.99]]) + 380
SEEN = np.array([(120, 90), (900, 60), (940, 740), (60, 700)], float)
NONE = SHEET + 5000

WAYS = {"level": LEVEL, "smaller": SMALLER, "turned": TURNED, "perspective": SEEN}


def off(where: Form, to: Points, corners: Points, quarters: int = 0) -> float:
    """How far a field's corner lies from its true place, at most."""
    apart = []
    for field in where.fields:
        true = turned(moved(field.corners, true_place(corners)), quarters, SIZE)
        apart.append(np.abs(moved(field.corners, to) - true).max())
    return float(max(apart))


@pytest.mark.parametrize("anchor", ["marks", "frame", "boxes", "sheet"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_found(anchor: str, way: str, quarters: int) -> None:
    scan = scanned(drawn(anchor), WAYS[way], SIZE, desk=70 if anchor == "sheet" else 235)
    scan = np.ascontiguousarray(np.rot90(scan, quarters))
    to = find_form(form(anchor), scan)
    assert not isinstance(to, str), to
    assert off(form(anchor), to, WAYS[way], quarters) < 2.5


def test_a_sheet_that_fills_the_scan() -> None:
    to = find_form(form("sheet"), scanned(drawn(), SHEET, (800, 600)))
    assert not isinstance(to, str)
    assert off(form("sheet"), to, SHEET) < 2.5


def test_a_sheet_without_printed_boxes() -> None:
    """The corners of the paper are all there is."""
    fields = (FormField("free", (200.0, 300.0, 400.0, 80.0)),)
    scan = scanned(np.full((600, 800), 235, np.uint8), SEEN, SIZE, desk=70)
    to = find_form(Form(800, 600, fields), scan)
    assert not isinstance(to, str)
    assert (
        np.abs(moved(fields[0].corners, to) - moved(fields[0].corners, true_place(SEEN))).max() < 8
    )


def test_dark_squares_beside_the_marks() -> None:
    sheet = drawn()
    for x, y in ((300, 230), (640, 500), (70, 450)):  # ticked boxes, filled in
        sheet[y : y + 18, x : x + 18] = 30
    to = find_form(form("marks"), scanned(sheet, SEEN, SIZE))
    assert not isinstance(to, str)
    assert off(form("marks"), to, SEEN) < 2.5


def test_writing_across_the_boxes() -> None:
    sheet = drawn("boxes")
    for x in (130, 260, 560):
        sheet[110:185, x : x + 40 : 13] = 20
    to = find_form(form("boxes"), scanned(sheet, TURNED, SIZE))
    assert not isinstance(to, str)
    assert off(form("boxes"), to, TURNED) < 2.5


@pytest.mark.parametrize(
    ("anchor", "words"),
    [
        ("marks", "the four black squares at the corners were not found"),
        ("frame", "the frame was not found"),
        ("boxes", "only 0 of the form's 14 printed boxes were found"),
    ],
)
@pytest.mark.parametrize("paper", ["blank", "noise", "tiny", "three marks"])
def test_not_found(anchor: str, words: str, paper: str) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (400, 500), dtype=np.uint8)
    three = np.full((600, 800), 235, np.uint8)
    for x, y in ((40, 40), (740, 40), (40, 540)):
        three[y : y + 20, x : x + 20] = 10
    scan = {
        "blank": np.full((400, 500), 235, np.uint8),
        "noise": noise,
        "tiny": np.zeros((1, 1), np.uint8),
        "three marks": three,
    }[paper]
    assert find_form(form(anchor), scan) == words


def test_another_form_is_not_taken_for_it() -> None:
    other = tuple(
        FormField(field.name, (field.box[1], field.box[0] / 2, 60.0, 41.0)) for field in FIELDS
    )
    found = find_form(Form(800, 600, other, "boxes"), scanned(drawn("boxes"), LEVEL, SIZE))
    assert isinstance(found, str)


def test_large_forms_and_crowded_pages_take_bounded_time() -> None:
    fields = tuple(
        FormField(f"f{n}", (3.0 + 11 * (n % 20), 3.0 + 11 * (n // 20), 9.0, 9.0), 100)
        for n in range(500)
    )
    crowded = np.full((1100, 1100), 235, np.uint8)
    crowded[::40] = crowded[:, ::40] = 40
    started = time.process_time()
    for anchor in ("boxes", "sheet"):
        find_form(Form(300, 300, fields, anchor), crowded)  # type: ignore[arg-type]
    assert time.process_time() - started < 8
