"""One digit out of a photo."""

import contextlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from digitile.data.isolate import isolate
from digitile.errors import PictureError
from digitile.pictures import load_picture

EXAMPLES = Path(__file__).parents[2] / "examples"


def written(height: int, width: int, paper: int, ink: int) -> np.ndarray:
    """A 7 on paper, H×W×1."""
    picture = np.full((height, width), paper, np.uint8)
    points = np.array([[0.3, 0.25], [0.7, 0.25], [0.45, 0.8]]) * [width, height]
    cv2.polylines(picture, [np.rint(points).astype(np.int32)], False, ink, max(2, width // 12))
    return picture[:, :, None]


def test_what_is_normalised_stays_nearly_as_it_is() -> None:
    shown = isolate(written(300, 240, 230, 30))
    again = isolate(shown[:, :, None]).astype(int)
    assert np.abs(again - shown).mean() < 6


@pytest.mark.parametrize(("paper", "ink"), [(230, 30), (40, 220), (200, 140)])
@pytest.mark.parametrize("shape", [(28, 28), (29, 28), (120, 90), (1500, 1100)])
def test_of_any_other_the_digit_is_isolated(shape: tuple[int, int], paper: int, ink: int) -> None:
    shown = isolate(written(*shape, paper, ink))
    assert shown.shape == (28, 28)
    assert np.median(shown[[0, -1]]) == 0
    rows = np.flatnonzero((shown > 50).any(axis=1))
    assert 18 <= np.ptp(rows) + 1 <= 20
    # the bar of the 7 is wide, its foot is not
    assert np.count_nonzero(shown[rows[1]] > 50) > 8
    assert np.count_nonzero(shown[rows[-2]] > 50) < 6


def test_what_is_around_the_digit_is_left_out() -> None:
    photo = written(300, 240, 230, 30)
    light = np.linspace(0.45, 1, 240)[None, :, None]
    specked = np.rint(photo * light).astype(np.uint8)
    specked[20:23, 30:33] = specked[280:283, 200:203] = 20
    assert np.abs(isolate(specked).astype(int) - isolate(photo)).mean() < 6


def test_the_parts_of_a_digit_stay_together() -> None:
    picture = np.full((200, 160, 1), 240, np.uint8)
    picture[40:55, 50:120] = 20  # the bar of a 5 that stands off
    picture[62:160, 50:65] = 20
    rows = np.flatnonzero((isolate(picture) > 50).any(axis=1))
    assert np.ptp(rows) + 1 >= 19
    assert (isolate(picture)[rows[0] : rows[0] + 2] > 50).any(axis=0).sum() > 8


@pytest.mark.parametrize(
    "name", ["two-shadow.jpg", "four-squared-paper.jpg", "six-chalk.jpg", "nine-white-on-black.png"]
)
def test_photos(name: str) -> None:
    shown = isolate(load_picture(EXAMPLES / name))
    pieces, _ = cv2.connectedComponents((shown > 60).astype(np.uint8))
    assert pieces == 2  # paper and one digit
    assert 30 < np.count_nonzero(shown > 100) < 200


@pytest.mark.parametrize("value", [0, 255])
@pytest.mark.parametrize("shape", [(28, 28, 1), (100, 100, 3), (1, 1, 1), (1, 900, 4)])
def test_no_digit(value: int, shape: tuple[int, ...]) -> None:
    with pytest.raises(PictureError, match="Give a picture of one digit"):
        isolate(np.full(shape, value, np.uint8))


def test_noise_is_a_digit_or_a_typed_error() -> None:
    rng = np.random.default_rng(0)
    for shape in ((1, 2, 1), (3, 200, 1), (40, 30, 3), (64, 64, 4)):
        with contextlib.suppress(PictureError):
            assert isolate(rng.integers(0, 256, shape, dtype=np.uint8)).shape == (28, 28)
