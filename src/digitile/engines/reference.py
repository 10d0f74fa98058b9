"""The reference engine: the layers' own equations, in NumPy, in float32 or float64.

Slow and plain; what the other engines are held to.
"""

from typing import Any

import numpy as np

from digitile.engines.engine import BatchCheck, Batches, Step, Steps, check_state
from digitile.nn import passes
from digitile.nn.layer import Array
from digitile.nn.loss import Target, select
from digitile.nn.network import Network
from digitile.nn.optimiser import Optimiser, OptimiserState

CHUNK = 8
"""Pictures taken through the network at once in prediction: few enough for the caches."""


class ReferenceEngine:
    """Forward and backward through the layers of one network.

    Parameters
    ----------
    dtype : numpy dtype
        float32, or float64 for gradient checks.
    """

    def __init__(self, network: Network, dtype: type[np.floating[Any]] = np.float32) -> None:
        self.network = network
        self.dtype = dtype

    def scores(self, theta: Array, x: Array) -> Array:
        """Return the scores of preprocessed pictures; see `Engine.scores`."""
        network = self.network.for_pictures(x)
        theta, scores = self.own(theta), np.empty((len(x), *network.shapes[-1]), self.dtype)
        for start in range(0, len(x), CHUNK):
            part = slice(start, start + CHUNK)
            z = passes.predict(network, theta, self.own(x[part]))
            scores[part] = network.loss.scores(z)
        return scores

    def gradient(self, theta: Array, x: Array, target: Target, noise: list[Array | None]) -> Step:
        """Return loss, scores and gradient of a mini-batch; see `Engine.gradient`."""
        self.network.check_input(x)
        self.network.loss.check_target(target, len(x), self.network.shapes[-1])
        return self.step(theta, x, target, noise)

    def training(self, optimiser: Optimiser, state: OptimiserState) -> "ReferenceTraining":
        """Return a training that goes on from `state`; see `Engine.training`."""
        check_state(self.network, optimiser, state)
        return ReferenceTraining(self, optimiser, state)

    def step(self, theta: Array, x: Array, target: Target, noise: list[Array | None]) -> Step:
        """Return what `gradient` does, for what has been checked."""
        theta, x = self.own(theta), self.own(x)
        loss, scores, flat = passes.gradient(self.network, theta, x, target, noise)
        return Step(float(loss), scores, flat)

    def own(self, array: Array) -> Array:
        """Return an array in this engine's type."""
        return array.astype(self.dtype, copy=False)


class ReferenceTraining:
    """A network in training by the equations; see `Training`."""

    def __init__(
        self, engine: ReferenceEngine, optimiser: Optimiser, state: OptimiserState
    ) -> None:
        self._engine, self._optimiser = engine, optimiser
        self._check = BatchCheck(engine.network)
        memory = {name: engine.own(array) for name, array in state.memory.items()}
        self._state = OptimiserState(engine.own(state.theta), memory, state.steps)

    def take(self, batches: Batches) -> Steps:
        """Take one step after another; see `Training.take`."""
        engine, loss = self._engine, self._engine.network.loss
        self._check(batches)
        batches = batches.augmented()
        losses, correct = np.empty(len(batches.order)), np.empty(len(batches.order), np.int64)
        each = zip(batches.order, batches.lr, batches.noise, strict=True)
        for k, (chosen, lr, noise) in enumerate(each):
            target = select(batches.target, chosen)
            # Overflow on the way to a diverged training shows in its loss.
            with np.errstate(over="ignore", invalid="ignore"):
                x = batches.preprocess(batches.images[chosen])
                step = engine.step(self._state.theta, x, target, noise)
                self._state = self._optimiser.step(self._state, step.gradient, float(lr))
            losses[k] = step.loss
            correct[k] = loss.count_correct(step.scores, target)
        return Steps(losses, correct)

    def state(self) -> OptimiserState:
        """Return a copy of the state after the last step."""
        theta, memory, steps = self._state
        return OptimiserState(
            theta.copy(), {name: own.copy() for name, own in memory.items()}, steps
        )
