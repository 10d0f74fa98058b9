"""Pieces in one row are one line; slices are their ink, cut, and nothing else."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from digitile.reader.ink import InkMap
from digitile.reader.lines import TextLine, find_lines
from digitile.reader.pieces import Piece, find_pieces
from digitile.reader.slices import slices_of, whole_pieces

Box = tuple[int, int, int, int]


def page(boxes: list[Box]) -> InkMap:
    """Return a page, 400×600, with boxes (left, top, width, height) of ink."""
    ink = np.zeros((400, 600), np.float32)
    for left, top, width, height in boxes:
        ink[top : top + height, left : left + width] = 1
    return InkMap(ink, 0.0, 6.0)


def row(top: int, count: int = 5, left: int = 60, rise: int = 0) -> list[Box]:
    return [(left + 60 * i, top - rise * i, 25, 50) for i in range(count)]


def lines_of(boxes: list[Box]) -> list[TextLine]:
    found = page(boxes)
    return find_lines(find_pieces(found), found)


@pytest.mark.parametrize("rise", [0, 12, -12])
def test_a_row_is_a_line_even_where_it_rises(rise: int) -> None:
    (line,) = lines_of(row(180, rise=rise))
    assert [p.left for p in line.pieces] == [60, 120, 180, 240, 300]
    assert line.height == 50


def test_rows_from_top_to_bottom() -> None:
    lines = lines_of(row(300, 3) + row(40, 4) + row(170, 2))
    assert [len(line.pieces) for line in lines] == [4, 2, 3]


def test_small_pieces_go_with_the_line_they_stand_in() -> None:
    lines = lines_of([*row(40), *row(220), (90, 230, 25, 8), (95, 35, 20, 9), (500, 390, 9, 8)])
    assert [len(line.pieces) for line in lines] == [6, 6]


def test_specks_are_no_line() -> None:
    assert lines_of([]) == []
    assert lines_of([(100, 100, 3, 3), (300, 200, 4, 3)]) == []
    assert len(lines_of([*row(40), (100, 300, 8, 9), (130, 300, 8, 9)])) == 1


def test_blots_and_webs_are_no_line() -> None:
    squares = [(60 * i, 60 * j, 50, 50) for i in range(6) for j in range(5)]
    assert lines_of(squares) == []
    bars = [(0, 30 * i, 600, 8) for i in range(13)] + [(40 * i, 0, 8, 400) for i in range(15)]
    assert lines_of(bars) == []


def blob(width: int, height: int, seed: int) -> NDArray[np.bool_]:
    """Return connected ink: a bar with random uprights."""
    rng = np.random.default_rng(seed)
    mask = np.zeros((height, width), bool)
    mask[height // 2 : height // 2 + 4] = True
    for x in rng.integers(0, max(1, width - 5), 1 + width // 20):
        mask[:, x : x + 5] = True
    return mask


@given(st.integers(8, 200), st.integers(20, 60), st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_slices_hold_all_ink_once(width: int, height: int, seed: int) -> None:
    piece = Piece(10, 20, 10 + width, 20 + height, blob(width, height, seed))
    slices = slices_of([piece], [False], float(height), 5.0)
    seen = np.zeros((height + 40, width + 40), int)
    for s in slices:
        p = s.piece
        assert p.mask.any(axis=1).all() or p.mask.any()
        seen[p.top : p.bottom, p.left : p.right] += p.mask
    whole = np.zeros_like(seen)
    whole[20 : 20 + height, 10 : 10 + width] = piece.mask
    np.testing.assert_array_equal(seen, whole)
    assert [s.cut > 0 for s in slices] == [False] + [True] * (len(slices) - 1)
    assert len(slices_of([piece], [True], float(height), 5.0)) == 1


def test_a_thin_bridge_is_cut() -> None:
    mask = np.zeros((50, 80), bool)
    mask[:, :30] = mask[:, 50:] = True
    mask[24:28] = True
    slices = slices_of([Piece(0, 0, 80, 50, mask)], [False], 50.0, 5.0)
    assert any(30 <= s.piece.left <= 50 for s in slices if s.cut > 0)


def test_a_bar_over_a_digit_is_a_part_of_it() -> None:
    (line,) = lines_of([*row(100), (61, 88, 22, 8)])
    whole = whole_pieces(line)
    assert len(whole) == 5
    assert {(p.top, p.bottom) for p in whole} == {(88, 150), (100, 150)}
