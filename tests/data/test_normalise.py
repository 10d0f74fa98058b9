"""Digits as MNIST holds them: 20 pixels long, their mass in the middle."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitile.data.normalise import normalise, stroke_width


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 200), st.integers(1, 200), st.integers(0, 2**32 - 1))
def test_any_ink_fits(height: int, width: int, seed: int) -> None:
    ink = 0.3 + 0.7 * np.random.default_rng(seed).random((height, width), np.float32)
    digit = normalise(ink)
    assert digit.shape == (28, 28)
    assert digit.dtype == np.uint8
    ys, xs = np.nonzero(digit > 8)
    assert max(np.ptp(ys), np.ptp(xs)) + 1 <= 26


@pytest.mark.parametrize(("height", "width"), [(100, 60), (60, 100), (20, 12), (10, 6)])
def test_longer_side_and_centre_of_mass(height: int, width: int) -> None:
    ink = np.zeros((height, width), np.float32)
    ink[: height // 2] = 1  # heavier above
    ink[:, : max(1, width // 5)] = 1
    digit = normalise(ink).astype(float)
    ys, xs = np.nonzero(digit > 40)
    assert max(np.ptp(ys), np.ptp(xs)) + 1 in (19, 20, 21)
    y, x = (digit.sum(axis=1 - axis) @ np.arange(28) / digit.sum() for axis in (0, 1))
    assert abs(y - 13.5) <= 1
    assert abs(x - 13.5) <= 1


def test_thin_strokes_are_thickened_and_thick_ones_left() -> None:
    thin, thick = np.zeros((200, 120), np.float32), np.zeros((200, 120), np.float32)
    thin[:, 58:61] = thin[98:101] = 1
    thick[:, 45:75] = thick[85:115] = 1
    assert stroke_width(thin) < 4
    as_seen = [stroke_width(normalise(ink).astype(np.float32) / 255) for ink in (thin, thick)]
    assert as_seen[0] > 1.2  # without thickening: 0.3
    assert as_seen[1] == pytest.approx(3, abs=0.6)


def test_what_is_normalised_stays_as_it_is() -> None:
    """A digit 20 pixels long with strokes 3 wide is only put into the middle."""
    ink = np.zeros((20, 14), np.float32)
    ink[:3] = ink[:, 11:] = 1
    ink[3] = 0.4
    digit = normalise(ink)
    ys, xs = np.nonzero(digit)
    box = digit[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    np.testing.assert_array_equal(box, np.rint(255 * ink))
    again = normalise(box.astype(np.float32) / 255)
    np.testing.assert_array_equal(again, digit)
