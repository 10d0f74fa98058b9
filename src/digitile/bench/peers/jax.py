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
from digitile.bench.task import WEIGHT_DECAY, BenchTask, not_lowered, overhang
from digitile.nn.activations import LeakyReLU, ReLU, Sigmoid, Tanh
from digitile.nn.conv import Conv
from digitile.nn.layer import Array, Layer, Shape
from digitile.nn.linear import Flatten, Linear
from digitile.nn.loss import SoftmaxCrossEntropy
from digitile.nn.optimiser import SGD, AdamW
from digitile.nn.places import PlaceLoss
from digitile.nn.pool import MaxPool, MeanPool
from digitile.nn.residual import Add


def works(task: BenchTask) -> dict[str, Work]:
    """Return the work of `jax.jit`; see `digitile.bench.peers.works`."""
    _use(task.threads)
    network, x = task.network, jnp.asarray(task.x.transpose(0, 2, 3, 1))
    own = zip(network.shapes, network.arena.views(task.theta), strict=False)
    params = [
        {name: jnp.asarray(_ordered(value, shape)) for name, value in p.items()} for shape, p in own
    ]
    scores, loss = _loss_of(task)

    def last(params: Any, x: Any) -> Any:
        values = [x]
        for index, (layer, p) in enumerate(zip(network.layers, params, strict=True)):
            if isinstance(layer, Add):
                values.append(values[-1] + values[index - layer.span])
            else:
                values.append(_forward(layer, network.shapes[index], p, values[-1]))
        return values[-1]

    def update(params: Any, memory: Any, x: Any) -> Any:
        found, gradient = jax.value_and_grad(lambda own: loss(last(own, x)))(params)
        return *_moved(task, params, memory, gradient), found

    jax.eval_shape(last, params, x)  # a layer that is not lowered is named here, not when timed
    step = jax.jit(update, donate_argnums=(0, 1))
    forward = jax.jit(lambda params, x: scores(last(params, x)))
    zeros = {name: jax.tree.map(jnp.zeros_like, params) for name in task.rule.moments}
    state: list[Any] = [params, {**zeros, "steps": jnp.float32(0)}]

    def train() -> Any:
        state[0], state[1], found = jax.block_until_ready(step(*state, x))
        return found

    return {"jax jit": train if task.train else lambda: jax.block_until_ready(forward(params, x))}


def _moved(task: BenchTask, params: Any, memory: Any, gradient: Any) -> tuple[Any, Any]:
    """Return parameters and memory after a step by the task's rule."""
    rule, lr, each = task.rule, task.lr, jax.tree.map
    if isinstance(rule, SGD):
        velocity = each(
            lambda v, g, p: rule.momentum * v + lr * (g + WEIGHT_DECAY * p),
            *(memory["velocity"], gradient, params),
        )
        return each(lambda p, v: p - v, params, velocity), {**memory, "velocity": velocity}
    assert isinstance(rule, AdamW)
    b1, b2, steps = rule.beta1, rule.beta2, memory["steps"] + 1
    mean = each(lambda m, g: b1 * m + (1 - b1) * g, memory["mean"], gradient)
    square = each(lambda v, g: b2 * v + (1 - b2) * g * g, memory["square"], gradient)

    def move(p: Any, m: Any, v: Any) -> Any:
        root = jnp.sqrt(v / (1 - b2**steps)) + rule.epsilon
        return p - lr * (m / (1 - b1**steps) / root + WEIGHT_DECAY * p)

    new = {"mean": mean, "square": square, "steps": steps}
    return each(move, params, mean, square), new


def _loss_of(task: BenchTask) -> tuple[Any, Any]:
    """Return the functions that give scores, channels first, and the loss of the last values."""
    loss = task.network.loss
    if isinstance(loss, PlaceLoss):
        return _place_loss_of(loss, task.network.classes, *map(jnp.asarray, task.target))
    targets = jnp.asarray(task.targets)
    if isinstance(loss, SoftmaxCrossEntropy):
        return jax.nn.softmax, lambda z: -(jax.nn.log_softmax(z) * targets).sum(axis=1).mean()
    return lambda z: z, lambda z: 0.5 * jnp.sum((z - targets) ** 2) / len(targets)


def _place_loss_of(
    loss: PlaceLoss, count: int, classes: Any, weights: Any, boxes: Any
) -> tuple[Any, Any]:
    boxes, box_weights = jnp.moveaxis(boxes, 1, -1), weights * (classes < count - 1)

    def scores(z: Any) -> Any:
        own = jnp.concat([jax.nn.softmax(z[..., :count]), z[..., count:]], axis=-1)
        return jnp.moveaxis(own, -1, 1)

    def objective(z: Any) -> Any:
        logs = jax.nn.log_softmax(z[..., :count])
        entropy = -(logs * jax.nn.one_hot(classes, count)).sum(axis=-1)
        total = (weights * (1 - jnp.exp(-entropy)) ** loss.focal.gamma * entropy).sum()
        if loss.box:
            away, beta = jnp.abs(z[..., count:] - boxes), loss.box.beta
            away = jnp.where(away < beta, away**2 / (2 * beta), away - beta / 2)
            total += (box_weights * away.sum(axis=-1)).sum()
        return total / len(z)

    return scores, objective


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
            stride, apart = (layer.stride, layer.stride), (layer.dilation, layer.dilation)
            pad, order = [(layer.pad, layer.pad)] * 2, ("NHWC", "HWIO", "NHWC")
            y = lax.conv_general_dilated(
                y, p["w"], stride, pad, rhs_dilation=apart, dimension_numbers=order
            )
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
