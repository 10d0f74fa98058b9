"""A field is cut out with what is written in it, and without what is printed."""

import cv2
import numpy as np
import pytest

from digitile.forms import FormField
from digitile.forms.cut import AROUND, BEYOND, EMPTY, cut_field
from tests.forms.sheets import FIELDS, SHEET, Picture, drawn, scanned, true_place

NUMBER, AMOUNT = FIELDS[0], FIELDS[2]
PLACE = true_place(SHEET)


def test_printed_lines_are_gone() -> None:
    sheet = drawn()
    cv2.line(sheet, (120, 132), (120, 158), 20, 3)  # a 1 in the first cell
    cut = cut_field(NUMBER, PLACE, sheet)
    assert not isinstance(cut, str)
    pad = round(AROUND * 50)
    assert cut.shape == (50 + 2 * pad, 320 + 2 * pad)
    dark = np.argwhere(cut < 150) - pad
    assert len(dark) > 40
    assert np.abs(dark[:, 1] - 20).max() <= 3
    assert dark[:, 0].min() >= 10
    assert dark[:, 0].max() <= 40


def test_what_is_written_across_a_line_stays() -> None:
    sheet = drawn()
    cv2.line(sheet, (200, 320), (220, 370), 20, 4)  # a tail that goes 10 pixels below the box
    cv2.line(sheet, (125, 130), (155, 160), 20, 4)  # from the first cell into the second
    below = cut_field(AMOUNT, PLACE, sheet)
    across = cut_field(NUMBER, PLACE, sheet)
    assert not isinstance(below, str)
    assert not isinstance(across, str)
    for cut in (below, across):
        count, _ = cv2.connectedComponents((cut < 200).astype(np.uint8))
        assert count == 2  # the paper and one stroke
    assert (np.argwhere(below < 150)[:, 0].max() - round(AROUND * 60)) >= 66


def test_labels_beside_the_box_are_no_writing() -> None:
    sheet = drawn()
    cv2.putText(sheet, "AMOUNT", (110, 296), cv2.FONT_HERSHEY_SIMPLEX, 0.4, 30, 1)
    assert cut_field(AMOUNT, PLACE, sheet) == EMPTY
    cv2.line(sheet, (200, 310), (200, 350), 20, 4)
    cut = cut_field(AMOUNT, PLACE, sheet)
    assert not isinstance(cut, str)
    assert cut[: round(AROUND * 60) - 5].min() > 200


@pytest.mark.parametrize("field", FIELDS)
def test_empty(field: FormField) -> None:
    def photo(sheet: Picture) -> Picture:
        return scanned(sheet, SHEET, (800, 600))

    assert cut_field(field, PLACE, drawn()) == EMPTY
    assert cut_field(field, PLACE, photo(drawn())) == EMPTY
    assert cut_field(field, PLACE, photo(np.full((600, 800), 240, np.uint8))) == EMPTY


def test_where_there_is_no_field() -> None:
    sheet = drawn()
    beyond = PLACE.copy()
    beyond[0, 2] = 500
    assert cut_field(NUMBER, beyond, sheet) == BEYOND
    assert cut_field(NUMBER, np.full((3, 3), np.nan), sheet) == BEYOND
    with np.errstate(divide="ignore", invalid="ignore"):
        assert cut_field(NUMBER, np.zeros((3, 3)), sheet) == BEYOND
    small = np.diag([0.001, 0.001, 1.0])
    found = cut_field(NUMBER, small, sheet)
    assert isinstance(found, str)
