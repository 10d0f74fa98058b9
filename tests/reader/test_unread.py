"""What a text leaves unread, on strips drawn by hand."""

import numpy as np
import pytest

from digitile.reader.unread import unread

STROKES = (60, 78, 96)
"""Where strokes of 6 pixels begin; each is 30 tall."""


def strip(*lefts: int) -> np.ndarray:
    gray = np.full((128, 256), 220, np.uint8)
    for left in lefts:
        gray[50:80, left : left + 6] = 40
    return gray


def boxes(*lefts: int) -> np.ndarray:
    return np.array([(left - 1, 50, left + 7, 80) for left in lefts], float)


def test_all_is_read() -> None:
    assert unread(strip(*STROKES), boxes(*STROKES)) < 0.05


@pytest.mark.parametrize("dropped", STROKES)
def test_one_stroke_of_three_is_dropped(dropped: int) -> None:
    # at the ends, what is up to 18 pixels from the next stroke's box
    found = unread(strip(*STROKES), boxes(*(left for left in STROKES if left != dropped)))
    assert found == pytest.approx(1, abs=0.2)


def test_a_stain_is_no_more_than_two_digits() -> None:
    gray = strip(*STROKES)
    gray[40:90, 68:75] = 0
    assert unread(gray, boxes(*STROKES)) <= 2


@pytest.mark.parametrize("box", [(-40, -30, -20, -10), (300, 50, 310, 80), (60, 50, 60, 50)])
def test_boxes_beyond_the_strip(box: tuple[int, int, int, int]) -> None:
    assert 0 <= unread(strip(*STROKES), np.array([box], float)) <= 2
