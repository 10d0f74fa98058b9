"""One gray picture from any: size, colour and transparency."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from digitile.errors import ShapeError
from digitile.reader.gray import MOST_ENLARGED, SHORT_SIDE, WORK_AREA, WORK_SIDE, to_gray

CROSS = np.zeros((180, 240), bool)
CROSS[30:150, 105:126] = CROSS[78:99, 60:180] = True


def test_gray_stays_as_it_is() -> None:
    gray = np.random.default_rng(0).integers(0, 256, (180, 240), dtype=np.uint8)
    for channels in (1, 3):
        reduced = to_gray(np.repeat(gray[:, :, None], channels, axis=2))
        np.testing.assert_array_equal(reduced.gray, gray)
        assert reduced.scale == 1


def test_large_pictures_are_averaged_to_working_size() -> None:
    checks = np.indices((256, 16384)).sum(axis=0).astype(np.uint8) % 2 * 200
    reduced = to_gray(checks[:, :, None])
    assert reduced.scale == WORK_SIDE / 16384
    assert reduced.gray.shape == (64, WORK_SIDE)
    assert np.ptp(reduced.gray) == 0
    assert reduced.gray[0, 0] == 100
    assert to_gray(np.zeros((1, 5000, 3), np.uint8)).gray.shape == (1, WORK_SIDE)
    assert to_gray(np.zeros((2400, 1800, 1), np.uint8)).gray.size == pytest.approx(WORK_AREA, 0.01)


def test_small_pictures_are_enlarged() -> None:
    assert to_gray(np.zeros((60, 150, 1), np.uint8)).gray.shape == (SHORT_SIDE, 300)
    tiny = to_gray(np.zeros((20, 30, 3), np.uint8))
    assert tiny.gray.shape == (20 * MOST_ENLARGED, 30 * MOST_ENLARGED)
    assert tiny.scale == MOST_ENLARGED


@pytest.mark.parametrize(
    ("paper", "ink"),
    [((110, 140, 80), (200, 90, 90)), ((255, 255, 255), (250, 235, 60))],
    ids=["red on green as bright", "yellow on white"],
)
def test_colours_that_differ_little_in_brightness(
    paper: tuple[int, int, int], ink: tuple[int, int, int]
) -> None:
    gray = to_gray(np.where(CROSS[:, :, None], ink, paper).astype(np.uint8)).gray.astype(int)
    assert abs(gray[CROSS].mean() - gray[~CROSS].mean()) >= 50


@pytest.mark.parametrize(("ink", "ground"), [((20, 30, 90), 255), ((250, 240, 200), 0)])
def test_transparency_that_draws_the_digit(ink: tuple[int, int, int], ground: int) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (180, 240, 4), dtype=np.uint8)
    picture[CROSS] = (*ink, 255)
    picture[~CROSS, 3] = 0  # the colours below stay, unseen
    gray = to_gray(picture).gray
    assert (gray[~CROSS] == ground).all()
    assert abs(int(gray[CROSS].mean()) - ground) > 100


def test_transparent_corners_of_a_photo_look_like_its_paper() -> None:
    picture = np.full((180, 240, 4), (200, 200, 200, 255), np.uint8)
    picture[CROSS, :3] = 30
    picture[:8, :8] = 0
    gray = to_gray(picture).gray
    assert (gray[:8, :8] == 200).all()
    assert (gray[CROSS] == 30).all()


def test_nothing_but_transparency_is_white() -> None:
    assert (to_gray(np.zeros((5, 4, 4), np.uint8)).gray == 255).all()


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
