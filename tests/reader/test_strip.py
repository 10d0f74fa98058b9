"""A line's strip: level, of the right size, and with a way back."""

from math import ceil

import cv2
import numpy as np
import pytest

from digitile.reader.candidates import NONE, Candidates
from digitile.reader.strip import LONGEST, cut_strip
from digitile.reader.tuned import ENDS, STRIP, TARGET
from tests.reader.photos import PAPER, ink_boxes, tilted, written


def candidates(boxes: list[tuple[float, ...]]) -> Candidates:
    """Sure digits in boxes: left, top, right, bottom."""
    p = np.zeros((len(boxes), NONE + 1))
    p[:, 3], p[:, NONE] = 0.9, 0.1
    return Candidates(np.array(boxes, np.float64), p)


def number(degrees: float, gap: int = 20) -> tuple[np.ndarray, Candidates, list[np.ndarray]]:
    """A page with 2047204 held aslant, its digits, and the places of their ink, n×2 each."""
    page = np.pad(written("2047204", gap=gap), ((120, 120), (20, 20), (0, 0)), "edge")
    picture, matrix = tilted(page, degrees)
    boxes = [(b.x, b.y, b.x + b.width, b.y + b.height) for b in ink_boxes(page, matrix)]
    places = []
    for box in ink_boxes(page, np.eye(3)):
        ys, xs = np.nonzero(page[box.y : box.y + box.height, box.x : box.x + box.width, 0] < 128)
        flat = np.array([xs + box.x + 0.5, ys + box.y + 0.5, np.ones(len(xs))])
        places.append((matrix @ flat)[:2].T)
    return picture[:, :, 0], candidates(boxes), places


@pytest.mark.parametrize("degrees", [0, 17, -17, 8])
def test_a_line_comes_out_level(degrees: float) -> None:
    picture, digits, _ = number(degrees)
    strip = cut_strip(picture, digits, ENDS)
    assert strip.gray.shape[0] == STRIP
    inked = strip.gray < 128
    columns = np.flatnonzero(np.diff(inked.any(axis=0).astype(int), prepend=0, append=0))
    feet, heights = [], []
    for left, right in zip(columns[0::2], columns[1::2], strict=True):
        rows = np.flatnonzero(inked[:, left:right].any(axis=1))
        feet.append(rows[-1])
        heights.append(np.ptp(rows) + 1)
    assert len(feet) == 7
    # digits stand on one line, but for how they are drawn
    slope = np.polyfit(np.arange(7), feet, 1)[0]
    assert abs(slope) < 0.5
    assert np.median(feet) - STRIP / 2 == pytest.approx(TARGET / 2, abs=4)
    # boxes of leaning digits are taller than they
    assert np.median(heights) == pytest.approx(TARGET, rel=0.02 if degrees == 0 else 0.2)


@pytest.mark.parametrize("degrees", [0, 17])
@pytest.mark.parametrize("factor", [0.25, 1, 3])
def test_corners_go_back_to_the_picture(degrees: float, factor: float) -> None:
    picture, digits, places = number(degrees)
    size = round(picture.shape[1] * factor), round(picture.shape[0] * factor)
    picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    strip = cut_strip(picture, digits._replace(boxes=digits.boxes * factor), ENDS)
    inked = strip.gray < 150
    count, _, about, _ = cv2.connectedComponentsWithStats(inked.astype(np.uint8))
    found = np.array([[x, y, x + w, y + h] for x, y, w, h, _ in about[1:]], np.float64)
    assert count == 8
    corners = strip.corners(found)
    assert corners.shape == (4, 7, 2)
    along = np.array([np.cos(np.radians(degrees)), -np.sin(np.radians(degrees))])
    order = np.argsort(corners.mean(axis=0) @ along)
    for one, ink in zip(order, places, strict=True):
        for axis in (along, np.array([-along[1], along[0]])):
            ends, truth = corners[:, one] @ axis, factor * ink @ axis
            slack = 4 * factor + 1.5
            assert ends.min() == pytest.approx(truth.min(), abs=slack)
            assert ends.max() == pytest.approx(truth.max(), abs=slack)


def test_beyond_the_picture_its_edge_goes_on() -> None:
    picture = np.full((40, 30), PAPER, np.uint8)
    picture[5:35, 14:17] = 20
    strip = cut_strip(picture, candidates([(14, 5, 17, 35)]), ENDS)
    width = ceil(2 * ENDS * TARGET)
    assert strip.gray.shape == (STRIP, width)
    assert (strip.gray[:20] == PAPER).all()
    assert (strip.gray[:, :20] == PAPER).all()
    assert strip.gray[STRIP // 2, width // 2] < 40
    np.testing.assert_allclose(
        strip.corners(np.array([[0, 0, width, STRIP]])).mean(axis=0), [[15.5, 20]]
    )


def test_ends_reach_beyond_the_digits() -> None:
    digits = candidates([(100 + 40 * i, 100, 120 + 40 * i, 100 + TARGET) for i in range(9)])
    strip = cut_strip(np.full((300, 600), PAPER, np.uint8), digits, ENDS)
    assert strip.gray.shape[1] == pytest.approx(8 * 40 + 2 * ENDS * TARGET, abs=2)


def test_a_digit_alone_is_level_and_a_line_is_no_longer_than_allowed() -> None:
    picture = np.full((100, 30_000), PAPER, np.uint8)
    one = cut_strip(picture, candidates([(10, 50, 14, 60)]), ENDS)
    assert one.back[1, 0] == one.back[0, 1] == 0
    two = cut_strip(picture, candidates([(10, 50, 14, 60), (12, 55, 16, 65)]), ENDS)
    assert two.back[1, 0] == 0
    long = cut_strip(picture, candidates([(10, 50, 14, 60), (29_000, 50, 29_004, 60)]), ENDS)
    assert long.gray.shape == (STRIP, LONGEST)


def test_a_digit_alone_has_a_strip_of_one_width() -> None:
    picture = np.full((300, 400), PAPER, np.uint8)
    heights = np.random.default_rng(0).uniform(7, 90, 40)
    alone = [candidates([(100, 100, 110, 100 + height)]) for height in heights]
    widths = {cut_strip(picture, digit, ENDS, 35.0).gray.shape[1] for digit in alone}
    assert widths == {round(2 * ENDS * 35)}


@pytest.mark.parametrize("degrees", [0, 17])
def test_boxes_of_a_strip_of_another_size(degrees: float) -> None:
    picture, digits, _ = number(degrees)
    one, other = (cut_strip(picture, digits, ENDS, tall) for tall in (TARGET, TARGET / 2))
    x, own = other.gray.shape[1] / 2, one.gray.shape[1] / 2
    box = np.array([[x - 10, STRIP / 2 - 6, x + 10, STRIP / 2 + 6]])
    twice = [[own - 20, STRIP / 2 - 12, own + 20, STRIP / 2 + 12]]
    np.testing.assert_allclose(one.seen_from(other, box), twice)
