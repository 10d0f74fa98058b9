"""How well a model does on labelled pictures (li2017 (18))."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitile.data.dataset import Dataset
from digitile.errors import DataError
from digitile.model import Model
from digitile.nn.layer import Array, shape_text


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A model's answers on a data set.

    Attributes
    ----------
    scores : ndarray, float32, N×classes
    labels : ndarray of int, N
    """

    scores: Array
    labels: NDArray[np.int64]

    @property
    def answers(self) -> NDArray[np.intp]:
        """The class with the largest score, N."""
        return np.asarray(self.scores.argmax(axis=1))

    @property
    def errors(self) -> int:
        """Pictures answered wrongly."""
        return int(np.count_nonzero(self.answers != self.labels))

    @property
    def error_rate(self) -> float:
        """Wrong answers / pictures, 0 to 1: li2017 (18) without its ×100."""
        return self.errors / len(self.labels)

    @property
    def confusion(self) -> NDArray[np.int64]:
        """How often class i (row) was answered j (column), classes×classes."""
        classes = self.scores.shape[1]
        pairs = self.labels * classes + self.answers
        return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)

    @property
    def calibration_error(self) -> float:
        """Expected calibration error, 0 to 1 (Guo et al. 2017 (3)).

        Answers are put in 15 bins by their score; Σ bin's share · |share right − mean score|.
        """
        scores, right = self.scores.max(axis=1), self.answers == self.labels
        bins = np.clip(np.ceil(scores * 15).astype(int) - 1, 0, 14)
        gaps = np.bincount(bins, right - scores.astype(np.float64), 15)
        return float(np.abs(gaps).sum() / len(scores))

    def worst(self, count: int) -> NDArray[np.intp]:
        """Return the positions of the `count` wrong answers that were surest, surest first."""
        rows = np.arange(len(self.labels))
        margin = self.scores[rows, self.answers] - self.scores[rows, self.labels]
        order = np.argsort(-margin, kind="stable")
        return order[margin[order] > 0][:count]


def evaluate(model: Model, dataset: Dataset, engine: str) -> Evaluation:
    """Answer every picture of a data set.

    Parameters
    ----------
    model : Model
    dataset : Dataset
        Pictures of the model's input shape, with its classes.
    engine : str
        A name from `digitile.engines`.

    Raises
    ------
    DataError
        Where the classes are not the model's, or there is no picture.
    ShapeError
        Where the pictures do not have the model's shape.
    """
    if dataset.classes != model.classes:
        raise DataError(
            f"{dataset.name} has the classes {', '.join(dataset.classes)}, but the model knows "
            f"{', '.join(model.classes)}. Use data with the same classes in the same order."
        )
    if len(dataset) == 0:
        raise DataError(
            f"{dataset.name} has no pictures of {shape_text(model.network.input_shape)}."
        )
    return Evaluation(model.scores(dataset.images, engine), dataset.labels)
