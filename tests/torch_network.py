"""The same networks by PyTorch's own layers and automatic differentiation."""

import numpy as np
from numpy.typing import NDArray

from digitile.nn.activations import LeakyReLU, ReLU, Sigmoid, Tanh, TanhKx
from digitile.nn.conv import Conv
from digitile.nn.layer import Array
from digitile.nn.linear import Flatten, Linear
from digitile.nn.loss import SoftmaxCrossEntropy
from digitile.nn.network import Network
from digitile.nn.pool import MaxPool, MeanPool, Subsample


def torch_step(
    network: Network, theta: Array, x: Array, labels: NDArray[np.int64]
) -> tuple[float, Array, Array]:
    """Return loss, scores and flat gradient of one batch."""
    import torch
    from torch.nn import functional as f

    flat = torch.from_numpy(theta.copy()).requires_grad_()
    y = torch.from_numpy(x)
    for index, layer in enumerate(network.layers):
        p = {
            slot.parameter.name: flat[slot.start : slot.stop].reshape(slot.parameter.shape)
            for slot in network.arena.slots
            if slot.layer == index
        }
        if isinstance(layer, Conv):
            w = p["w"]
            if layer.connections is not None:
                pairs = [(o, i) for o, row in enumerate(layer.connections) for i in row]
                dense = torch.zeros(layer.maps, y.shape[1], *w.shape[1:])
                w = dense.index_put(tuple(torch.tensor(pairs).T), w)
            y = f.conv2d(y, w, p["b"], layer.stride, layer.pad)
        elif isinstance(layer, Subsample):
            mean = f.avg_pool2d(y, layer.window, layer.stride, ceil_mode=layer.ceil)
            weight = p["w"][:, None, None] * layer.window**2
            y = mean * weight + p["b"][:, None, None]
        elif type(layer) is MaxPool:
            y = f.max_pool2d(y, layer.window, layer.stride, ceil_mode=layer.ceil)
        elif isinstance(layer, MeanPool):
            y = f.avg_pool2d(y, layer.window, layer.stride, ceil_mode=layer.ceil)
        elif isinstance(layer, Linear):
            y = f.linear(y.flatten(1), p["w"], p["b"])
        elif isinstance(layer, Flatten):
            y = y.flatten(1)
        elif isinstance(layer, ReLU):
            y = f.relu(y)
        elif isinstance(layer, LeakyReLU):
            y = f.leaky_relu(y, layer.alpha)
        elif isinstance(layer, Sigmoid):
            y = torch.sigmoid(y)
        elif isinstance(layer, Tanh):
            y = torch.tanh(y)
        elif isinstance(layer, TanhKx):
            y = torch.tanh(y) + layer.k * y
        else:
            raise NotImplementedError(str(layer))
    target = torch.from_numpy(labels)
    if isinstance(network.loss, SoftmaxCrossEntropy):
        loss, scores = f.cross_entropy(y, target), f.softmax(y, dim=1)
    else:
        hot = f.one_hot(target, network.classes).float()
        loss, scores = 0.5 * ((y - hot) ** 2).sum() / len(y), y
    loss.backward()
    return float(loss.detach()), scores.detach().numpy(), flat.grad.numpy()
