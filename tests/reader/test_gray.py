"""One gray picture from any: size, colour and transparency."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from digitile.errors import ShapeError
from digitile.reader.gray import MOST_PIXELS, to_gray

CROSS = np.zeros((180, 240), bool)
CROSS[30:150, 105:126] = CROSS[78:99, 60:180] = True


def test_gray_stays_as_it_is() -> None:
    gray = np.random.default_rng(0).integers(0, 256, (180, 240), dtype=np.uint8)
    for channels in (1, 3):
        np.testing.assert_array_equal(to_gray(np.repeat(gray[:, :, None], channels, 2)), gray)


def test_large_pictures_are_averaged() -> None:
    checks = np.indices((4000, 4000)).sum(axis=0).astype(np.uint8) % 2 * 200
    gray = to_gray(checks[:, :, None])
    assert gray.shape == (2000, 2000)
    assert gray.size <= MOST_PIXELS
    assert (gray == 100).all()
    assert to_gray(np.zeros((1, 20_000, 3), np.uint8)).shape == (1, 20_000)


@pytest.mark.parametrize(
    ("paper", "ink"),
    [((110, 140, 80), (200, 90, 90)), ((255, 255, 255), (250, 235, 60))],
    ids=["red on green as bright", "yellow on white"],
)
def test_colours_that_differ_little_in_brightness(
    paper: tuple[int, int, int], ink: tuple[int, int, int]
) -> None:
    gray = to_gray(np.where(CROSS[:, :, None], ink, paper).astype(np.uint8)).astype(int)
    assert abs(gray[CROSS].mean() - gray[~CROSS].mean()) >= 50


@pytest.mark.parametrize(("ink", "ground"), [((20, 30, 90), 255), ((250, 240, 200), 0)])
def test_transparency_that_draws_the_digit(ink: tuple[int, int, int], ground: int) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (180, 240, 4), dtype=np.uint8)
    picture[CROSS] = (*ink, 255)
    picture[~CROSS, 3] = 0  # the colours below stay, unseen
    gray = to_gray(picture)
    assert (gray[~CROSS] == ground).all()
    assert abs(int(gray[CROSS].mean()) - ground) > 100


def test_transparent_corners_of_a_photo_look_like_its_paper() -> None:
    picture = np.full((180, 240, 4), (200, 200, 200, 255), np.uint8)
    picture[CROSS, :3] = 30
    picture[:8, :8] = 0
    gray = to_gray(picture)
    assert (gray[:8, :8] == 200).all()
    assert (gray[CROSS] == 30).all()


def test_nothing_but_transparency_is_white() -> None:
    assert (to_gray(np.zeros((5, 4, 4), np.uint8)) == 255).all()


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((5, 4), np.uint8),
        np.zeros((5, 4, 2), np.uint8),
        np.zeros((5, 4, 3), np.float32),
        np.zeros((0, 4, 1), np.uint8),
    ],
    ids=["two axes", "two channels", "floats", "no rows"],
)
def test_what_is_no_picture(picture: NDArray[Any]) -> None:
    with pytest.raises(ShapeError, match="picture"):
        to_gray(picture)
