"""Training steps and predictions of our engines, as works for a contest."""

import numpy as np

from digitile.bench.contest import Work
from digitile.bench.machine import peak_memory
from digitile.bench.task import LR, MOMENTUM, WEIGHT_DECAY, Task
from digitile.engines.engine import Engine
from digitile.engines.tile.engine import TileEngine
from digitile.nn.optimiser import SGD
from digitile.nn.preprocess import Preprocess

PICTURES = 1000
"""Pictures the training batches are gathered from."""

CALL = 4000
"""Pictures of one call: about as many as the training loop hands over at once."""


def training(engine: Engine, task: Task) -> tuple[Work, int]:
    """Return a work of several whole steps, and the pictures it takes through.

    A step gathers pixels, scales them, goes forward and back, and updates with momentum and decay.
    """
    network, rng, batch = engine.network, np.random.default_rng(0), len(task.x)
    images = rng.integers(0, 256, (PICTURES, *network.input_shape), dtype=np.uint8)
    labels = rng.integers(0, network.classes, PICTURES)
    theta, velocity = task.theta.copy(), np.zeros_like(task.theta)
    optimiser = SGD.of(network, MOMENTUM, WEIGHT_DECAY, 1.0, ())
    preprocess = Preprocess.fit("scale", images)
    steps = max(1, CALL // batch)
    order = rng.integers(0, PICTURES, (steps, batch))
    noise = [network.draw(rng, batch) for _ in range(steps)]

    def work() -> None:
        engine.train(
            theta,
            velocity,
            images,
            labels,
            order,
            [LR] * steps,
            preprocess=preprocess,
            optimiser=optimiser,
            noise=noise,
        )

    return work, steps * batch


def prediction(engine: Engine, task: Task) -> Work:
    """Return a work that scores the preprocessed pictures in one call."""
    return lambda: engine.scores(task.theta, task.x)


def memory(engine: TileEngine) -> dict[str, int | None]:
    """Return the bytes that an engine holds, and the most that this process has held so far."""
    return {**engine.bytes, "process_peak": peak_memory()}
