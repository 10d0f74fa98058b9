"""How far an answer can be trusted: calibrated confidences, and when to reject.

A model's header may hold, under ``trust``, what `Trust.fit` measured on pictures that had no part
in training: a temperature, and the error rate above each of some confidences.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitile.errors import SettingError
from digitile.model import Model

CONFIDENCES = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999, 0.99999)
"""Where error rates are measured."""

SURE = 0.95
"""A measured error rate is its upper bound at this level (Clopper and Pearson 1934)."""

LIKELIER = 0.5
"""Without an error rate asked for, answers likelier right than wrong are accepted."""

LEAST = 1e-9
"""No score is taken to be less."""


@dataclass(frozen=True)
class Trust:
    """What was measured of a model's confidences.

    Attributes
    ----------
    temperature : float
        Logarithms of scores are divided by it, to make them probabilities (Guo et al. 2017).
    errors : tuple of (confidence, error rate)
        Of answers at least so confident, at most so many are wrong. Empty where nothing was
        measured: confidences are taken at their word.
    """

    temperature: float = 1.0
    errors: tuple[tuple[float, float], ...] = ()

    @classmethod
    def of(cls, model: Model) -> "Trust":
        """Return what a model's header says; the defaults where it says nothing that fits."""
        told = model.about.get("trust", {})
        try:
            trust = cls(
                float(told["temperature"]), tuple((float(c), float(e)) for c, e in told["errors"])
            )
        except (TypeError, KeyError, ValueError):
            return cls()
        return trust if 0.05 <= trust.temperature <= 20 else cls()

    @classmethod
    def fit(cls, scores: NDArray[np.floating], labels: NDArray[np.integer]) -> "Trust":
        """Return what held-back answers show.

        Parameters
        ----------
        scores : ndarray, float, N×classes
            The model's scores of pictures it was not trained on.
        labels : ndarray, int, N
            Their classes.
        """
        from scipy.optimize import minimize_scalar
        from scipy.stats import beta

        rows = np.arange(len(labels))

        def loss(log_temperature: float) -> float:
            p = tempered(scores, float(np.exp(log_temperature)))
            return -float(np.log(np.maximum(p[rows, labels], LEAST)).mean())

        found = minimize_scalar(loss, bounds=(np.log(0.05), np.log(20)), method="bounded")
        temperature = float(np.exp(found.x))
        p = tempered(scores, temperature)
        confidence, wrong = p.max(axis=1), p.argmax(axis=1) != labels
        errors = []
        for least in CONFIDENCES:
            count, bad = int((confidence >= least).sum()), int(wrong[confidence >= least].sum())
            bound = float(beta.ppf(SURE, bad + 1, count - bad)) if count > bad else 1.0
            errors.append((least, bound))
        return cls(temperature, tuple(errors))

    def to_json(self) -> dict[str, Any]:
        """Return the values that `of` reads."""
        return asdict(self)

    def threshold(self, max_error: float | None) -> float:
        """Return the confidence from which on answers are accepted.

        Parameters
        ----------
        max_error : float, optional
            The share of accepted answers that may be wrong, 0 … 1.

        Returns
        -------
        float
            More than 1 where nothing measured is as good: nothing is accepted then.

        Raises
        ------
        SettingError
            For a share out of range.
        """
        if max_error is None:
            return LIKELIER
        if not 0 < max_error < 1:
            raise SettingError(
                f"the error rate accepted is {max_error}, but must lie between 0 and 1: 0.01 "
                "for one accepted answer in a hundred wrong."
            )
        if not self.errors:
            return 1 - max_error
        return min((c for c, error in self.errors if error <= max_error), default=np.inf)


def tempered(scores: NDArray[np.floating], temperature: float) -> NDArray[np.float64]:
    """Return probabilities, N×classes: the scores' logarithms divided by the temperature."""
    z = np.log(np.maximum(scores, LEAST), dtype=np.float64) / temperature
    p = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(p / p.sum(axis=1, keepdims=True), np.float64)
