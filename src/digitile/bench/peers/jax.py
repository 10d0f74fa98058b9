"""JAX: one compiled function, channels last."""

import os
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.extend.backend import clear_backends

from digitile.bench.contest import Work
from digitile.bench.task import MOMENTUM, WEIGHT_DECAY, Task, not_lowered, overhang
from digitile.nn.activations import LeakyReLU, ReLU, Sigmoid, Tanh
from digitile.nn.conv import Conv
from digitile.nn.layer import Array, Layer, Shape
from digitile.nn.linear import Flatten, Linear
from digitile.nn.loss import SoftmaxCrossEntropy
from digitile.nn.pool import MaxPool, MeanPool


def works(task: Task) -> dict[str, Work]:
    """Return the work of `jax.jit`; see `digitile.bench.peers.works`."""
    _use(task.threads)
    network, softmax = task.network, isinstance(task.network.loss, SoftmaxCrossEntropy)
    x, targets = jnp.asarray(task.x.transpose(0, 2, 3, 1)), jnp.asarray(task.targets)
    own = zip(network.shapes, network.arena.views(task.theta), strict=False)
    params = [
        {name: jnp.asarray(_ordered(value, shape)) for name, value in p.items()} for shape, p in own
    ]

    def logits(params: Any, y: Any) -> Any:
        for layer, shape, p in zip(network.layers, network.shapes, params, strict=False):
            y = _forward(layer, shape, p, y)
        return y

    def scores(params: Any, x: Any) -> Any:
        z = logits(params, x)
        return jax.nn.softmax(z) if softmax else z

    def objective(params: Any, x: Any) -> Any:
        z = logits(params, x)
        if softmax:
            return -jnp.mean(jnp.sum(jax.nn.log_softmax(z) * targets, axis=1))
        return 0.5 * jnp.sum((z - targets) ** 2) / len(targets)

    def update(params: Any, velocity: Any, x: Any) -> Any:
        loss, gradient = jax.value_and_grad(objective)(params, x)
        velocity = jax.tree.map(
            lambda v, g, p: MOMENTUM * v + task.lr * (g + WEIGHT_DECAY * p),
            velocity,
            gradient,
            params,
        )
        return jax.tree.map(lambda p, v: p - v, params, velocity), velocity, loss

    jax.eval_shape(logits, params, x)  # a layer that is not lowered is named here, not when timed
    step, forward = jax.jit(update, donate_argnums=(0, 1)), jax.jit(scores)
    state = [params, jax.tree.map(jnp.zeros_like, params)]

    def train() -> Any:
        state[0], state[1], loss = jax.block_until_ready(step(*state, x))
        return loss

    return {"jax jit": train if task.train else lambda: jax.block_until_ready(forward(params, x))}


@lru_cache(maxsize=1)
def _use(threads: int) -> None:
    """Start JAX anew on so many threads, unless it has them.

    Its processor client reads the size of its pool from the variable NPROC, when it is made, and
    from nowhere else.
    """
    before = os.environ.get("NPROC")
    os.environ["NPROC"] = str(threads)
    try:
        clear_backends()
        jax.config.update("jax_platforms", "cpu")
        jax.devices("cpu")
    finally:
        del os.environ["NPROC"]
        if before is not None:
            os.environ["NPROC"] = before


def _ordered(value: Array, shape: Shape) -> Array:
    """Return a parameter of a layer that reads `shape`, for values that lie channels last."""
    if value.ndim == 4:  # a kernel
        return value.transpose(2, 3, 1, 0)
    if value.ndim == 2 and len(shape) == 3:  # fully connected to maps
        return value.reshape(-1, *shape).transpose(2, 3, 1, 0).reshape(-1, len(value))
    return value.T


def _forward(layer: Layer, shape: Shape, p: Any, y: Any) -> Any:
    """Return one layer's output; maps are N×H×W×C."""
    match layer:
        case Conv(connections=None):
            pad, stride = [(layer.pad, layer.pad)] * 2, (layer.stride, layer.stride)
            order = ("NHWC", "HWIO", "NHWC")
            y = lax.conv_general_dilated(y, p["w"], stride, pad, dimension_numbers=order)
            return y + p["b"]
        case MaxPool() | MeanPool() if type(layer) in (MaxPool, MeanPool):
            return _pool(layer, shape, y)
        case Linear():
            return y.reshape(len(y), -1) @ p["w"] + p["b"]
        case Flatten():
            return jnp.moveaxis(y, -1, 1).reshape(len(y), -1)
        case ReLU():
            return jnp.maximum(y, 0)
        case LeakyReLU():
            return jnp.where(y > 0, y, layer.alpha * y)
        case Sigmoid():
            return jax.nn.sigmoid(y)
        case Tanh():
            return jnp.tanh(y)
    raise not_lowered(layer)


def _pool(layer: MaxPool | MeanPool, shape: Shape, y: Any) -> Any:
    pad = [(0, 0), *((0, hang) for hang in overhang(layer, shape)), (0, 0)]
    size, stride = (1, layer.window, layer.window, 1), (1, layer.stride, layer.stride, 1)
    if isinstance(layer, MaxPool):
        return lax.reduce_window(y, -jnp.inf, lax.max, size, stride, pad)
    ones = np.ones((1, *y.shape[1:3], 1), np.float32)
    cells = lax.reduce_window(ones, 0.0, lax.add, size, stride, pad)
    return lax.reduce_window(y, 0.0, lax.add, size, stride, pad) / cells
