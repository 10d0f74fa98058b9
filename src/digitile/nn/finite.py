"""Where a network's values stopped being finite numbers."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitile.nn import passes
from digitile.nn.layer import Array
from digitile.nn.network import Network


def describe_nonfinite(network: Network, theta: Array, x: Array | None = None) -> str | None:
    """Say what first is NaN or infinite: a parameter, the input, or a layer's output.

    Parameters
    ----------
    network : Network
    theta : ndarray, flat
    x : ndarray, N×C×H×W, optional
        Preprocessed pictures that are taken through the network, as in prediction, where all
        parameters are finite.

    Returns
    -------
    str or None
        A clause for a message, with the name as `Network.names` or the arena has it; None where
        everything is finite.
    """
    for name, parameter in network.arena.named(theta).items():
        if found := _describe(name, parameter):
            return found
    if x is None:
        return None
    if found := _describe("the input", x):
        return found
    network = network.for_pictures(x)
    with np.errstate(over="ignore", invalid="ignore"):
        outputs = passes.outputs(network, theta, x)
        for name, layer, (y, _) in zip(network.names, network.layers, outputs, strict=True):
            if found := _describe(f"the output of {name} ({layer})", y):
                return found
    return None


def _describe(name: str, values: NDArray[Any]) -> str | None:
    wrong = values[~np.isfinite(values)]
    if not wrong.size:
        return None
    return f"{wrong.size} of {values.size} values of {name} are not finite, the first is {wrong[0]}"
