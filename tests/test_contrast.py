"""Evened contrast, against means and deviations of windows computed one by one."""

import numpy as np
import pytest

from digitile.contrast import LEAST, MIDDLE, SPREAD, SQUARE, even_contrast


def test_each_pixel_is_measured_by_its_square():
    gray = np.random.default_rng(0).integers(0, 256, (110, 130), np.uint8)
    wide = np.pad(gray.astype(float), SQUARE // 2, mode="reflect")
    even = even_contrast(gray)
    for y, x in [(0, 0), (5, 129), (60, 70), (109, 3)]:
        square = wide[y : y + SQUARE, x : x + SQUARE]
        expected = MIDDLE + SPREAD * (gray[y, x] - square.mean()) / (square.std() + LEAST)
        assert abs(even[y, x] - np.clip(expected, 0, 255)) < 1.01


def test_light_and_contrast_hardly_matter():
    gray = np.random.default_rng(1).integers(0, 200, (90, 140)).astype(np.float64)
    weak = np.rint(0.5 * gray + 60).astype(np.uint8)
    difference = even_contrast(gray.astype(np.uint8)).astype(int) - even_contrast(weak)
    assert np.abs(difference).mean() < 6


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (20, 5), (97, 97)])
def test_blank_pictures_of_any_size_are_gray(shape):
    assert (even_contrast(np.full(shape, 7, np.uint8)) == MIDDLE).all()
