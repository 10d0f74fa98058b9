"""How well a model does on labelled pictures (li2017 (18))."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitile.data.dataset import Dataset
from digitile.errors import DataError
from digitile.model import Model
from digitile.nn.layer import Array, shape_text
from digitile.nn.loss import SoftmaxCrossEntropy
from digitile.training.settings import Settings


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A model's answers on a data set."""

    scores: Array  # float32, N×classes
    labels: NDArray[np.int64]  # N

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
    def chance(self) -> float:
        """The share that is right, 0 to 1, where each answer is the commonest class."""
        return float(np.bincount(self.labels).max() / len(self.labels))

    @property
    def chance_loss(self) -> float:
        """The cross-entropy where each class is given its share: no constant answer has less."""
        shares = np.bincount(self.labels) / len(self.labels)
        return -float(np.sum(shares * np.log(np.where(shares, shares, 1))))

    @property
    def is_chance(self) -> bool:
        """Whether no more is right than by chance, or so little more that it may be chance.

        That is up to two standard deviations of what chance gets right of so many pictures.
        """
        spread = math.sqrt(self.chance * (1 - self.chance) / len(self.labels))
        return 1 - self.error_rate < min(1.0, self.chance + 2 * spread)

    @property
    def confusion(self) -> NDArray[np.int64]:
        """How often class i (row) was answered j (column), classes×classes."""
        classes = self.scores.shape[1]
        pairs = self.labels * classes + self.answers
        return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)

    def worst(self, count: int) -> NDArray[np.intp]:
        """Return the positions of the `count` wrong answers that were surest, surest first."""
        rows = np.arange(len(self.labels))
        margin = self.scores[rows, self.answers] - self.scores[rows, self.labels]
        order = np.argsort(-margin, kind="stable")
        return order[margin[order] > 0][:count]


def chance_warning(model: Model, test: Evaluation, settings: Settings) -> str | None:
    """Return what to say of a trained model that has learnt nothing, else None.

    Parameters
    ----------
    model : Model
        As `digitile.training.run` gives it: its `about` has the mean loss of the last epoch.
    test : Evaluation
        Its answers to the test pictures.
    settings : Settings
        It was trained with.
    """
    loss, told, stays = model.about.get("epoch_loss"), "", False
    if loss is not None and isinstance(model.network.loss, SoftmaxCrossEntropy):
        chance, stays = test.chance_loss, loss >= test.chance_loss
        told = f"; the mean loss of the last epoch is {loss:.3f}, and {chance:.3f} by chance"
    if not (test.is_chance or stays):
        return None
    return (
        f"the network has learnt nothing: {100 * (1 - test.error_rate):.1f} % of the test pictures "
        f"are right, and {100 * test.chance:.1f} % would be with the commonest class alone{told}. "
        f"Try lr={settings.lr / 3:.2g} and lr={3 * settings.lr:.2g} in place of "
        f"lr={settings.lr:g}, more epochs than {settings.epochs}, or another init than "
        f"{settings.init}; and look whether each picture is in the folder of its class."
    )


def evaluate(model: Model, dataset: Dataset, engine: str = "tile") -> Evaluation:
    """Answer every picture of a data set.

    Parameters
    ----------
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
