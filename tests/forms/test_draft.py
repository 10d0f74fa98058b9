"""A form that is drawn is drafted as it was drawn."""

import msgspec
import numpy as np
import pytest

from digitile.errors import PictureError
from digitile.forms import draft_form, parse_form
from digitile.forms.drawing import OUTLINE, draw_fields
from digitile.forms.form import form_text
from tests.forms.sheets import FIELDS, FRAME, MARKS, SHEET, drawn, form, scanned, true_place


@pytest.mark.parametrize("anchor", ["marks", "frame", "boxes"])
def test_drafted(anchor: str) -> None:
    found = draft_form(drawn(anchor))
    assert found.anchor == anchor
    assert (found.width, found.height) == (800, 600)
    assert found.names == ["field1", "field2", "field3", "field4"]
    for own, true in zip(found.fields, FIELDS, strict=True):
        assert own.cells == true.cells
        assert np.abs(own.corners - true.corners).max() < 3.5
    points = {"marks": MARKS, "frame": FRAME}.get(anchor)
    assert (found.points is None) == (points is None)
    if points is not None:
        assert np.abs(np.array(found.points) - np.array(points)).max() < 2.5
    again = parse_form(form_text(found).encode())
    assert again.names == found.names


def test_large_scans_have_their_own_pixels() -> None:
    large = np.kron(drawn(), np.ones((4, 4), np.uint8))  # more than are looked at
    found = draft_form(large)
    assert (found.width, found.height) == (3200, 2400)
    for own, true in zip(found.fields, FIELDS, strict=True):
        assert np.abs(own.corners - 4 * true.corners).max() < 14


@pytest.mark.parametrize("shape", [(1, 1), (400, 300)])
def test_no_form(shape: tuple[int, int]) -> None:
    with pytest.raises(PictureError, match="0 printed boxes were found"):
        draft_form(np.full(shape, 240, np.uint8))


def test_fields_are_drawn_where_they_lie() -> None:
    corners = 0.8 * SHEET + np.array([200, 30])
    scan = scanned(drawn(), corners, (1000, 800))
    picture = draw_fields(scan, form("marks"))
    assert picture.shape == (800, 1000, 3)
    changed = (picture == OUTLINE).all(axis=2)
    to = true_place(corners)
    x, y = (0.5 * (FIELDS[2].corners[2] + FIELDS[2].corners[3]) * to[0, 0] + to[:2, 2]).round()
    assert changed[int(y) - 3 : int(y) + 4, int(x)].any()
    with pytest.raises(PictureError, match="the form was not found: the four black squares"):
        draw_fields(np.full((400, 300), 240, np.uint8), form("marks"))
    missing = msgspec.structs.replace(form("marks"), anchor="boxes", points=None)
    with pytest.raises(PictureError, match="only 0 of the form's 14 printed boxes"):
        draw_fields(np.full((400, 300), 240, np.uint8), missing)
