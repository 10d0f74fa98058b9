"""Pictures on their way to an engine: by OpenCV, or as maps for one that moves them itself."""

import numpy as np
import pytest
from scipy import ndimage

from digitile.data.augment import Augment
from digitile.errors import ShapeError
from digitile.training.augmented import AugmentedPictures
from digitile.training.chance import Purpose, generator
from tests.training.quadrants import quadrants

IMAGES = quadrants(30, 0).images
ORDER = np.random.default_rng(1).permutation(30)[:24].reshape(4, 6)


def of(text: str, order: np.ndarray = ORDER, first: int = 5) -> AugmentedPictures:
    return AugmentedPictures(Augment.parse(text), IMAGES, order, 7, first)


@pytest.mark.parametrize("text", ["shift(1) rotate(10)", "elastic(1,2)"])
def test_each_iteration_has_its_own_stream(text: str) -> None:
    """What comes out depends on the seed and the iteration, not on how many steps go at once."""
    whole, augment = of(text).pictures(), Augment.parse(text)
    for step in range(4):
        drawn = augment(IMAGES[ORDER[step]], generator(7, Purpose.AUGMENT, 5 + step))
        np.testing.assert_array_equal(whole[6 * step : 6 * step + 6], drawn)
        alone = of(text, ORDER[step : step + 1], 5 + step)
        np.testing.assert_array_equal(alone.pictures(), drawn)
    assert whole[:6].tobytes() != augment(IMAGES[ORDER[0]], generator(7, Purpose.AUGMENT)).tobytes()


def test_the_maps_are_those_of_the_pictures() -> None:
    """SciPy, told by the maps where to take values, finds what OpenCV found."""
    augmented = of("shift(2) flip rotate(20) scale(0.3) shear(0.2)")
    before = augmented.pictures()
    back = augmented.ways_back()
    assert back is not None
    assert back.shape == (4, 6, 2, 3)
    np.testing.assert_array_equal(augmented.pictures(), before)  # asking has changed nothing
    y, x = np.mgrid[:8, :8]
    for picture, old, m in zip(before, IMAGES[ORDER.ravel()], back.reshape(-1, 2, 3), strict=True):
        columns, rows = np.tensordot(m, np.stack([x, y, np.ones_like(x)]), axes=1)
        padded = np.pad(old[0].astype(float), 1)
        taken = ndimage.map_coordinates(padded, [rows + 1, columns + 1], order=1)
        assert np.abs(taken - picture[0]).max() <= 8.5  # OpenCV counts in 1/32 of a pixel


@pytest.mark.parametrize("text", ["none", "elastic(1,2)", "shift(1) elastic(1,2)"])
def test_what_is_not_moved_as_a_whole_has_no_maps(text: str) -> None:
    assert of(text).ways_back() is None


def test_a_shift_out_of_sight_is_refused_either_way() -> None:
    for way in (of("shift(8)").pictures, of("shift(8)").ways_back):
        with pytest.raises(ShapeError, match="out of sight"):
            way()
