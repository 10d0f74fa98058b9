"""How far a classifier's scores can be trusted: measured on held-out pictures, kept in the model.

The held-out pictures are taken as they are, and augmented as in training: errors among pictures as
they are would be too few to count.
"""

import dataclasses

import numpy as np
from numpy.typing import NDArray

from digitile.data.augment import Augment
from digitile.data.dataset import Dataset
from digitile.engines import Engine
from digitile.errors import SettingError
from digitile.model import Model, tempered
from digitile.nn.layer import Array
from digitile.nn.loss import SoftmaxCrossEntropy
from digitile.training.chance import Purpose, generator
from digitile.training.settings import Settings

CONFIDENCES = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9998)
"""Where error rates are measured."""


def calibrated(
    model: Model, held_out: Dataset, settings: Settings, engine: Engine, seed: int
) -> Model:
    """Return a trained model with its temperature and error rates.

    Raises `SettingError` where no pictures are held out, or the network does not end in softmax.

    Parameters
    ----------
    held_out : Dataset
        Pictures that it was not trained on.
    settings : Settings
        Of its training: `calibration` and `augment`.
    engine : Engine
        Made for its network.
    seed : int
        Of the augmentation.
    """
    if len(held_out) == 0 or not isinstance(model.network.loss, SoftmaxCrossEntropy):
        raise SettingError(
            "calibration wants held-out pictures and a network that ends in softmax. Set "
            "validation=… above 0, or calibration=0."
        )
    augment, rng = Augment.parse(settings.augment), generator(seed, Purpose.CALIBRATION)
    times = settings.calibration
    images = [held_out.images, *(augment(held_out.images, rng) for _ in range(times))]
    labels = np.tile(held_out.labels, 1 + times)
    scores = engine.scores(model.theta, model.preprocess(np.concatenate(images)))
    temperature = fit_temperature(scores, labels)
    scores = tempered(scores, temperature)
    table = error_rates(scores.max(axis=1), scores.argmax(axis=1) == labels)
    return dataclasses.replace(model, temperature=temperature, error_rates=table)


def fit_temperature(scores: Array, labels: NDArray[np.int64]) -> float:
    """Return the T that makes right answers likeliest (Guo et al. 2017, §4.2).

    Parameters
    ----------
    scores : ndarray, float32, N×classes
        Softmax at T = 1.
    labels : ndarray of int, N

    Returns
    -------
    float
        0.1 to 10, to three digits.
    """
    from scipy.optimize import minimize_scalar

    z = np.log(np.maximum(scores, 1e-30).astype(np.float64))
    rows = np.arange(len(z))

    def loss(log_temperature: float) -> float:
        tempered_z = z / np.exp(log_temperature)
        losses = np.log(np.exp(tempered_z).sum(axis=1)) - tempered_z[rows, labels]
        return float(losses.mean())

    bounds = (np.log(0.1), np.log(10))
    found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-4}).x
    return float(f"{np.exp(found):.3g}")


def error_rates(
    confidences: NDArray[np.floating], right: NDArray[np.bool_]
) -> tuple[tuple[float, float, float], ...]:
    """Return the table of `Model.error_rates`, a row for each of `CONFIDENCES`.

    One error more is counted than was seen: few answers do not promise that there will be none.

    Parameters
    ----------
    confidences : ndarray, N
        Of answers, 0 to 1.
    right : ndarray of bool, N
        Whether each is right.
    """
    rows = []
    for least in CONFIDENCES:
        accepted = confidences >= least
        count, kept = int(accepted.sum()), int(right[accepted].sum())
        error = (count - kept + 1) / (count + 1)
        rows.append((least, round(error, 6), round(kept / max(1, int(right.sum())), 6)))
    return tuple(rows)
