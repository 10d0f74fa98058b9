"""How the fast engines are held to the equations."""

import numpy as np
import pytest
from hypothesis import strategies as st

from digitile.engines import ReferenceEngine
from digitile.errors import ShapeError
from digitile.nn import Network
from digitile.nn.init import Init

TOLERANCE = 1e-4
EVERY_KIND = [
    "2x9x9 - 5C3 - SP2 - 4N - softmax",
    "2x9x8 - 3C3s2p1 - leaky(0.1) - 4N - softmax",
    "2x9x8 - 3C3 - leaky(-0.5) - 4N - dropout(0.5) - tanhkx(0.13) - 3N - softmax",
    "3x11x7 - 4C3full - IP3s2c - tanh - 7C2[0.1;1.2;2;3;0.3;1;2] - SP2 - 3N - squared(-1,1)",
    "1x6x6 - dropout(0.8) - 3C3 - ReLU - IP2 - flatten - sigmoid - dropout(0.7) - squared",
    "1x5x5 - SP2 - dropout(0.5) - 2N - softmax",
    "3x5x5 - MP2 - sigmoid - tanh - ReLU - flatten - softmax",
    "1x1x4 - flatten - softmax",
    "2x9x9 - TP3s2c - 3C2 - TP2s1 - sigmoid - TP2 - flatten - squared",
    "1x7x7 - 9C1 - tanh - sigmoid - dropout(0.5) - tanh - AP3s1 - 11N - 3N - softmax",
    "1x12x12 - 4C3same - ReLU - MP2 - 4C3same - ReLU - 4C3same - AP2 - 3N - softmax",
    "40x6x6 - 50C3 - MP2 - 70N - 17N - softmax",
]


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


def check(network, batch, seed, engine):
    theta, x, labels, noise = problem(network, batch, seed)
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


@st.composite
def networks(draw):
    """Draw a small stack of layers that fit."""
    side = st.integers(3, 11)
    parts = [f"{draw(st.integers(1, 9))}x{draw(side)}x{draw(side)}"]
    for _ in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from(["conv", "pool", "act", "dropout"]))
        if kind == "conv":
            text = f"{draw(st.integers(1, 20))}C{draw(st.integers(1, 5))}"
            text += f"s{draw(st.integers(1, 3))}" + draw(st.sampled_from(["", "p1", "p2", "full"]))
        elif kind == "pool":
            text = draw(st.sampled_from(["MP", "AP", "IP", "SP", "TP"]))
            text += f"{draw(st.integers(1, 3))}s{draw(st.integers(1, 3))}"
            text += draw(st.sampled_from(["", "c"]))
        elif kind == "dropout":
            text = "dropout(0.7)"
        else:
            text = draw(st.sampled_from(["ReLU", "sigmoid", "tanh", "leaky(0.1)", "tanhkx(0.13)"]))
        try:
            Network.parse(" - ".join([*parts, text, "flatten - softmax"]))
        except ShapeError:
            continue
        parts.append(text)
    for _ in range(draw(st.integers(0, 2))):
        parts.append(f"{draw(st.integers(1, 40))}N")
        parts.append(draw(st.sampled_from(["ReLU", "sigmoid", "dropout(0.5)", "tanh"])))
    parts.append(f"{draw(st.integers(2, 12))}N")
    parts.append(draw(st.sampled_from(["softmax", "squared"])))
    return Network.parse(" - ".join(parts))
