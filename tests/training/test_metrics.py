"""Error rate, confusion and worst answers by hand, and by scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from digitile.data.dataset import Dataset
from digitile.errors import DataError
from digitile.training.loop import Trainer
from digitile.training.metrics import Evaluation, evaluate
from tests.training.quadrants import SETTINGS, parts, splits


def test_by_hand() -> None:
    scores = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.7, 0.3]], np.float32)
    result = Evaluation(scores, np.array([0, 1, 1, 1]))
    assert result.errors == 2
    assert result.error_rate == 0.5
    assert result.confusion.tolist() == [[1, 0], [2, 1]]
    assert result.worst(5).tolist() == [3, 1]
    assert result.worst(1).tolist() == [3]


def test_confusion_by_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    result = Evaluation(rng.random((200, 5), np.float32), rng.integers(0, 5, 200))
    expected = confusion_matrix(result.labels, result.answers, labels=range(5))
    np.testing.assert_array_equal(result.confusion, expected)


def test_calibration_error_by_hand() -> None:
    """Two bins: 3 of 4 right at 0.8, and 0 of 1 at 0.55."""
    scores = np.array([[0.8, 0.2]] * 4 + [[0.55, 0.45]])
    result = Evaluation(scores, np.array([0, 0, 0, 1, 1]))
    assert result.calibration_error == pytest.approx(4 / 5 * 0.05 + 1 / 5 * 0.55)


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
