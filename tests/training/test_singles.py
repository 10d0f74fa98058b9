import numpy as np
import pytest

from digitile.training.singles import VERSIONS

PICTURE = np.zeros((28, 28), np.uint8)
PICTURE[5:9, 10:20] = 255
PICTURE[4, 12] = 30  # fainter than ink


def test_versions_of_mnist() -> None:
    made = {name: change(PICTURE) for name, change in VERSIONS["mnist"].items()}
    np.testing.assert_array_equal(made["bare"], PICTURE)
    np.testing.assert_array_equal(made["negative"], 255 - PICTURE)
    np.testing.assert_array_equal(made["cut to the edge of the ink"], PICTURE[5:9, 10:20])
    large = made["three times as large"]
    assert large.shape == (84, 84)
    np.testing.assert_array_equal(large[1::3, 1::3], PICTURE)  # each pixel's middle is kept
    assert all(one.dtype == np.uint8 for one in made.values())


def test_a_picture_without_ink_stays_whole() -> None:
    blank = np.zeros((28, 28), np.uint8)
    assert VERSIONS["mnist"]["cut to the edge of the ink"](blank).shape == (28, 28)


def test_versions_of_digits() -> None:
    ((name, change),) = VERSIONS["digits"].items()
    assert name == "six times as large"
    large = change(np.full((8, 8), 77, np.uint8))
    assert large.shape == (48, 48)
    assert (large == 77).all()


@pytest.mark.parametrize("name", VERSIONS)
def test_pictures_themselves_stay(name: str) -> None:
    own = PICTURE.copy()
    for change in VERSIONS[name].values():
        change(own)
    np.testing.assert_array_equal(own, PICTURE)
