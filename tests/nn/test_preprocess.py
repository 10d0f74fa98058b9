"""wu2016 §2.1: the numbers come from training pictures and are applied as they are."""

import numpy as np
import pytest

from digitile.contrast import LEAST, even_contrast
from digitile.errors import SettingError
from digitile.nn.preprocess import Preprocess

IMAGES = np.random.default_rng(2).integers(0, 256, (50, 2, 4, 3), dtype=np.uint8)
IMAGES[:, 0, 0, 0] = 9  # a dimension that never changes


def test_scale_and_none() -> None:
    assert Preprocess.fit("scale", IMAGES)(np.full((1, 2, 4, 3), 255, np.uint8)).max() == 1
    np.testing.assert_array_equal(Preprocess.fit("none", IMAGES)(IMAGES), IMAGES)


def test_pictures_of_evened_contrast_have_mean_0_and_spread_1() -> None:
    noise = np.random.default_rng(1).normal(120, 25, (400, 400)).clip(0, 255).astype(np.uint8)
    x = Preprocess.fit("even", IMAGES)(even_contrast(noise)[None, None])
    assert abs(x.mean()) < 0.02
    assert x.std() == pytest.approx(25 / (25 + LEAST), abs=0.02)


def test_standardize_per_dimension_but_constant_ones_only_shift() -> None:
    x = Preprocess.fit("standardize", IMAGES)(IMAGES).astype(np.float64)
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-5)
    spread = x.std(axis=0)
    assert spread[0, 0, 0] == 0
    np.testing.assert_allclose(spread.ravel()[1:], 1, rtol=1e-5)
    other = IMAGES[:1].copy()
    other[0, 0, 0, 0] = 12
    assert Preprocess.fit("standardize", IMAGES)(other)[0, 0, 0, 0] == 3


def test_center_keeps_the_spread() -> None:
    x = Preprocess.fit("center", IMAGES)(IMAGES)
    np.testing.assert_allclose(x.mean(axis=0, dtype=np.float64), 0, atol=1e-4)
    np.testing.assert_allclose(x.std(axis=0), IMAGES.std(axis=0), rtol=1e-5)
    assert x.dtype == np.float32


def test_unknown_kind() -> None:
    with pytest.raises(SettingError, match="none, scale, even, standardize, center"):
        Preprocess.fit("whiten", IMAGES)
