"""PyTorch: eager and compiled, channels first and last."""

from typing import Any

import torch
from torch import nn
from torch.nn import functional

from digitile.bench.contest import Work
from digitile.bench.task import WEIGHT_DECAY, BenchTask, not_lowered
from digitile.nn.activations import LeakyReLU, ReLU, Sigmoid, Tanh
from digitile.nn.conv import Conv
from digitile.nn.layer import Array, Layer, Shape
from digitile.nn.linear import Flatten, Linear
from digitile.nn.loss import SoftmaxCrossEntropy
from digitile.nn.network import Network
from digitile.nn.optimiser import SGD, AdamW, Optimiser
from digitile.nn.places import PlaceLoss
from digitile.nn.pool import MaxPool, MeanPool
from digitile.nn.residual import Add


def works(task: BenchTask) -> dict[str, Work]:
    """Return the works of four configurations; see `digitile.bench.peers.works`."""
    torch.set_num_threads(task.threads)
    torch.compiler.reset()  # else it goes back to eager after a few networks
    return {
        "torch": _work(task, last=False, compiled=False),
        "torch channels_last": _work(task, last=True, compiled=False),
        "torch compile": _work(task, last=False, compiled=True),
        "torch compile channels_last": _work(task, last=True, compiled=True),
    }


def _work(task: BenchTask, last: bool, compiled: bool) -> Work:
    layout = torch.channels_last if last else torch.contiguous_format
    model = model_of(task.network, task.theta).to(memory_format=layout)
    x = torch.from_numpy(task.x).to(memory_format=layout)
    scores, loss = _loss_of(task)

    def forward(x: Any) -> Any:
        z = model(x)
        return loss(z) if task.train else scores(z)

    run: Any = torch.compile(forward, dynamic=False) if compiled else forward
    optimiser = _optimiser(task.rule, model.parameters(), task.lr)

    def step() -> Any:
        optimiser.zero_grad(set_to_none=True)
        loss = run(x)
        loss.backward()
        optimiser.step()
        return loss.detach()

    def predict() -> Any:
        with torch.inference_mode():
            return run(x)

    return step if task.train else predict


def _optimiser(rule: Optimiser, parameters: Any, lr: float) -> Any:
    shared: dict[str, Any] = {"lr": lr, "weight_decay": WEIGHT_DECAY, "fused": True}
    if isinstance(rule, SGD):
        return torch.optim.SGD(parameters, momentum=rule.momentum, **shared)
    assert isinstance(rule, AdamW)
    betas = (rule.beta1, rule.beta2)
    return torch.optim.AdamW(parameters, betas=betas, eps=rule.epsilon, **shared)


def _loss_of(task: BenchTask) -> tuple[Any, Any]:
    """Return the functions that give scores and the loss of a network's last values."""
    loss = task.network.loss
    if isinstance(loss, PlaceLoss):
        return _place_loss_of(loss, task.network.classes, *map(torch.from_numpy, task.target))
    if isinstance(loss, SoftmaxCrossEntropy):
        labels = torch.from_numpy(task.target)
        return lambda z: z.softmax(1), lambda z: functional.cross_entropy(z, labels)
    targets = torch.from_numpy(task.targets)
    return lambda z: z, lambda z: 0.5 * ((z - targets) ** 2).sum() / len(targets)


def _place_loss_of(
    loss: PlaceLoss, count: int, classes: Any, weights: Any, boxes: Any
) -> tuple[Any, Any]:
    box_weights = weights * (classes < count - 1)

    def scores(z: Any) -> Any:
        return torch.cat([z[:, :count].softmax(1), z[:, count:]], dim=1)

    def objective(z: Any) -> Any:
        entropy = functional.cross_entropy(z[:, :count], classes, reduction="none")
        total = (weights * (1 - torch.exp(-entropy)) ** loss.focal.gamma * entropy).sum()
        if loss.box:
            away = functional.smooth_l1_loss(
                z[:, count:], boxes, reduction="none", beta=loss.box.beta
            )
            total = total + (box_weights * away.sum(dim=1)).sum()
        return total / len(z)

    return scores, objective


class Residual(nn.Module):  # type: ignore[misc]
    """A branch whose input is added to its output."""

    def __init__(self, branch: Any) -> None:
        super().__init__()
        self.branch = branch

    def forward(self, x: Any) -> Any:
        """y = F(x) + x."""
        return self.branch(x) + x


def model_of(network: Network, theta: Array) -> Any:
    """Return a network as PyTorch's modules, with its parameters.

    Raises
    ------
    SettingError
        For a layer that is not lowered here.
    """
    made: list[list[Any]] = []  # the modules of each layer; a branch stands at its end
    for layer, shape, own in zip(
        network.layers, network.shapes, network.arena.views(theta), strict=False
    ):
        if isinstance(layer, Add):
            branch = nn.Sequential(*(module for each in made[-layer.span :] for module in each))
            made[-layer.span :] = [[] for _ in range(layer.span)]
            made.append([Residual(branch)])
            continue
        made.append(_modules(layer, shape))
        with torch.no_grad():
            for name, value in own.items():
                module = made[-1][-1]
                {"w": module.weight, "b": module.bias}[name].copy_(torch.from_numpy(value))
    return nn.Sequential(*(module for each in made for module in each))


def _modules(layer: Layer, shape: Shape) -> list[Any]:
    match layer:
        case Conv(connections=None):
            size = (layer.kernel_size, layer.stride, layer.pad, layer.dilation)
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
