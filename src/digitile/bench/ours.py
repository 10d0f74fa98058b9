"""Training steps and predictions of our engines, as works for a contest."""

import numpy as np

from digitile.bench.contest import Work
from digitile.bench.counts import training_flops
from digitile.bench.machine import peak_memory
from digitile.bench.task import BenchTask, draw_target
from digitile.engines.engine import Batches, Engine
from digitile.engines.tile.engine import TileEngine
from digitile.nn.preprocess import Preprocess

PICTURES = 1000
"""Pictures the training batches are gathered from."""

CALL, FLOPS = 4000, 10**11
"""Pictures of one call, about as many as the training loop hands over at once, and what they take
at the most, unless one batch takes more."""


def training(engine: Engine, task: BenchTask) -> tuple[Work, int]:
    """Return a work of several whole steps, and the pictures it takes through.

    A step gathers pixels, scales them, goes forward and back, and updates the parameters.
    """
    network, rng, batch = engine.network, np.random.default_rng(0), len(task.x)
    images = rng.integers(0, 256, (PICTURES, *network.input_shape), dtype=np.uint8)
    steps = max(1, min(CALL, FLOPS // training_flops(network)) // batch)
    batches = Batches(
        images=images,
        target=draw_target(network, PICTURES, rng),
        order=rng.integers(0, PICTURES, (steps, batch)),
        lr=[task.lr] * steps,
        noise=[network.draw(rng, batch) for _ in range(steps)],
        preprocess=Preprocess.fit("scale", images),
    )
    own = engine.training(task.rule, task.rule.start(task.theta))
    return lambda: own.take(batches), steps * batch


def prediction(engine: Engine, task: BenchTask) -> Work:
    """Return a work that scores the preprocessed pictures in one call."""
    return lambda: engine.scores(task.theta, task.x)


def memory(engine: TileEngine) -> dict[str, int | None]:
    """Return the bytes that an engine holds, and the most that this process has held so far."""
    return {**engine.bytes, "process_peak": peak_memory()}
