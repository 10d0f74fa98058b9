"""Central differences: the independent truth that every backward pass is held to."""

from typing import Any

import numpy as np

from digitile.nn import passes
from digitile.nn.layer import Array, Layer, Params
from digitile.nn.loss import Loss, Target
from digitile.nn.network import Network

STEP = 1e-5
TOLERANCE = 1e-6


def numeric(f: Any, x: Array) -> Array:
    """Return df/dx by central differences, element by element; x is changed and put back."""
    grad = np.empty_like(x)
    for index in np.ndindex(x.shape):
        kept = x[index]
        x[index] = kept + STEP
        above = f()
        x[index] = kept - STEP
        below = f()
        x[index] = kept
        grad[index] = (above - below) / (2 * STEP)
    return grad


def relative_error(found: Array, expected: Array) -> float:
    """Return ‖found − expected‖ / max(‖found‖, ‖expected‖), and 0 where both vanish."""
    assert found.shape == expected.shape
    scale = max(np.linalg.norm(found), np.linalg.norm(expected))
    return float(np.linalg.norm(found - expected) / scale) if scale > 1e-12 else 0.0


def check_layer(
    layer: Layer, x: Array, rng: np.random.Generator, tolerance: float = TOLERANCE
) -> None:
    """Hold dx and every dp of a layer against central differences of Σ y·g for a random g."""
    shape = x.shape[1:]
    p: Params = {q.name: rng.normal(size=q.shape) for q in layer.parameters(shape)}
    noise = layer.draw(rng, len(x), shape)
    y, saved = layer.forward(x, p, noise)
    assert y.shape == (len(x), *layer.output_shape(shape))
    g = rng.normal(size=y.shape)

    def objective() -> float:
        return float(np.sum(layer.forward(x, p, noise)[0] * g))

    dx, dp = layer.backward(g, saved, p)
    assert relative_error(dx, numeric(objective, x)) <= tolerance, f"dx of {layer}"
    assert dp.keys() == p.keys()
    for name, value in p.items():
        assert relative_error(dp[name], numeric(objective, value)) <= tolerance, f"d{name}"


def check_loss(loss: Loss, z: Array, target: Target, tolerance: float = TOLERANCE) -> None:
    """Hold dz of a loss against central differences of E."""
    dz = loss.backward(loss.forward(z, target)[1])
    expected = numeric(lambda: loss.forward(z, target)[0], z)
    assert relative_error(dz, expected) <= tolerance, f"dz of {loss}"


def check_network(
    network: Network, target: Target, rng: np.random.Generator, gradient: Any = passes.gradient
) -> None:
    """Hold dE/dθ of a whole network, parameter by parameter, against central differences of E."""
    count = len(target if isinstance(target, np.ndarray) else target.classes)
    theta = rng.normal(size=network.arena.size)
    x, noise = rng.normal(size=(count, *network.input_shape)), network.draw(rng, count)

    def objective() -> float:
        return float(gradient(network, theta, x, target, noise)[0])

    found = network.arena.named(gradient(network, theta, x, target, noise)[2])
    expected = network.arena.named(numeric(objective, theta))
    for name, own in found.items():
        assert relative_error(own, expected[name]) <= TOLERANCE, f"d{name}"


def spread(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Return distinct values at least 0.01 apart and as far from 0, so that no kink is near."""
    size = int(np.prod(shape))
    values = (np.arange(size) - size // 2 + 0.5) * 0.02
    return rng.permutation(values).reshape(shape)
