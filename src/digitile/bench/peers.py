"""The same networks in PyTorch and JAX, in every configuration that may be their fastest."""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

from digitile.bench.contest import Work
from digitile.errors import SettingError
from digitile.nn.activations import LeakyReLU, ReLU, Sigmoid, Tanh
from digitile.nn.conv import Conv
from digitile.nn.layer import Layer
from digitile.nn.linear import Flatten, Linear
from digitile.nn.loss import SoftmaxCrossEntropy
from digitile.nn.network import Network
from digitile.nn.pool import MaxPool, MeanPool

PEERS = ("torch", "jax")


def installed() -> list[str]:
    """Return the peers that can be imported."""
    return [name for name in PEERS if find_spec(name) is not None]


def works(peer: str, network: Network, batch: int, train: bool, threads: int) -> dict[str, Work]:
    """Return one peer's works: whole training steps, or predictions, of one batch.

    JAX takes all processors, whatever `threads` is.

    The batch lies ready as float32; each step has the momentum and weight decay that ours has.

    Raises
    ------
    SettingError
        For a layer that is not lowered here.
    """
    if peer == "torch":
        return _torch(network, batch, train, threads)
    return _jax(network, batch, train)


def _batch(network: Network, batch: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    x = rng.random((batch, *network.input_shape), np.float32)
    return x, rng.integers(0, network.classes, batch)


def _unknown(layer: Layer) -> SettingError:
    return SettingError(f"{layer} is not compared with other frameworks. Leave out --peers.")


def _torch_module(layer: Layer, channels: int, torch: Any) -> list[Any]:
    nn = torch.nn
    match layer:
        case Conv(connections=None):
            pad = layer.pad
            return [nn.Conv2d(channels, layer.maps, layer.kernel_size, layer.stride, pad)]
        case MaxPool() if type(layer) is MaxPool:
            return [nn.MaxPool2d(layer.window, layer.stride, ceil_mode=layer.ceil)]
        case MeanPool():
            return [nn.AvgPool2d(layer.window, layer.stride, ceil_mode=layer.ceil)]
        case Linear():
            return [nn.Flatten(), nn.LazyLinear(layer.units)]
        case Flatten():
            return [nn.Flatten()]
        case ReLU():
            return [nn.ReLU()]
        case LeakyReLU():
            return [nn.LeakyReLU(layer.alpha)]
        case Sigmoid():
            return [nn.Sigmoid()]
        case Tanh():
            return [nn.Tanh()]
    raise _unknown(layer)


def _torch(network: Network, batch: int, train: bool, threads: int) -> dict[str, Work]:
    import torch

    torch.set_num_threads(threads)
    x, labels = (torch.from_numpy(a) for a in _batch(network, batch))
    softmax = isinstance(network.loss, SoftmaxCrossEntropy)
    goal = torch.nn.functional.one_hot(labels, network.classes).float()

    def one(last: bool, compiled: bool) -> Work:
        pairs = zip(network.layers, network.shapes, strict=False)
        parts = [part for layer, shape in pairs for part in _torch_module(layer, shape[0], torch)]
        model: Any = torch.nn.Sequential(*parts)
        model(x[:1])  # lazy layers learn their sizes
        inputs = x
        if last:
            model = model.to(memory_format=torch.channels_last)
            inputs = x.to(memory_format=torch.channels_last)
        criterion = torch.nn.CrossEntropyLoss()

        def objective(values: Any) -> Any:
            z = model(values)
            return criterion(z, labels) if softmax else 0.5 * ((z - goal) ** 2).sum() / batch

        optimiser = torch.optim.SGD(model.parameters(), lr=1e-5, momentum=0.9, weight_decay=1e-4)
        run = torch.compile(objective) if compiled else objective
        forward = torch.compile(model) if compiled else model

        def step() -> None:
            optimiser.zero_grad(set_to_none=True)
            run(inputs).backward()
            optimiser.step()

        def predict() -> None:
            with torch.inference_mode():
                forward(inputs)

        return step if train else predict

    return {
        "torch": one(False, False),
        "torch channels_last": one(True, False),
        "torch compile": one(False, True),
        "torch compile channels_last": one(True, True),
    }


def _jax_layer(layer: Layer, shape: tuple[int, ...], p: Any, y: Any) -> Any:
    """Return one layer's output; maps are N×H×W×C."""
    import jax
    import jax.numpy as jnp
    from jax import lax

    match layer:
        case Conv(connections=None):
            pad = [(layer.pad, layer.pad)] * 2
            order = ("NHWC", "HWIO", "NHWC")
            strides = (layer.stride, layer.stride)
            y = lax.conv_general_dilated(y, p["w"], strides, pad, dimension_numbers=order)
            return y + p["b"]
        case MaxPool() | MeanPool() if type(layer) in (MaxPool, MeanPool):
            window, steps = layer.window, layer.output_shape(shape)[1:]
            reach = [(out - 1) * layer.stride + window for out in steps]
            sides = zip(reach, shape[1:], strict=True)
            pad = [(0, 0), *((0, max(0, r - side)) for r, side in sides), (0, 0)]
            size, stride = (1, window, window, 1), (1, layer.stride, layer.stride, 1)
            if isinstance(layer, MaxPool):
                return lax.reduce_window(y, -jnp.inf, lax.max, size, stride, pad)
            cells = lax.reduce_window(
                jnp.ones_like(y[:1, :, :, :1]), 0.0, lax.add, size, stride, pad
            )
            return lax.reduce_window(y, 0.0, lax.add, size, stride, pad) / cells
        case Linear():
            return y.reshape(len(y), -1) @ p["w"] + p["b"]
        case Flatten():
            return y.reshape(len(y), -1)
        case ReLU():
            return jnp.maximum(y, 0)
        case LeakyReLU():
            return jnp.where(y > 0, y, layer.alpha * y)
        case Sigmoid():
            return jax.nn.sigmoid(y)
        case Tanh():
            return jnp.tanh(y)
    raise _unknown(layer)


def _jax(network: Network, batch: int, train: bool) -> dict[str, Work]:
    import jax
    import jax.numpy as jnp

    x, labels = _batch(network, batch)
    values, softmax = (
        jnp.asarray(x.transpose(0, 2, 3, 1)),
        isinstance(network.loss, SoftmaxCrossEntropy),
    )
    goal = jax.nn.one_hot(labels, network.classes)
    flat = network.arena.views(np.full(network.arena.size, 0.01, np.float32))
    params = [
        {
            name: jnp.asarray(value.transpose(2, 3, 1, 0) if value.ndim == 4 else value.T)
            for name, value in own.items()
        }
        for own in flat
    ]

    def logits(params: Any, y: Any) -> Any:
        for layer, shape, p in zip(network.layers, network.shapes, params, strict=False):
            y = _jax_layer(layer, shape, p, y)
        return y

    def objective(params: Any, y: Any) -> Any:
        z = logits(params, y)
        if softmax:
            return -jnp.mean(jnp.sum(jax.nn.log_softmax(z) * goal, axis=1))
        return 0.5 * jnp.sum((z - goal) ** 2) / batch

    def update(params: Any, velocity: Any, y: Any) -> Any:
        gradient = jax.grad(objective)(params, y)
        velocity = jax.tree.map(
            lambda v, g, p: 0.9 * v + 1e-5 * (g + 1e-4 * p), velocity, gradient, params
        )
        return jax.tree.map(lambda p, v: p - v, params, velocity), velocity

    step = jax.jit(update)
    state = [params, jax.tree.map(jnp.zeros_like, params)]
    forward: Callable[..., Any] = jax.jit(logits)

    def train_work() -> None:
        state[:] = jax.block_until_ready(step(*state, values))

    return {
        "jax jit": train_work if train else lambda: jax.block_until_ready(forward(params, values))
    }
