import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from PIL import Image

from digitile.data import Dataset, fit_picture, fit_to
from digitile.errors import DataError, ShapeError

RNG = np.random.default_rng(3)


def noise(*shape: int) -> np.ndarray:
    return RNG.integers(0, 256, shape, dtype=np.uint8)


def some(images: np.ndarray) -> Dataset:
    return Dataset("some", images, np.zeros(len(images), np.int64), ("a",))


def test_mnist_to_32_is_two_zeros_all_around() -> None:
    images = noise(3, 1, 28, 28)
    fitted = fit_to(some(images), (1, 32, 32))
    np.testing.assert_array_equal(fitted.images, np.pad(images, [(0, 0), (0, 0), (2, 2), (2, 2)]))
    assert fitted.labels.tolist() == [0, 0, 0]


def test_eight_to_28_is_three_times_and_two_zeros_all_around() -> None:
    image = noise(1, 1, 8, 8)
    fitted = fit_to(some(image), (1, 28, 28)).images[0, 0]
    larger = Image.fromarray(image[0, 0]).resize((24, 24), Image.Resampling.BILINEAR)
    # Pillow rounds after each axis
    assert np.abs(fitted[2:-2, 2:-2].astype(int) - np.asarray(larger)).max() <= 1
    fitted[2:-2, 2:-2] = 0
    assert not fitted.any()


@pytest.mark.parametrize("factor", [2, 3, 5])
def test_shrinking_by_a_whole_factor_is_the_mean_of_blocks(factor: int) -> None:
    image = noise(28 * factor, 28 * factor, 1)
    means = image.reshape(28, factor, 28, factor).mean(axis=(1, 3))
    assert np.abs(fit_picture(image, (1, 28, 28))[0] - means).max() <= 0.5001


def test_the_ratio_of_the_sides_stays() -> None:
    """10×40 into 28×28 is 7×28, with 10 rows above and 11 below."""
    fitted = fit_picture(np.full((10, 40, 1), 200, np.uint8), (1, 28, 28))
    assert np.flatnonzero(fitted[0].any(axis=1)).tolist() == list(range(10, 17))
    assert (fitted[0, 10:17] == 200).all()


def test_one_side_too_long_shrinks_both() -> None:
    fitted = fit_picture(np.full((56, 4, 1), 9, np.uint8), (1, 28, 28))
    assert np.flatnonzero(fitted[0].any(axis=0)).tolist() == [13, 14]


def test_gray_to_colour() -> None:
    image = noise(5, 5, 1)
    np.testing.assert_array_equal(
        fit_picture(image, (3, 5, 5)), np.repeat(image.transpose(2, 0, 1), 3, axis=0)
    )


def test_colour_to_gray_is_luma() -> None:
    """255·(0.299, 0.587, 0.114) = 76.2, 149.7, 29.1."""
    image = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]], np.uint8)
    assert fit_picture(image, (1, 1, 4)).tolist() == [[[76, 150, 29, 255]]]


def test_transparent_parts_are_white_paper() -> None:
    image = np.array([[[0, 0, 0, 255], [0, 0, 0, 0], [0, 0, 0, 51], [10, 20, 30, 255]]], np.uint8)
    gray = fit_picture(image, (1, 1, 4))[0, 0]
    assert gray[:3].tolist() == [0, 255, 204]
    assert fit_picture(image, (3, 1, 4))[:, 0, 3].tolist() == [10, 20, 30]


@settings(deadline=None)
@given(
    st.tuples(st.integers(1, 70), st.integers(1, 70), st.sampled_from([1, 3, 4])),
    st.tuples(st.sampled_from([1, 3]), st.integers(1, 40), st.integers(1, 40)),
)
def test_a_plain_picture_stays_plain_in_the_middle(
    size: tuple[int, int, int], shape: tuple[int, int, int]
) -> None:
    """Whatever the sizes: one block of the same value, as wide or as high as it may be."""
    picture = np.full(size, 255, np.uint8)
    fitted = fit_picture(picture, shape)
    assert fitted.shape == shape
    assert set(np.unique(fitted)) <= {0, 255}
    rows, columns = (np.flatnonzero(fitted[0].any(axis=axis)) for axis in (1, 0))
    assert (fitted[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] == 255).all()
    for where, side in ((rows, shape[1]), (columns, shape[2])):
        assert side - 1 - where[-1] - where[0] in (0, 1)  # centred
    height, width = len(rows), len(columns)
    if size[0] <= shape[1] and size[1] <= shape[2]:
        factor = height // size[0]
        assert (height, width) == (factor * size[0], factor * size[1])
        assert (factor + 1) * size[0] > shape[1] or (factor + 1) * size[1] > shape[2]
    else:
        assert height == shape[1] or width == shape[2]


def test_a_very_long_picture() -> None:
    assert fit_picture(np.full((32_000, 2, 3), 9, np.uint8), (1, 28, 28)).sum() == 28 * 9


def test_the_same_shape_is_left_alone() -> None:
    dataset = some(noise(2, 3, 4, 5))
    assert fit_to(dataset, (3, 4, 5)) is dataset


def test_no_pictures() -> None:
    assert fit_to(some(noise(0, 1, 8, 8)), (1, 28, 28)).images.shape == (0, 1, 28, 28)


@pytest.mark.parametrize("shape", [(784,), (2, 28, 28), (1, 0, 28), (1, 28), (1, 1, 28, 28)])
def test_shapes_that_are_not_of_pictures(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=r"Use 1 .gray. or 3 .colour. × height × width"):
        fit_to(some(noise(1, 1, 28, 28)), shape)


def test_too_much_memory() -> None:
    with pytest.raises(DataError, match="2 pictures of 1×65536×65536 would fill"):
        fit_to(some(noise(2, 1, 8, 8)), (1, 65536, 65536))
