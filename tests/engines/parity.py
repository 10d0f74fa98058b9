"""How the fast engines are held to the equations."""

import numpy as np
import pytest
from hypothesis import strategies as st

from digitile.engines import ReferenceEngine
from digitile.errors import ShapeError
from digitile.nn import Network
from digitile.nn.init import Init
from digitile.nn.places import PlaceLoss
from tests.engines.trainings import PAGE, draw_target

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
    "2x11x8 - 5C3d2 - ReLU - 4C5s3d2same - 3C2s2d3full - tanh - 4N - softmax",
    "3x8x8 - 4C3s2same - +(4C3same - ReLU - 4C3same) - AP2 - 5N - +(5N - tanh) - softmax",
    "2x7x7 - +(+(2C3same) - dropout(0.6) - +(9C1 - 2C3d2same)) - SP2s1 - 3N - squared(-1,1)",
]
PAGE_NETWORKS = [
    PAGE,
    "2x9x11 - 3C3s2same - ReLU - +(3C3d2same - ReLU - +(3C3d3same)) - 3C1 - focal(2)",
    "1x13x10 - +(+(1C3same) - tanh) - 5C3s3d2p1 - sigmoid - 6C2d2 - focal(0)+box(1)",
    "1x16x16 - 8C5s2same - MP2 - +(8C3d2same - ReLU - 8C1) - ReLU - 15C1 - focal(2)+box(0.1)",
    "3x7x8 - 4C3 - leaky(0.1) - AP3s1 - 2C1 - focal(0.5)",
]


def problem(network, batch, seed):
    """Return parameters, pictures, a target of the network's kind, and what is left to chance."""
    rng = np.random.default_rng(seed)
    theta = Init.parse("xavier").draw(network, 0.1, rng).astype(np.float32)
    x = rng.standard_normal((batch, *network.input_shape)).astype(np.float32)
    return theta, x, draw_target(network, batch, rng), network.draw(rng, batch)


def close(ours, truth, what=""):
    """Compare with the largest value: single sums may cancel.

    Errors are differences of scores of order 1, so 1e-6 is float32's own rounding.
    """
    largest = float(np.abs(truth).max(initial=0))
    assert np.abs(ours - truth).max(initial=0) <= TOLERANCE * largest + 1e-6, what


def check(network, batch, seed, engine):
    theta, x, target, noise = problem(network, batch, seed)
    # In float64, so that the truth has no rounding of its own; chance is drawn in float32.
    truth = ReferenceEngine(network, np.float64)
    step = engine.gradient(theta, x, target, noise)
    expected = truth.gradient(theta, x, target, noise)
    assert step.loss == pytest.approx(expected.loss, rel=TOLERANCE, abs=1e-6)
    close(step.scores, expected.scores, "scores in training")
    named = network.arena.named(expected.gradient)
    for name, value in network.arena.named(step.gradient).items():
        close(value, named[name], name)
    close(engine.scores(theta, x), truth.scores(theta, x), "scores in prediction")
    if isinstance(network.loss, PlaceLoss):
        least, rng = network.field_of_view, np.random.default_rng(seed)
        other = rng.standard_normal((2, len(x[0]), least + 1, least + 4)).astype(np.float32)
        close(engine.scores(theta, other), truth.scores(theta, other), "scores of another size")


@st.composite
def networks(draw):
    """Draw a small stack of layers that fit, some of them in residual branches."""
    side = st.integers(3, 11)
    parts = [f"{draw(st.integers(1, 9))}x{draw(side)}x{draw(side)}"]
    for _ in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from(["conv", "pool", "act", "dropout", "residual"]))
        if kind == "conv":
            text = draw(convolutions())
        elif kind == "pool":
            text = draw(st.sampled_from(["MP", "AP", "IP", "SP", "TP"]))
            text += f"{draw(st.integers(1, 3))}s{draw(st.integers(1, 3))}"
            text += draw(st.sampled_from(["", "c"]))
        elif kind == "residual":
            maps = Network.parse(" - ".join([*parts, "ReLU - flatten - softmax"])).shapes[-3][0]
            inner = f"{draw(st.integers(1, 20))}C3d{draw(st.integers(1, 3))}same"
            text = f"+({inner} - {draw(ACTIVATIONS)} - {maps}C{draw(st.sampled_from([1, 3]))}same)"
            text = f"+({text} - {draw(ACTIVATIONS)})" if draw(st.booleans()) else text
        else:
            text = "dropout(0.7)" if kind == "dropout" else draw(ACTIVATIONS)
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


ACTIVATIONS = st.sampled_from(["ReLU", "sigmoid", "tanh", "leaky(0.1)", "tanhkx(0.13)"])


@st.composite
def convolutions(draw):
    """Draw a convolution's notation."""
    size, padding = draw(st.integers(1, 5)), draw(st.sampled_from(["", "p1", "p2", "same", "full"]))
    if padding == "same":
        size |= 1  # odd
    text = f"{draw(st.integers(1, 20))}C{size}s{draw(st.integers(1, 3))}"
    return text + draw(st.sampled_from(["", "d2", "d3"])) + padding
