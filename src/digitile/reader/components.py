"""Connected components: what hangs together."""

import numpy as np
from numpy.typing import NDArray


def connected_components(near: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return which connected component each node of a graph is in, n.

    Components are numbered in the order of their first nodes.

    Parameters
    ----------
    near : ndarray of bool, n×n
        Which nodes have an edge to which; its direction does not matter.
    """
    linked = near | near.T
    component = np.full(len(linked), -1)
    for start in range(len(linked)):
        if component[start] >= 0:
            continue
        number = component.max() + 1
        reached = np.arange(len(linked)) == start
        while reached.any():
            component[reached] = number
            reached = linked[reached].any(axis=0) & (component < 0)
    return component
