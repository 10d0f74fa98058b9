"""Continental ones and sevens: labelled, normalised, from a seed, and told apart by their slope."""

import numpy as np
import pytest

from digitile.data import Dataset, fit_to
from digitile.data.continental import ONES, draw_1, draw_7, with_continental
from digitile.data.digits import load_digits
from digitile.errors import DataError


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return fit_to(load_digits().train, (1, 28, 28)).take(range(50))


def test_they_come_after_the_digits(digits: Dataset) -> None:
    one, again, other = (
        with_continental(digits, 60, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert len(one) == 110
    np.testing.assert_array_equal(one.images[:50], digits.images)
    np.testing.assert_array_equal(one.images, again.images)
    assert (one.images != other.images).any()
    drawn, labels = one.images[50:, 0], one.labels[50:]
    assert np.bincount(labels, minlength=10).tolist() == [
        0, round(ONES * 60), 0, 0, 0, 0, 0, 60 - round(ONES * 60), 0, 0
    ]  # fmt: skip
    for picture in drawn:
        rows, columns = (np.flatnonzero(picture.any(axis=axis)) for axis in (1, 0))
        assert 19 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 20


def test_a_seven_is_level_at_the_top_and_a_one_is_not() -> None:
    def width_of_the_top(ink: np.ndarray) -> float:
        rows = np.flatnonzero((ink > 0.5).any(axis=1))
        top = ink[rows[0] : rows[0] + 14]
        return float(np.ptp(np.flatnonzero((top > 0.5).any(axis=0))))

    rng = np.random.default_rng(0)
    ones = [width_of_the_top(draw_1(rng)) for _ in range(100)]
    sevens = [width_of_the_top(draw_7(rng)) for _ in range(100)]
    assert np.quantile(ones, 0.9) < np.quantile(sevens, 0.1)


def test_other_data_sets_are_refused(digits: Dataset) -> None:
    letters = Dataset("letters", digits.images, digits.labels, tuple("abcdefghij"))
    with pytest.raises(DataError, match="classes"):
        with_continental(letters, 1, np.random.default_rng(0))
    small = Dataset("small", digits.images[:, :, :8, :8], digits.labels, digits.classes)
    with pytest.raises(DataError, match="1×8×8"):
        with_continental(small, 1, np.random.default_rng(0))
