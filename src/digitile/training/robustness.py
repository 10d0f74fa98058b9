"""How a model of digits holds out where pictures are not those of its training."""

from dataclasses import dataclass, replace

import numpy as np

from digitile.data.corruptions import CORRUPTIONS, corrupt
from digitile.data.dataset import Dataset
from digitile.data.nondigits import HELD_OUT, TRAINED, Draw, draw_nondigits
from digitile.model import Model
from digitile.training.metrics import evaluate

SEED = 20190605
"""Not a training's seed: what is drawn stays the same whatever is measured on it."""

KEPT = 0.98
"""The share of the digits that are accepted while non-digits are counted."""

NONDIGITS = 3000
"""Pictures of each group of non-digits."""


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
    refused : dict of str to float
        For each kind of non-digit, the share that is not accepted where a digit's score is
        asked for that leaves `KEPT` of the digits: new pictures of kinds that were trained
        (``trained kinds``), and kinds that were not.
    """

    right: float
    calibration_error: float
    corrupted: dict[str, float]
    refused: dict[str, float]

    @property
    def corrupted_mean(self) -> float:
        """The mean over the corruptions."""
        return float(np.mean(list(self.corrupted.values())))


def measure_robustness(model: Model, digits: Dataset, engine: str) -> Robustness:
    """Measure a model on digits it has not seen.

    Parameters
    ----------
    model : Model
        Its first classes are the digits.
    digits : Dataset
        Pictures of 1×28×28.
    engine : str
        A name from `digitile.engines`.

    Raises
    ------
    DataError
        Where the classes or shapes do not fit.
    """
    plain = evaluate(model, digits, engine)
    corrupted = {}
    for number, name in enumerate(CORRUPTIONS):
        images = corrupt(digits.images, name, np.random.default_rng((SEED, number)))
        changed = evaluate(model, replace(digits, images=images), engine)
        corrupted[name] = 1 - changed.error_rate
    known = len(digits.classes)
    least = np.quantile(plain.scores[:, :known].max(axis=1), 1 - KEPT, method="lower")
    kinds: dict[str, dict[str, Draw]] = {"trained kinds": TRAINED}
    kinds |= {name: {name: draw} for name, draw in HELD_OUT.items()}
    refused = {}
    for number, (name, draws) in enumerate(kinds.items()):
        rng = np.random.default_rng((SEED, 100 + number))
        images = draw_nondigits(digits.images, NONDIGITS, rng, draws)
        scores = model.scores(images, engine)[:, :known].max(axis=1)
        refused[name] = float(np.mean(scores < least))
    return Robustness(1 - plain.error_rate, plain.calibration_error, corrupted, refused)
