"""How sure a line is, and when to reject it: both measured on drawn lines, and kept in the model.

A calibrated model holds ``line_trust``, which makes a confidence of how likely a line's text is,
and ``error_rates``: of the lines at least so confident, so many were wrong.
"""

import math
from dataclasses import replace

import numpy as np

from digitile.errors import SettingError
from digitile.model import Model
from digitile.reader.reading import Evidence

LIKELIER = 0.5
"""Without an error rate asked for, lines likelier right than wrong are accepted."""

CERTAIN = 1e-6
"""Probabilities nearer to 0 or 1 are taken for this near."""


def features(evidence: Evidence) -> tuple[float, ...]:
    """Return what the regression of `LineTrust` takes of a line, in the order of its fields."""
    return (
        logit(evidence.text),
        logit(evidence.weakest),
        math.log(evidence.digits),
        math.log(max(evidence.height, 1.0)),
        math.log(evidence.share) if evidence.digits == 1 else 0.0,
        evidence.unread,
    )


def logit(p: float) -> float:
    """Return ln(p/(1 − p)), finite for every p from 0 to 1."""
    p = min(max(p, CERTAIN), 1 - CERTAIN)
    return math.log(p / (1 - p))


def line_confidence(model: Model, evidence: Evidence) -> float:
    """Return how likely a line is right.

    A model that was not calibrated is taken at its word: it is how likely the text is.
    """
    trust = model.line_trust
    if trust is None:
        return evidence.text
    tall = min(max(evidence.height, trust.least_height), trust.most_height)
    weights = trust.text, trust.weakest, trust.length, trust.size, trust.alone, trust.unread
    z = trust.bias + float(np.dot(weights, features(replace(evidence, height=tall))))
    return float(1 / (1 + np.exp(-np.clip(z, -50, 50))))


def is_measured(model: Model, evidence: Evidence) -> bool:
    """Return whether the model's trust was measured on lines so long, with digits so tall.

    Digits taller than all that were measured are shown to the network as small as those.
    """
    trust = model.line_trust
    if trust is None:
        return False
    return evidence.digits <= trust.most_digits and evidence.height >= trust.least_height


def threshold(model: Model, max_error: float | None) -> float:
    """Return the confidence from which on lines are accepted.

    Asking for no more errors than were measured there never accepts more than is accepted without
    asking.

    Parameters
    ----------
    model : Model
        One without measured error rates is taken at its word: 1 − confidence is the error rate.
    max_error : float, optional
        The share of accepted lines that may be wrong, between 0 and 1; without it, a line
        is accepted where it is likelier right than wrong.

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
            "for one accepted line in a hundred wrong."
        )
    if not model.error_rates:
        return max(1 - max_error, LIKELIER)
    least = model.least_confidence(max_error)
    if least is None:
        return np.inf
    usual = [error for known, error, _ in model.error_rates if known >= LIKELIER]
    asks_for_more = bool(usual) and max_error > usual[0]
    return least if asks_for_more else max(least, LIKELIER)
