"""How far a model's scores can be trusted: measured on held-out pictures, kept in the model.

The held-out pictures are taken as they are, and augmented as in training: readers meet worse than
MNIST, and errors among pictures as they are would be too few to count.
"""

import dataclasses

import numpy as np
from numpy.typing import NDArray

from digitile.data.augment import Augment
from digitile.data.dataset import Dataset
from digitile.data.nondigits import NONE
from digitile.engines import Engine
from digitile.errors import SettingError
from digitile.model import Model, tempered
from digitile.nn.layer import Array
from digitile.nn.linear import Linear
from digitile.nn.loss import SoftmaxCrossEntropy
from digitile.training.chance import Purpose, generator
from digitile.training.settings import Settings

NONE_SHARE = 0.02
"""So many of the pictures that a model is shown in use are taken to be none. Training has more, to
learn from: where scores are doubtful, it would call digits none too often (Saerens, Latinne and
Decaestecker 2002)."""

CONFIDENCES = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9998)
"""Where error rates are measured."""


def calibrated(
    model: Model, held_out: Dataset, settings: Settings, engine: Engine, seed: int
) -> Model:
    """Return a trained model with its temperature and error rates, and its bias of `none` right.

    Parameters
    ----------
    model : Model
    held_out : Dataset
        Pictures that it was not trained on.
    settings : Settings
        Of its training: `calibration` and `augment`.
    engine : Engine
        Made for its network.
    seed : int
        Of the augmentation.

    Raises
    ------
    SettingError
        Where no pictures are held out, or the network does not end in softmax.
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
    none = model.classes.index(NONE) if NONE in model.classes else None
    theta = model.theta.copy()
    if none is None or not isinstance(model.network.layers[-1], Linear):
        temperature = fit_temperature(scores, labels)
    else:
        temperature, less = fit_none(scores, labels, none)
        model.network.arena.views(theta)[-1]["b"][none] -= less
        scores = scores * np.where(np.arange(scores.shape[1]) == none, np.exp(-less), 1)
        scores = np.asarray(scores / scores.sum(axis=1, keepdims=True), np.float32)
    table = error_rates(tempered(scores, temperature), labels, none)
    return dataclasses.replace(model, theta=theta, temperature=temperature, error_rates=table)


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
    return _fitted(scores, labels, np.ones(len(labels)), None)[0]


def fit_none(scores: Array, labels: NDArray[np.int64], none: int) -> tuple[float, float]:
    """Return T, and what the logit of `none` must lose, for NONE_SHARE of such pictures.

    Pictures that are none are weighed so that they make up that share; then right answers are made
    likeliest.

    Parameters
    ----------
    scores : ndarray, float32, N×classes
        Softmax at T = 1.
    labels : ndarray of int, N
    none : int
        The class.
    """
    are = labels == none
    weights = np.where(are, NONE_SHARE / max(are.sum(), 1), (1 - NONE_SHARE) / max((~are).sum(), 1))
    return _fitted(scores, labels, weights, none)


def _fitted(
    scores: Array, labels: NDArray[np.int64], weights: NDArray[np.float64], none: int | None
) -> tuple[float, float]:
    """Return T and the loss of `none`'s logit, 0 without `none`, of the least cross-entropy."""
    from scipy.optimize import minimize

    z = np.log(np.maximum(scores, 1e-30).astype(np.float64))
    rows = np.arange(len(z))

    def loss(given: NDArray[np.float64]) -> float:
        moved = z
        if none is not None:
            moved = z.copy()
            moved[:, none] -= given[1]
        tempered_z = moved / np.exp(given[0])
        losses = np.log(np.exp(tempered_z).sum(axis=1)) - tempered_z[rows, labels]
        return float(np.average(losses, weights=weights))

    start = np.zeros(1 if none is None else 2)
    bounds = [(np.log(0.1), np.log(10)), (-10, 10)][: len(start)]
    found = minimize(loss, start, method="Nelder-Mead", bounds=bounds, options={"xatol": 1e-4}).x
    less = 0.0 if none is None else float(f"{found[1]:.3g}")
    return float(f"{np.exp(found[0]):.3g}"), less


def error_rates(
    scores: Array, labels: NDArray[np.int64], none: int | None
) -> tuple[tuple[float, float, float], ...]:
    """Return the table of `Model.error_rates`, a row for each of `CONFIDENCES`.

    One error more is counted than was seen: few pictures do not promise that there will be none.

    Parameters
    ----------
    scores : ndarray, N×classes
    labels : ndarray of int, N
    none : int or None
        The class that is no digit; such an answer is never accepted.
    """
    answers, confidences = scores.argmax(axis=1), scores.max(axis=1)
    digits = labels != (-1 if none is None else none)
    rows = []
    for least in CONFIDENCES:
        accepted = confidences >= least
        if none is not None:
            accepted &= answers != none
        wrong, count = int((accepted & (answers != labels)).sum()), int(accepted.sum())
        error = (wrong + 1) / (count + 1)
        kept = int((accepted & digits).sum()) / max(1, int(digits.sum()))
        rows.append((least, round(error, 6), round(kept, 6)))
    return tuple(rows)
