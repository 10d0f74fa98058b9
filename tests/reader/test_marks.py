"""Marks between digits, drawn as boxes of ink."""

import numpy as np
import pytest

from digitile.reader.marks import marked_gaps
from digitile.reader.pieces import Piece


def box(left: int, top: int, width: int, height: int) -> Piece:
    return Piece(left, top, left + width, top + height, np.ones((height, width), bool))


DIGITS = [box(0, 0, 30, 50), box(50, 0, 30, 50), box(100, 2, 30, 50)]
STROKE = 5.0


@pytest.mark.parametrize(
    ("mark", "after"),
    [
        (box(37, 44, 6, 6), 0),  # a point
        (box(86, 44, 6, 16), 1),  # a comma
        (box(34, 22, 14, 5), 0),  # a dash
    ],
)
def test_marks_part(mark: Piece, after: int) -> None:
    assert marked_gaps(DIGITS, [*DIGITS, mark], 50, STROKE) == {after}


@pytest.mark.parametrize(
    "piece",
    [
        box(37, 48, 2, 2),  # a speck
        box(37, 0, 6, 6),  # above
        box(37, 75, 6, 6),  # far below
        box(10, 44, 6, 6),  # under a digit
        box(33, 0, 5, 50),  # another digit
        box(140, 44, 6, 6),  # after the last
    ],
)
def test_what_is_no_mark(piece: Piece) -> None:
    assert marked_gaps(DIGITS, [*DIGITS, piece], 50, STROKE) == set()


def test_no_digits() -> None:
    assert marked_gaps([], [box(0, 0, 5, 5)], 50, STROKE) == set()
