"""Error rate, confusion and worst answers by hand, and by scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from digitile.data.dataset import Dataset
from digitile.errors import DataError
from digitile.training.loop import Trainer
from digitile.training.metrics import Evaluation, chance_warning, evaluate
from tests.training.quadrants import SETTINGS, parts, splits


def test_by_hand() -> None:
    scores = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.7, 0.3]], np.float32)
    result = Evaluation(scores, np.array([0, 1, 1, 1]))
    assert result.errors == 2
    assert result.error_rate == 0.5
    assert result.confusion.tolist() == [[1, 0], [2, 1]]
    assert result.worst(5).tolist() == [3, 1]
    assert result.worst(1).tolist() == [3]


def answered(right: int, of: int, classes: int) -> Evaluation:
    """`right` of `of` pictures are answered rightly, as many of each class."""
    labels = np.arange(of) % classes
    answers = np.where(np.arange(of) < right, labels, (labels + 1) % classes)
    return Evaluation(np.eye(classes)[answers], labels)


@pytest.mark.parametrize(
    ("right", "of", "classes", "is_chance"),
    [  # 10 % of 1,000: two standard deviations are 1.9 %
        (100, 1000, 10, True), (118, 1000, 10, True), (120, 1000, 10, False), (0, 9, 3, True),
        (4, 4, 2, False), (6, 8, 2, True), (8, 8, 2, False),
    ],
)  # fmt: skip
def test_what_may_be_chance(right: int, of: int, classes: int, is_chance: bool) -> None:
    result = answered(right, of, classes)
    assert result.chance == pytest.approx(-(-of // classes) / of)
    assert result.is_chance == is_chance
    model = Trainer(SETTINGS, parts(SETTINGS), "reference", 0).model({})
    told = chance_warning(model, result, SETTINGS)
    assert (told is not None) == is_chance
    if told:
        assert "Try lr=0.033 and lr=0.3 in place of lr=0.1" in told


def test_a_loss_that_is_that_of_chance() -> None:
    """Of right answers, as a network may give that was not trained."""
    result = answered(10, 10, 2)
    assert result.chance_loss == pytest.approx(np.log(2))
    assert answered(3, 3, 1).chance_loss == 0
    trainer = Trainer(SETTINGS, parts(SETTINGS), "reference", 0)
    for loss, stays in ((0.693, False), (0.694, True), (9.0, True), (None, False)):
        told = chance_warning(trainer.model({"epoch_loss": loss}), result, SETTINGS)
        assert (told is not None) == stays
        assert told is None or f"the last epoch is {loss:.3f}, and 0.693 by chance" in told


def test_confusion_by_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    result = Evaluation(rng.random((200, 5), np.float32), rng.integers(0, 5, 200))
    expected = confusion_matrix(result.labels, result.answers, labels=range(5))
    np.testing.assert_array_equal(result.confusion, expected)


def test_other_classes_and_no_pictures() -> None:
    data = splits()
    model = Trainer(SETTINGS, parts(SETTINGS), "reference", 0).model({})
    other = Dataset("abcd", data.test.images, data.test.labels, ("a", "b", "c", "d"))
    with pytest.raises(DataError, match="abcd has the classes a, b, c, d, but the model knows nw"):
        evaluate(model, other, "reference")
    few = Dataset("two", data.test.images, data.test.labels % 2, ("nw", "ne"))
    with pytest.raises(DataError, match="two has the classes nw, ne, but"):
        evaluate(model, few, "reference")
    with pytest.raises(DataError, match="no pictures"):
        evaluate(model, data.test.take([]), "reference")
