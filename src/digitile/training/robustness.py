"""How a classifier holds out where pictures are not those of its training."""

from dataclasses import dataclass, replace

import numpy as np

from digitile.data.corruptions import CORRUPTIONS, corrupt
from digitile.data.dataset import Dataset
from digitile.model import Model
from digitile.training.metrics import evaluate

SEED = 20190605
"""Not a training's seed: what is drawn stays the same whatever is measured on it."""


@dataclass(frozen=True)
class Robustness:
    """What was measured; shares from 0 to 1.

    Attributes
    ----------
    right : float
        Of the pictures as they are.
    calibration_error : float
        Expected calibration error on them.
    corrupted : dict of str to float
        Right answers after each of `CORRUPTIONS`.
    """

    right: float
    calibration_error: float
    corrupted: dict[str, float]

    @property
    def corrupted_mean(self) -> float:
        """The mean over the corruptions."""
        return float(np.mean(list(self.corrupted.values())))


def measure_robustness(model: Model, dataset: Dataset, engine: str) -> Robustness:
    """Measure a model on pictures it has not seen.

    Parameters
    ----------
    model : Model
    dataset : Dataset
        Gray pictures that `corrupt` takes.
    engine : str
        A name from `digitile.engines`.

    Raises
    ------
    DataError
        Where the classes are not the model's, or there is no picture.
    ShapeError
        Where the pictures do not have the model's shape, or cannot be corrupted.
    """
    plain = evaluate(model, dataset, engine)
    corrupted = {}
    for number, name in enumerate(CORRUPTIONS):
        images = corrupt(dataset.images, name, np.random.default_rng((SEED, number)))
        changed = evaluate(model, replace(dataset, images=images), engine)
        corrupted[name] = 1 - changed.error_rate
    return Robustness(1 - plain.error_rate, plain.calibration_error, corrupted)
