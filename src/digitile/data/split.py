"""A fixed test set for data that comes without one."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

SEED = 20160901
"""Not the training's seed: the test set stays the same whatever is tried on it."""


def split_by_class(
    labels: NDArray[np.integer[Any]],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Choose one fifth of every class for testing, at least one where a class has two.

    A class's choice depends on its own size only, never on other classes.

    Parameters
    ----------
    labels : ndarray of int, N

    Returns
    -------
    train, test : ndarray of int64
        Indices into `labels`, ascending; together all of them.
    """
    tests = [np.empty(0, np.int64)]
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        count = max(len(members) // 5, min(len(members) - 1, 1))
        tests.append(np.random.default_rng(SEED).permutation(members)[:count])
    test = np.sort(np.concatenate(tests))
    return np.setdiff1d(np.arange(len(labels)), test), test
