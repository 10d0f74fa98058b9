"""What a network is shown of a labelled picture."""

import cv2
import numpy as np
import pytest

from digitile.errors import PictureError
from digitile.reader import as_shown, isolate


def written(height: int, width: int, paper: int, ink: int) -> np.ndarray:
    """A 7 on paper, H×W×1."""
    picture = np.full((height, width), paper, np.uint8)
    points = np.array([[0.3, 0.25], [0.7, 0.25], [0.45, 0.8]]) * [width, height]
    cv2.polylines(picture, [np.rint(points).astype(np.int32)], False, ink, max(2, width // 12))
    return picture[:, :, None]


def test_what_the_network_was_shown_stays_as_it_is() -> None:
    photo = written(300, 240, 230, 30)
    shown = as_shown(photo)
    found = isolate(photo)
    assert not isinstance(found, str)
    np.testing.assert_array_equal(shown, found.image)
    np.testing.assert_array_equal(as_shown(shown[:, :, None]), shown)
    np.testing.assert_array_equal(as_shown(np.dstack([shown] * 3)), shown)


@pytest.mark.parametrize("shape", [(28, 28), (29, 28), (120, 90)])
def test_of_any_other_the_digit_is_isolated(shape: tuple[int, int]) -> None:
    shown = as_shown(written(*shape, 230, 30))
    assert shown.shape == (28, 28)
    assert np.median(shown[[0, -1]]) == 0
    rows = np.flatnonzero((shown > 50).any(axis=1))
    assert 18 <= np.ptp(rows) + 1 <= 20


@pytest.mark.parametrize("value", [0, 255])
@pytest.mark.parametrize("side", [28, 100])
def test_no_digit(value: int, side: int) -> None:
    with pytest.raises(PictureError, match="Give a picture of one digit"):
        as_shown(np.full((side, side, 1), value, np.uint8))
