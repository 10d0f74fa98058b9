"""How the tile engine is held to the equations."""

import numpy as np
import pytest

from digitile.engines import ReferenceEngine
from digitile.engines.tile import TileEngine
from digitile.nn.init import Init

TOLERANCE = 1e-4


def problem(network, batch, seed):
    rng = np.random.default_rng(seed)
    theta = Init.parse("xavier").draw(network, 0.1, rng).astype(np.float32)
    x = rng.standard_normal((batch, *network.input_shape)).astype(np.float32)
    labels = rng.integers(0, network.classes, batch)
    return theta, x, labels, network.draw(rng, batch)


def close(ours, truth, what=""):
    """Compare with the largest value: single sums may cancel.

    Errors are differences of scores of order 1, so 1e-6 is float32's own rounding.
    """
    largest = float(np.abs(truth).max(initial=0))
    assert np.abs(ours - truth).max(initial=0) <= TOLERANCE * largest + 1e-6, what


def check(network, batch, seed, engine=None):
    theta, x, labels, noise = problem(network, batch, seed)
    engine = engine or TileEngine(network)
    # In float64, so that the truth has no rounding of its own; chance is drawn in float32.
    truth = ReferenceEngine(network, np.float64)
    step = engine.gradient(theta, x, labels, noise)
    expected = truth.gradient(theta, x, labels, noise)
    assert step.loss == pytest.approx(expected.loss, rel=TOLERANCE, abs=1e-6)
    close(step.scores, expected.scores, "scores in training")
    named = network.arena.named(expected.gradient)
    for name, value in network.arena.named(step.gradient).items():
        close(value, named[name], name)
    close(engine.scores(theta, x), truth.scores(theta, x), "scores in prediction")
