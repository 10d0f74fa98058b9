"""Boxes, cells and marks are those that were drawn."""

import cv2
import numpy as np

from digitile.forms.boxes import boxes_of, combs, find_marks, innermost, outer_frame
from tests.forms.sheets import FIELDS, FRAME, MARKS, drawn


def test_boxes_side_by_side_are_one_field() -> None:
    found = combs(innermost(boxes_of(drawn("frame"))))
    assert [comb.cells for comb in found] == [field.cells for field in FIELDS]
    for comb, field in zip(found, FIELDS, strict=True):
        assert np.abs(comb.corners - field.corners).max() < 3.5


def test_two_boxes_side_by_side_are_two_fields() -> None:
    sheet = np.full((300, 400), 240, np.uint8)
    for x in (100, 140):
        cv2.rectangle(sheet, (x, 100), (x + 36, 140), 60, 2)
    assert [comb.cells for comb in combs(boxes_of(sheet))] == [1, 1]


def test_the_frame_is_the_box_around_all_others() -> None:
    frame = outer_frame(boxes_of(drawn("frame")))
    assert frame is not None
    assert np.abs(frame - np.array(FRAME)).max() < 2.5
    assert outer_frame(boxes_of(drawn("boxes"))) is None


def test_marks_are_solid_squares() -> None:
    sheet = drawn()
    cv2.circle(sheet, (300, 450), 10, 15, -1)
    cv2.rectangle(sheet, (200, 430), (230, 460), 15, 3)  # a box
    cv2.rectangle(sheet, (100, 500), (180, 510), 15, -1)  # a bar
    middles = find_marks(sheet).mean(axis=1)
    marks = {min(MARKS, key=lambda mark: float(np.abs(mark - own).max())) for own in middles}
    assert marks == set(MARKS)
    assert len(middles) <= len(MARKS) + 1  # a disc is nearly one


def test_nothing_is_on_blank_paper() -> None:
    for shape in ((1, 1), (3, 900), (400, 300)):
        blank = np.full(shape, 240, np.uint8)
        assert boxes_of(blank).shape == (0, 4, 2)
        assert find_marks(blank).shape == (0, 4, 2)
