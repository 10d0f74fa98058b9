"""Pictures of what is no digit: of their kinds, from a seed, normalised."""

import numpy as np
import pytest
from scipy import ndimage

from digitile.data import Dataset, fit_to
from digitile.data.digits import load_digits
from digitile.data.nondigits import HELD_OUT, NONE, TRAINED, draw_nondigits, with_nondigits
from digitile.errors import DataError

KINDS = {**TRAINED, **HELD_OUT}


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return fit_to(load_digits().train, (1, 28, 28)).take(range(200))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind(kind: str, digits: Dataset) -> None:
    one, again, other = (
        draw_nondigits(digits.images, 30, np.random.default_rng(seed), {kind: KINDS[kind]})
        for seed in (1, 1, 2)
    )
    assert one.shape == (30, 1, 28, 28)
    assert one.dtype == np.uint8
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()
    drawn = one[one.any(axis=(1, 2, 3)), 0]
    assert len(drawn) >= (15 if kind == "faint" else 28)
    assert len(np.unique(drawn.reshape(len(drawn), -1), axis=0)) > 0.7 * len(drawn)
    for picture in drawn:  # as normalised: a box of 20, its middle of mass in the middle
        rows, columns = (np.flatnonzero(picture.any(axis=axis)) for axis in (1, 0))
        assert max(np.ptp(rows), np.ptp(columns)) + 1 <= 20
        centre = np.array(ndimage.center_of_mass(picture))
        free = min(rows[0], columns[0], 27 - rows[-1], 27 - columns[-1]) > 0
        assert not free or np.abs(centre - 13.5).max() <= 1.01


def test_fragments_have_ink_of_digits_and_no_ring(digits: Dataset) -> None:
    bright = draw_nondigits(digits.images, 60, np.random.default_rng(0), {"": TRAINED["fragment"]})
    for picture in bright[:, 0]:
        paper, count = ndimage.label(np.pad(picture, 1) < 60)
        sizes = np.bincount(paper.ravel())[1:]
        assert count == 1 or np.sort(sizes)[-2] < 12  # a gap between grays, no ring


def test_pairs_are_two_digits_wide(digits: Dataset) -> None:
    def shape(pictures: np.ndarray) -> float:
        inked = pictures[:, 0] > 50
        return float((inked.any(axis=1).sum(axis=1) / inked.any(axis=2).sum(axis=1)).mean())

    pairs = draw_nondigits(digits.images, 60, np.random.default_rng(0), {"": TRAINED["pair"]})
    assert 1.5 < shape(pairs) / shape(digits.images) < 2.1


def test_a_class_more(digits: Dataset) -> None:
    wider = with_nondigits(digits, 24, np.random.default_rng(0), TRAINED)
    assert wider.classes == (*"0123456789", NONE)
    np.testing.assert_array_equal(wider.images[:200], digits.images)
    np.testing.assert_array_equal(wider.labels, [*digits.labels, *[10] * 24])
    again = with_nondigits(digits, 24, np.random.default_rng(0), TRAINED)
    np.testing.assert_array_equal(wider.images, again.images)
    assert len(with_nondigits(digits, 0, np.random.default_rng(0), TRAINED)) == 200


def test_what_is_trained_is_not_what_is_tested() -> None:
    assert not set(TRAINED.values()) & set(HELD_OUT.values())


def test_other_pictures_are_refused(digits: Dataset) -> None:
    with pytest.raises(DataError, match="0 pictures of 1×28×28, but"):
        with_nondigits(digits.take([]), 5, np.random.default_rng(0), TRAINED)
    small = load_digits().train
    with pytest.raises(DataError, match=r"of 1×8×8, but .* of 1×28×28. Use mnist"):
        with_nondigits(small, 5, np.random.default_rng(0), TRAINED)
