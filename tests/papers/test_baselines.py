import numpy as np
import pytest

from digitile.data import Dataset, Splits, load_data
from digitile.papers.baselines import deskew, error_rate
from digitile.papers.experiment import Classifier


def slope(image: np.ndarray) -> float:
    """How far the ink moves sideways from row to row, by least squares."""
    y, x = np.nonzero(image)
    return float(np.polyfit(y, x, 1, w=np.sqrt(image[y, x].astype(float)))[0])


@pytest.mark.parametrize("slant", [-0.6, -0.25, 0.4])
def test_deskew_puts_a_slanted_stroke_upright(slant: float) -> None:
    image = np.zeros((28, 28), np.uint8)
    for y in range(5, 23):
        x = round(14 + slant * (y - 14))
        image[y, x - 1 : x + 2] = 255
    upright = deskew(image)
    assert abs(slope(image)) > 0.2
    assert abs(slope(upright)) < 0.03
    assert upright.sum() == pytest.approx(image.sum(), rel=0.02)
    ink = [np.average(np.arange(28), weights=picture.sum(axis=0)) for picture in (image, upright)]
    assert ink[0] == pytest.approx(ink[1], abs=0.2)


def test_deskew_leaves_what_has_no_slant() -> None:
    for image in (np.zeros((9, 9), np.uint8), np.eye(1, 9, 4, np.uint8).repeat(9, 0) * 200):
        assert np.array_equal(deskew(image), image)
    row = np.zeros((9, 9), np.uint8)
    row[4] = 200
    assert np.array_equal(deskew(row), row)


def test_one_neighbour_as_by_hand() -> None:
    splits = load_data("digits")
    train, test = splits.train, splits.test
    x = train.images.reshape(len(train), -1).astype(float)
    wrong = 0
    for image, label in zip(test.images, test.labels, strict=True):
        nearest = np.argmin(((x - image.reshape(-1)) ** 2).sum(axis=1))
        wrong += train.labels[nearest] != label
    assert error_rate(Classifier("neighbours"), splits, 0) == pytest.approx(wrong / len(test))


@pytest.mark.parametrize("method", ["neighbours", "svm"])
def test_few_pictures_are_drawn_by_the_seed(method: str) -> None:
    splits = load_data("digits")
    few = Classifier(method, train_pictures=100, test_pictures=200)  # type: ignore[arg-type]
    errors = [error_rate(few, splits, seed) for seed in (0, 0, 1, 2, 3)]
    assert errors[0] == errors[1]
    assert len(set(errors)) > 1
    assert all((200 * error).is_integer() for error in errors)
    assert max(errors) < 0.3


def test_deskewed_vectors_reach_the_classifier() -> None:
    # Strokes of one slant to learn from, of another to answer: right only when both are upright.
    def strokes(slant: float) -> Dataset:
        images = np.zeros((2, 1, 28, 28), np.uint8)
        for y in range(4, 24):
            x = round(14 + slant * (y - 14))
            images[0, 0, y, x - 1 : x + 1] = 255
            images[1, 0, y, x - 5 : x - 3] = images[1, 0, y, x + 3 : x + 5] = 255
        return Dataset("strokes", images, np.array([0, 1]), ("one", "two"))

    splits = Splits(strokes(0.5), strokes(-0.5))
    assert error_rate(Classifier("neighbours", deskew=True), splits, 0) == 0
