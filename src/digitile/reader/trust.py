"""When to reject an answer: the error rate that is accepted, as a confidence that is wanted.

A model that was calibrated holds ``error_rates``, measured on pictures that had no part in
training: of the answers at least so confident, so many were wrong.
"""

import numpy as np

from digitile.errors import SettingError
from digitile.model import Model

LIKELIER = 0.5
"""Without an error rate asked for, answers likelier right than wrong are accepted."""


def threshold(model: Model, max_error: float | None) -> float:
    """Return the confidence from which on answers are accepted.

    Parameters
    ----------
    model : Model
        One without measured error rates is taken at its word: 1 − confidence is the error rate.
    max_error : float, optional
        The share of accepted answers that may be wrong, between 0 and 1.

    Returns
    -------
    float
        Infinite where nothing measured is as good: nothing is accepted then.

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
    if not model.error_rates:
        return 1 - max_error
    least = model.least_confidence(max_error)
    return np.inf if least is None else least
