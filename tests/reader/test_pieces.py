"""Which connected ink is the digit: drawn by hand as boxes."""

import numpy as np
import pytest

from digitile.reader.ink import InkMap
from digitile.reader.pieces import MAX_PIECES, Piece, find_digit, find_pieces, join

Box = tuple[int, int, int, int]
"""Left, top, right, bottom."""

FIVE: list[Box] = [
    (80, 80, 90, 120),
    (80, 110, 120, 120),
    (110, 110, 120, 160),
    (80, 150, 120, 160),
]
BAR: Box = (85, 60, 125, 70)
SHAPE = (200, 220)


def inked(*boxes: Box, level: float = 1.0, noise: float = 0.0) -> InkMap:
    ink = np.zeros(SHAPE, np.float32)
    for left, top, right, bottom in boxes:
        ink[top:bottom, left:right] = level
    return InkMap(ink, noise, 10.0)


def digit_box(found: InkMap) -> Box | None:
    digit = find_digit(find_pieces(found), found)
    return None if digit is None else (digit.left, digit.top, digit.right, digit.bottom)


def outline(left: int, top: int, right: int, bottom: int, wide: int) -> list[Box]:
    return [
        (left, top, right, top + wide),
        (left, bottom - wide, right, bottom),
        (left, top, left + wide, bottom),
        (right - wide, top, right, bottom),
    ]


def test_pieces_come_largest_first_with_box_and_mask() -> None:
    first, second = find_pieces(inked(BAR, *FIVE))
    assert (first.left, first.top, first.right, first.bottom) == (80, 80, 120, 160)
    assert first.area == 400 + 300 + 500 - 100 + 400 - 100
    assert first.longest == 80
    assert (second.left, second.top, second.right, second.bottom) == BAR
    assert second.mask.all()


def test_corners_connect() -> None:
    assert len(find_pieces(inked((10, 10, 20, 20), (20, 20, 30, 30)))) == 1


def test_weak_ink_counts_only_beside_strong() -> None:
    found = inked((20, 20, 30, 60))
    found.ink[20:60, 30:34] = 0.3  # belongs to the stroke
    found.ink[120:160, 100:110] = 0.4  # stands alone
    (piece,) = find_pieces(found)
    assert (piece.left, piece.right) == (20, 34)
    noisy = InkMap(found.ink, 0.1, 10.0)  # 4 deviations: 0.4
    assert find_pieces(noisy)[0].right == 30


def test_many_pieces_are_bounded() -> None:
    found = inked()
    found.ink[::3, ::3] = 1
    assert len(find_pieces(found)) == MAX_PIECES


def test_join() -> None:
    whole = join(find_pieces(inked(BAR, *FIVE)))
    assert (whole.left, whole.top, whole.right, whole.bottom) == (80, 60, 125, 160)
    assert whole.area == 1400 + 400
    assert whole.mask[0, 5:].all()
    assert not whole.mask[0, :5].any()


def test_parts_of_one_digit_belong_together() -> None:
    assert digit_box(inked(BAR, *FIVE)) == (80, 60, 125, 160)


@pytest.mark.parametrize(
    "other",
    [
        [(5, 80, 15, 95)],
        [(130, 100, 134, 104)],
        outline(0, 0, 220, 200, 4),
        outline(12, 10, 210, 190, 8),
        [(0, 180, 220, 186)],
        [(160, 0, 220, 30), (190, 0, 220, 60)],
    ],
    ids=["far away", "speck", "border", "frame", "line across", "dark corner"],
)
def test_what_does_not_belong_to_the_digit(other: list[Box]) -> None:
    assert digit_box(inked(*FIVE, *other)) == (80, 80, 120, 160)


def test_what_touches_the_border_gives_way() -> None:
    arm: list[Box] = [(0, 20, 60, 32), (48, 20, 60, 90), (0, 78, 60, 90)]
    assert digit_box(inked(*arm)) == (0, 20, 60, 90)
    assert digit_box(inked(*arm, *[(x + 40, y, r + 40, b) for x, y, r, b in FIVE])) == (
        120,
        80,
        160,
        160,
    )


def test_a_line_across_is_a_one_where_there_is_nothing_else() -> None:
    assert digit_box(inked((100, 0, 112, 200))) == (100, 0, 112, 200)
    assert digit_box(inked((100, 0, 112, 200), (20, 30, 26, 36))) == (100, 0, 112, 200)


def spots(count: int, side: int) -> list[Box]:
    places = [(20 * x + 5, 20 * y + 5) for y in range(10) for x in range(11)]
    return [(x, y, x + side, y + side) for x, y in places[:count]]


@pytest.mark.parametrize(
    "boxes",
    [
        [],
        spots(1, 4),
        spots(60, 8),
        [(60, 60, 120, 120)],
        [(0, 0, 9, 200)],
        [b for k in range(3) for b in outline(60 + 30 * k, 40, 92 + 30 * k, 170, 4)]
        + [(60, y, 152, y + 4) for y in (70, 100, 140)],
    ],
    ids=["nothing", "one speck", "many spots", "a blot", "along the border", "a grid"],
)
def test_no_digit(boxes: list[Box]) -> None:
    assert digit_box(inked(*boxes)) is None


def test_a_patch_of_noise_is_no_digit() -> None:
    noise = np.random.default_rng(5).normal(0.4, 0.08, (90, 60))
    found = inked()
    found.ink[60:150, 80:140] = noise
    assert len(find_pieces(found)) >= 1
    assert find_digit(find_pieces(found), found) is None


def test_a_piece_knows_its_longer_side() -> None:
    assert Piece(3, 4, 10, 9, np.ones((5, 7), bool)).longest == 7
