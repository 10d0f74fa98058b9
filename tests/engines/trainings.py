"""Small trainings for any engine."""

import numpy as np

from digitile.engines import Batches
from digitile.nn import Network
from digitile.nn.init import Init
from digitile.nn.loss import Places
from digitile.nn.optimiser import make_optimiser, rates
from digitile.nn.places import PlaceLoss
from digitile.nn.preprocess import Preprocess

SMALL = "2x12x12 - 3C3 - ReLU - SP2 - 5N - dropout(0.8) - 4N - softmax"
PAGE = "1x12x16 - 4C3s2same - ReLU - +(4C3d2same - dropout(0.8)) - ReLU - 7C1 - focal(1.5)+box(0.5)"
"""A network of places: stride, dilation, a residual connection, boxes and chance."""

RULES = {"sgd(0.9)": {}, "adamw(0.9,0.99)": {"clip": 0.5, "average": 0.9}}
"""Optimisers, and what surrounds their steps."""


def problem(text=SMALL, count=30, seed=0):
    """Return a network, its first parameters, pictures and their target."""
    network, rng = Network.parse(text), np.random.default_rng(seed)
    theta = Init.parse("xavier").draw(network, 0.1, rng)
    images = rng.integers(0, 256, (count, *network.input_shape), dtype=np.uint8)
    return network, theta, images, draw_target(network, count, rng)


def draw_target(network, count, rng):
    """Return a target that the network's loss takes, with places that do not count."""
    if not isinstance(network.loss, PlaceLoss):
        return rng.integers(0, network.classes, count)
    size = (count, *network.shapes[-1][1:])
    weights = rng.uniform(0, 0.1, size) * (rng.random(size) < 0.8)
    boxes = rng.normal(size=(count, 4, *size[1:]))
    classes = rng.integers(0, network.classes, size)
    return Places(classes, weights.astype(np.float32), boxes.astype(np.float32))


def optimiser_of(network, rule="sgd(0.9)"):
    return make_optimiser(rule, *rates(network, 0.001, 2.0, ()), **RULES[rule])


def batches_of(network, images, target, steps=12, batch=20, seed=5):
    """Return mini-batches, with rates that fall."""
    rng = np.random.default_rng(seed)
    order = rng.integers(0, len(images), (steps, batch))
    noise = [network.draw(rng, batch) for _ in order]
    preprocess = Preprocess.fit("standardize", images)
    return Batches(images, target, order, np.linspace(0.05, 0.02, steps), noise, preprocess)


def bits(state):
    """Return all of a state as bytes."""
    return state.theta.tobytes(), {k: v.tobytes() for k, v in state.memory.items()}, state.steps
