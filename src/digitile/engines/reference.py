"""The reference engine: the layers' own equations, in NumPy, in float32 or float64.

Slow and plain; what the other engines are held to.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitile.engines.engine import Step, Steps
from digitile.nn import passes
from digitile.nn.layer import Array
from digitile.nn.loss import Labels
from digitile.nn.network import Network
from digitile.nn.optimiser import SGD
from digitile.nn.preprocess import Preprocess

CHUNK = 8
"""Pictures taken through the network at once in prediction: few enough for the caches."""


class ReferenceEngine:
    """Forward and backward through the layers of one network.

    Parameters
    ----------
    network : Network
    dtype : numpy dtype
        float32, or float64 for gradient checks.
    """

    moves = False

    def __init__(self, network: Network, dtype: type[np.floating[Any]] = np.float32) -> None:
        self.network = network
        self.dtype = dtype

    def scores(self, theta: Array, x: Array) -> Array:
        """Return the class scores of preprocessed pictures; see `Engine.scores`."""
        self.network.check_input(x)
        theta, scores = self._own(theta), np.empty((len(x), self.network.classes), self.dtype)
        for start in range(0, len(x), CHUNK):
            part = slice(start, start + CHUNK)
            z = passes.predict(self.network, theta, self._own(x[part]))
            scores[part] = self.network.loss.scores(z)
        return scores

    def gradient(self, theta: Array, x: Array, labels: Labels, noise: list[Array | None]) -> Step:
        """Return loss, scores and gradient of a mini-batch; see `Engine.gradient`."""
        self.network.check_input(x)
        theta, x = self._own(theta), self._own(x)
        loss, scores, flat = passes.gradient(self.network, theta, x, labels, noise)
        return Step(float(loss), scores, flat)

    def train(
        self,
        theta: Array,
        velocity: Array,
        images: NDArray[np.uint8],
        labels: Labels,
        order: NDArray[np.int64],
        rates: Sequence[float],
        *,
        preprocess: Preprocess,
        optimiser: SGD,
        noise: Sequence[list[Array | None]],
        back: NDArray[np.float32] | None = None,
    ) -> Steps:
        """Take one step after another; see `Engine.train`."""
        losses, correct = np.empty(len(order)), np.empty(len(order), np.int64)
        for k, (chosen, lr) in enumerate(zip(order, rates, strict=True)):
            # Overflow on the way to a diverged training shows in its loss.
            with np.errstate(over="ignore", invalid="ignore"):
                x = preprocess(images[chosen])
                step = self.gradient(theta, x, labels[chosen], noise[k])
                moved = optimiser.step(theta, velocity, step.gradient, float(lr))
                theta[:], velocity[:] = moved
            losses[k] = step.loss
            correct[k] = np.count_nonzero(step.scores.argmax(axis=1) == labels[chosen])
        return Steps(losses, correct)

    def _own(self, array: Array) -> Array:
        """Return an array in this engine's type."""
        return array.astype(self.dtype, copy=False)
