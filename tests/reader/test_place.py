"""Ways from arrays to the picture and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitile.reader import Box
from digitile.reader.place import Place, bounds, scaling, shift


def turn(degrees: float) -> np.ndarray:
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])


def test_a_scaled_box() -> None:
    place = Place(np.eye(3), 100, 80).of(scaling(1 / 3, 1 / 3))
    assert place.box(30, 60, 90, 61) == Box(10, 20, 20, 1)
    assert place.box(31, 60, 91, 300) == Box(10, 20, 21, 60)


def test_a_quarter_turn() -> None:
    clockwise = np.array([[0, 1, 0], [-1, 0, 80], [0, 0, 1]])
    place = Place(np.eye(3), 100, 80).of(clockwise)
    # turned clockwise, the picture's bottom left pixel is the array's top left one
    assert place.box(0, 0, 1, 1) == Box(0, 79, 1, 1)
    assert place.within(Box(0, 70, 5, 10)) == (0, 0, 10, 5)


def test_boxes_stay_in_the_picture() -> None:
    place = Place(shift(-10, 70), 100, 80)
    assert place.box(0, 0, 30, 30) == Box(0, 70, 20, 10)


@given(
    st.floats(-30, 30), st.floats(0.3, 3), st.floats(-1e-4, 1e-4), st.floats(-1e-4, 1e-4),
    st.integers(0, 3), st.integers(5, 40), st.integers(5, 40),
)  # fmt: skip
def test_there_and_back(
    degrees: float, scale: float, p: float, q: float, quarters: int, width: int, height: int
) -> None:
    lean = np.array([[1, 0, 0], [0, 1, 0], [p, q, 1]])
    matrix = shift(500, 500) @ scaling(scale, scale) @ turn(degrees + 90 * quarters) @ lean
    place = Place(matrix, 2000, 2000)
    own = (60, 50, 60 + width, 50 + height)
    there = place.box(*own)
    ends = there.x, there.y, there.x + there.width, there.y + there.height
    corners = [(x, y) for x in own[0::2] for y in own[1::2]]
    np.testing.assert_allclose(ends, bounds(matrix, corners), atol=1 + 1e-6)
    # rounded outwards, twice: up to 2 pixels of the picture, more where cos and sin are close
    back = place.within(there)
    assert np.abs(np.array(back) - own).max() <= 2 + 6 / scale


def test_bounds() -> None:
    assert bounds(shift(1, 2), [(0, 0), (3, -1)]) == pytest.approx((1, 1, 4, 2))
