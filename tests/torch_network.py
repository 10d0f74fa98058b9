"""The same networks by PyTorch's own layers and automatic differentiation."""

from typing import Any

import numpy as np

from digitile.nn.activations import LeakyReLU, ReLU, Sigmoid, Tanh, TanhKx
from digitile.nn.connections import pairs_of
from digitile.nn.conv import Conv
from digitile.nn.layer import Array, Layer
from digitile.nn.linear import Flatten, Linear
from digitile.nn.loss import HalfSquaredError, Places, SoftmaxCrossEntropy, Target
from digitile.nn.network import Network
from digitile.nn.places import PlaceLoss
from digitile.nn.pool import MaxPool, MeanPool, Subsample
from digitile.nn.residual import Add


def torch_step(
    network: Network, theta: Array, x: Array, target: Target
) -> tuple[float, Array, Array]:
    """Return loss, scores and flat gradient of one batch, in the type of theta."""
    import torch

    flat = torch.from_numpy(theta.copy()).requires_grad_()
    inputs = [torch.from_numpy(x)]
    for index, layer in enumerate(network.layers):
        p = {
            slot.parameter.name: flat[slot.start : slot.stop].reshape(slot.parameter.shape)
            for slot in network.arena.slots
            if slot.layer == index
        }
        if isinstance(layer, Add):
            inputs.append(inputs[-1] + inputs[index - layer.span])
        else:
            inputs.append(_forward(layer, p, inputs[-1]))
    loss, scores = _loss(network, inputs[-1], target)
    loss.backward()
    return float(loss.detach()), scores.detach().numpy(), flat.grad.numpy()


def _forward(layer: Layer, p: dict[str, Any], y: Any) -> Any:
    import torch
    from torch.nn import functional as f

    match layer:
        case Conv():
            w = _dense(layer, p["w"], y.shape[1])
            return f.conv2d(y, w, p["b"], layer.stride, layer.pad, layer.dilation)
        case Subsample():
            mean = f.avg_pool2d(y, layer.window, layer.stride, ceil_mode=layer.ceil)
            weight = p["w"][:, None, None] * layer.window**2
            return mean * weight + p["b"][:, None, None]
        case MaxPool() if type(layer) is MaxPool:
            return f.max_pool2d(y, layer.window, layer.stride, ceil_mode=layer.ceil)
        case MeanPool():
            return f.avg_pool2d(y, layer.window, layer.stride, ceil_mode=layer.ceil)
        case Linear():
            return f.linear(y.flatten(1), p["w"], p["b"])
        case Flatten():
            return y.flatten(1)
        case ReLU():
            return f.relu(y)
        case LeakyReLU():
            return f.leaky_relu(y, layer.alpha)
        case Sigmoid():
            return torch.sigmoid(y)
        case Tanh():
            return torch.tanh(y)
        case TanhKx():
            return torch.tanh(y) + layer.k * y
    raise NotImplementedError(str(layer))


def _dense(layer: Conv, w: Any, c: int) -> Any:
    """Return the kernels as O×C×K×K, zero where the table has no connection."""
    import torch

    if layer.connections is None:
        return w
    pairs = pairs_of(layer.connections)
    dense = torch.zeros(layer.maps, c, *w.shape[1:], dtype=w.dtype)
    return dense.index_put(tuple(torch.tensor(pairs).T), w)


def _loss(network: Network, z: Any, target: Target) -> tuple[Any, Any]:
    """Return the loss of the last values, and the scores."""
    import torch
    from torch.nn import functional as f

    if isinstance(network.loss, PlaceLoss):
        assert isinstance(target, Places)
        return _place_loss(network.loss, z, *map(torch.from_numpy, target))
    labels = torch.from_numpy(np.asarray(target))
    if isinstance(network.loss, SoftmaxCrossEntropy):
        return f.cross_entropy(z, labels), f.softmax(z, dim=1)
    assert isinstance(network.loss, HalfSquaredError)
    off, on = network.loss.off, network.loss.on
    targets = off + (on - off) * f.one_hot(labels, z.shape[1])
    return 0.5 * ((z - targets) ** 2).sum() / len(z), z


def _place_loss(loss: PlaceLoss, z: Any, classes: Any, weights: Any, boxes: Any) -> tuple[Any, Any]:
    import torch
    from torch.nn import functional as f

    count = z.shape[1] - (4 if loss.box else 0)
    entropy = f.cross_entropy(z[:, :count], classes, reduction="none")
    total = (weights * (1 - torch.exp(-entropy)) ** loss.focal.gamma * entropy).sum()
    if loss.box:
        own = f.smooth_l1_loss(z[:, count:], boxes, reduction="none", beta=loss.box.beta)
        total = total + (weights * (classes < count - 1) * own.sum(dim=1)).sum()
    scores = torch.cat([f.softmax(z[:, :count], dim=1), z[:, count:]], dim=1)
    return total / len(z), scores
