"""PyTorch: eager and compiled, channels first and last."""

from typing import Any

import torch
from torch import nn

from digitile.bench.contest import Work
from digitile.bench.task import MOMENTUM, WEIGHT_DECAY, Task, not_lowered
from digitile.nn.activations import LeakyReLU, ReLU, Sigmoid, Tanh
from digitile.nn.conv import Conv
from digitile.nn.layer import Array, Layer, Shape
from digitile.nn.linear import Flatten, Linear
from digitile.nn.loss import SoftmaxCrossEntropy
from digitile.nn.network import Network
from digitile.nn.pool import MaxPool, MeanPool


def works(task: Task) -> dict[str, Work]:
    """Return the works of four configurations; see `digitile.bench.peers.works`."""
    torch.set_num_threads(task.threads)
    torch.compiler.reset()  # else it goes back to eager after a few networks
    return {
        "torch": _work(task, last=False, compiled=False),
        "torch channels_last": _work(task, last=True, compiled=False),
        "torch compile": _work(task, last=False, compiled=True),
        "torch compile channels_last": _work(task, last=True, compiled=True),
    }


def _work(task: Task, last: bool, compiled: bool) -> Work:
    layout = torch.channels_last if last else torch.contiguous_format
    model = model_of(task.network, task.theta).to(memory_format=layout)
    x = torch.from_numpy(task.x).to(memory_format=layout)
    labels, targets = torch.from_numpy(task.labels), torch.from_numpy(task.targets)
    softmax = isinstance(task.network.loss, SoftmaxCrossEntropy)

    def scores(x: Any) -> Any:
        z = model(x)
        return z.softmax(1) if softmax else z

    def objective(x: Any) -> Any:
        z = model(x)
        if softmax:
            return nn.functional.cross_entropy(z, labels)
        return 0.5 * ((z - targets) ** 2).sum() / len(targets)

    forward: Any = objective if task.train else scores
    if compiled:
        forward = torch.compile(forward, dynamic=False)
    optimiser = torch.optim.SGD(
        model.parameters(), lr=task.lr, momentum=MOMENTUM, weight_decay=WEIGHT_DECAY
    )

    def step() -> Any:
        optimiser.zero_grad(set_to_none=True)
        loss = forward(x)
        loss.backward()
        optimiser.step()
        return loss.detach()

    def predict() -> Any:
        with torch.inference_mode():
            return forward(x)

    return step if task.train else predict


def model_of(network: Network, theta: Array) -> Any:
    """Return a network as PyTorch's modules, with its parameters.

    Raises
    ------
    SettingError
        For a layer that is not lowered here.
    """
    model = nn.Sequential()
    for layer, shape, own in zip(
        network.layers, network.shapes, network.arena.views(theta), strict=False
    ):
        for module in _modules(layer, shape):
            model.append(module)
        with torch.no_grad():
            for name, value in own.items():
                {"w": model[-1].weight, "b": model[-1].bias}[name].copy_(torch.from_numpy(value))
    return model


def _modules(layer: Layer, shape: Shape) -> list[Any]:
    match layer:
        case Conv(connections=None):
            size = (layer.kernel_size, layer.stride, layer.pad)
            return [nn.Conv2d(shape[0], layer.maps, *size)]
        case MaxPool() if type(layer) is MaxPool:
            return [nn.MaxPool2d(layer.window, layer.stride, ceil_mode=layer.ceil)]
        case MeanPool():
            return [nn.AvgPool2d(layer.window, layer.stride, ceil_mode=layer.ceil)]
        case Linear():
            inputs = layer.parameters(shape)[0].fan_in
            return [nn.Flatten(), nn.Linear(inputs, layer.units)]
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
    raise not_lowered(layer)
