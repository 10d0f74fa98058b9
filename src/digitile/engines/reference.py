"""The reference engine: the layers' own equations, in NumPy, in float32 or float64.

Slow and plain; what the other engines are held to.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitile.engines.engine import Step, Steps
from digitile.nn.layer import Array, Saved
from digitile.nn.loss import Labels
from digitile.nn.network import Network
from digitile.nn.optimiser import SGD
from digitile.nn.preprocess import Preprocess

CHUNK = 32
"""Pictures taken through the network at once in prediction: few enough for the caches."""


class ReferenceEngine:
    """Forward and backward through the layers of one network.

    Parameters
    ----------
    network : Network
    dtype : numpy dtype
        float32, or float64 for gradient checks.
    """

    def __init__(self, network: Network, dtype: type[np.floating[Any]] = np.float32) -> None:
        self.network = network
        self.dtype = dtype

    def scores(self, theta: Array, x: Array) -> Array:
        """Return the class scores of preprocessed pictures; see `Engine.scores`."""
        self.network.check_input(x)
        parts = [self._forward(theta, x[i : i + CHUNK], None)[0] for i in range(0, len(x), CHUNK)]
        z = np.concatenate(parts) if parts else np.empty((0, self.network.classes), self.dtype)
        return self.network.loss.scores(z)

    def gradient(self, theta: Array, x: Array, labels: Labels, noise: list[Array | None]) -> Step:
        """Return loss, scores and gradient of a mini-batch; see `Engine.gradient`."""
        self.network.check_input(x)
        network = self.network
        z, saved = self._forward(theta, x, noise)
        loss, saved_loss = network.loss.forward(z, labels)

        flat = np.empty(network.arena.size, self.dtype)
        dp = network.arena.views(flat)
        p = network.arena.views(theta.astype(self.dtype, copy=False))
        dy = network.loss.backward(saved_loss)
        for index in reversed(range(len(network.layers))):
            dy, own = network.layers[index].backward(dy, saved[index], p[index])
            for name, value in own.items():
                dp[index][name][:] = value
        return Step(loss, network.loss.scores(z), flat)

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
    ) -> Steps:
        """Take one step after another; see `Engine.train`."""
        losses, correct = np.empty(len(order)), np.empty(len(order), np.int64)
        for k, (chosen, lr) in enumerate(zip(order, rates, strict=True)):
            # Overflow on the way to a diverged training shows in its loss.
            with np.errstate(over="ignore", invalid="ignore"):
                x = preprocess(images[chosen])
                step = self.gradient(theta, x, labels[chosen], noise[k])
                optimiser.step(theta, velocity, step.gradient, lr)
            losses[k] = step.loss
            correct[k] = np.count_nonzero(step.scores.argmax(axis=1) == labels[chosen])
        return Steps(losses, correct)

    def _forward(
        self, theta: Array, x: Array, noise: list[Array | None] | None
    ) -> tuple[Array, list[Saved]]:
        """Return the last layer's output and what each layer saved."""
        p = self.network.arena.views(theta.astype(self.dtype, copy=False))
        y = x.astype(self.dtype, copy=False)
        saved: list[Saved] = []
        for index, layer in enumerate(self.network.layers):
            y, own = layer.forward(y, p[index], noise[index] if noise else None)
            saved.append(own)
        return y, saved
