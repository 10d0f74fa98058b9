"""Training steps and predictions of our engines, as works for a contest."""

import numpy as np

from digitile.bench.contest import Work
from digitile.engines.engine import Engine
from digitile.nn.init import Init
from digitile.nn.network import Network
from digitile.nn.optimiser import SGD
from digitile.nn.preprocess import Preprocess

PICTURES = 1000
"""Pictures the training batches are gathered from."""


def training(engine: Engine, batch: int) -> tuple[Work, int]:
    """Return a work of several whole steps, and the pictures it takes through.

    A step gathers pixels, scales them, goes forward and back, and updates with momentum and decay.
    """
    network, rng = engine.network, np.random.default_rng(0)
    images = rng.integers(0, 256, (PICTURES, *network.input_shape), dtype=np.uint8)
    labels = rng.integers(0, network.classes, PICTURES)
    theta = Init.parse("xavier").draw(network, 0.0, rng)
    velocity, optimiser = np.zeros_like(theta), SGD.of(network, 0.9, 1e-4, 1.0, ())
    preprocess = Preprocess.fit("scale", images)
    steps = max(1, PICTURES // batch)
    order = rng.integers(0, PICTURES, (steps, batch))
    noise = [network.draw(rng, batch) for _ in range(steps)]

    def work() -> None:
        engine.train(
            theta,
            velocity,
            images,
            labels,
            order,
            [1e-5] * steps,
            preprocess=preprocess,
            optimiser=optimiser,
            noise=noise,
        )

    return work, steps * batch


def prediction(engine: Engine, batch: int) -> Work:
    """Return a work that scores `batch` preprocessed pictures in one call."""
    network, rng = engine.network, np.random.default_rng(0)
    x = rng.random((batch, *network.input_shape), np.float32)
    theta = Init.parse("xavier").draw(network, 0.0, rng)
    return lambda: engine.scores(theta, x)


def training_flops(network: Network) -> int:
    """Return what one picture's step takes: multiply-adds × 2, zeros counted, padding not.

    Forward, weights' gradient and inputs' gradient take the same; the first layer with weights has
    no input's gradient to compute.
    """
    adds = network.multiply_adds()
    return 2 * (3 * sum(adds) - next((count for count in adds if count), 0))


def prediction_flops(network: Network) -> int:
    """Return what one picture's forward pass takes: multiply-adds × 2."""
    return 2 * sum(network.multiply_adds())
