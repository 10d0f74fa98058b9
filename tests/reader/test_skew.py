"""Lines that run aslant are levelled; a digit, a short string, what climbs a little stay."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitile.reader import Box, Reader
from digitile.reader.gray import to_gray
from digitile.reader.ink import InkMap, find_ink
from digitile.reader.skew import find_skew, levelled
from tests.reader.photos import Picture, holds, ink_boxes, tilted, written


def ink_of(picture: Picture) -> InkMap:
    found = find_ink(to_gray(picture).gray)
    assert found is not None
    return found


def climbing(picture: Picture, degrees: float) -> Picture:
    """Return upright digits, each higher than the one to its left."""
    height, width = picture.shape[:2]
    slope = np.tan(np.radians(degrees))
    more = int(width * slope)
    down = np.array([[1, 0, 0], [-slope, 1, more]], np.float32)
    moved = cv2.warpAffine(picture, down, (width, height + more), borderValue=235)
    return np.asarray(moved, np.uint8)[:, :, None]


@pytest.mark.parametrize("degrees", [-20, -16, -12, 12, 16, 20])
@pytest.mark.parametrize("text", ["2047204", "1742047102"])
def test_the_angle_of_a_line(text: str, degrees: float) -> None:
    skew = find_skew(ink_of(tilted(written(text), degrees)[0]))
    assert skew is not None
    assert skew.degrees == pytest.approx(-degrees, abs=1.5)


def test_lines_together() -> None:
    page = np.concatenate([written(t)[:, :500] for t in ("204742", "742042", "247102")])
    skew = find_skew(ink_of(tilted(page, -15)[0]))
    assert skew is not None
    assert skew.degrees == pytest.approx(15, abs=1)
    assert not skew.upright


@pytest.mark.parametrize("degrees", [-20, -10, 0, 10, 20])
@pytest.mark.parametrize("text", ["1", "7", "4", "17", "71", "42", "207"])
def test_digits_and_short_strings_stay(text: str, degrees: float) -> None:
    found = ink_of(tilted(written(text), degrees)[0])
    assert levelled(found).found is found


@pytest.mark.parametrize("degrees", [0, 5, 9, 14])
def test_upright_digits_that_climb_stay(degrees: float) -> None:
    found = ink_of(climbing(written("2047204"), degrees))
    assert levelled(found).found is found


def test_noise_and_blank_paper() -> None:
    rng = np.random.default_rng(5)
    for _ in range(10):
        ink = rng.uniform(0, 1, (int(rng.integers(20, 300)), int(rng.integers(20, 300))))
        assert find_skew(InkMap(ink.astype(np.float32), 0.1, 3.0)) is None
    assert find_skew(InkMap(np.zeros((50, 400), np.float32), 0.0, 1.0)) is None


@settings(max_examples=8, deadline=None)
@given(st.sampled_from([-1, 1]), st.floats(11, 20))
def test_the_way_back_leads_to_the_ink(side: int, degrees: float) -> None:
    found = ink_of(tilted(written("20472042"), side * degrees)[0])
    level = levelled(found)
    assert level.found is not found
    ys, xs = np.nonzero(level.found.ink > 0.6)
    x, y, w = level.back @ np.array([xs + 0.5, ys + 0.5, np.ones(len(xs))])
    inside = found.ink[(y / w).astype(int), (x / w).astype(int)]
    assert (inside > 0.3).mean() > 0.99
    assert np.ptp(ys) < 0.7 * np.ptp(np.nonzero(found.ink > 0.6)[0])


@pytest.mark.parametrize("degrees", [-18, 18])
def test_boxes_lie_around_the_digits_of_the_picture(degrees: float) -> None:
    page = written("20472")
    picture, matrix = tilted(np.concatenate([page, written("74204")], axis=1), degrees)
    truth = ink_boxes(np.concatenate([page, written("74204")], axis=1), matrix)
    (line,) = Reader.load().read(picture).lines
    assert line.text == "2047274204"
    for digit, box in zip(line.digits, truth, strict=True):
        # a box that was level holds its ink, and is wider and taller, aslant
        both = Box(
            min(digit.box.x, box.x),
            min(digit.box.y, box.y),
            max(digit.box.x + digit.box.width, box.x + box.width) - min(digit.box.x, box.x),
            max(digit.box.y + digit.box.height, box.y + box.height) - min(digit.box.y, box.y),
        )
        assert holds(digit.box, both, slack=3)
        assert holds(digit.box, box, slack=26)
