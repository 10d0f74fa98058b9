"""One picture's way through a network, and its error's way back, by nn's own equations."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitile.errors import SettingError, ShapeError
from digitile.model import Model
from digitile.nn import passes
from digitile.nn.connections import pairs_of
from digitile.nn.conv import Conv
from digitile.nn.layer import Array, Layer, Params
from digitile.nn.loss import ClassLoss

SEED = 0
"""Of what dropout and stochastic pooling draw on the way back."""


@dataclass(frozen=True, eq=False)
class Stage:
    """One layer on the way. Arrays are of the one picture, without a batch axis."""

    name: str  # as in `Network.names`
    layer: Layer
    # input and output in prediction; of a branch's end, x is what the branch gave
    x: Array
    y: Array
    p: Params  # the layer's parameters
    # dE/dx and dE/dy
    dx: Array
    dy: Array
    dp: Params  # dE/dp


@dataclass(frozen=True, eq=False)
class Walk:
    """A picture's way there and back."""

    model: Model
    image: NDArray[np.uint8]  # C×H×W: as the network is shown it
    stages: tuple[Stage, ...]  # in network order
    scores: Array  # classes
    # the class with the highest score, and the one the error is measured against
    answer: int
    label: int
    loss: float  # E in prediction
    # whether a layer draws at random: then the way back is that of one training step, whose E
    # differs
    drawn: bool


def class_index(model: Model, name: str) -> int:
    """Return the place of the class called `name`.

    Raises `SettingError` where the model has no such class.
    """
    if name not in model.classes:
        raise SettingError(
            f"the model has no class {name!r}. Use one of: {', '.join(model.classes)}."
        )
    return model.classes.index(name)


def follow(model: Model, image: NDArray[np.uint8], label: int | None = None) -> Walk:
    """Take a picture through the network, and its error back.

    Raises `ShapeError` for a picture that does not fit, and a network that gives more than one
    answer.

    Parameters
    ----------
    image : ndarray, uint8, C×H×W
    label : int, optional
        The class that E is measured against; the answer, where it is not given.
    """
    network, loss = model.network, model.network.loss
    if not isinstance(loss, ClassLoss):
        raise ShapeError(
            f"the network answers at every place of a picture ({loss}), but only one answer can "
            "be followed. Use a model that answers once."
        )
    parameters = network.arena.views(model.theta)
    network.check_input(image[None])
    values = [model.preprocess(image[None])]
    values += [y for y, _ in passes.outputs(network, model.theta, values[0])]
    scores = loss.scores(values[-1])[0]
    answer = int(np.argmax(scores))
    labels = np.array([answer if label is None else label])

    noise = network.draw(np.random.default_rng(SEED), 1)
    trained = list(passes.outputs(network, model.theta, values[0], noise))
    dz = loss.backward(loss.forward(trained[-1][0], labels)[1])
    saved = [kept for _, kept in trained]
    back = list(passes.backward(network, model.theta, dz, saved))[::-1]
    errors = [*(dx for dx, _ in back), dz]
    stages = tuple(
        Stage(name, layer, x[0], y[0], p, dx[0], dy[0], dp)
        for name, layer, x, y, p, dx, dy, (_, dp) in zip(
            network.names,
            network.layers,
            values[:-1],
            values[1:],
            parameters,
            errors[:-1],
            errors[1:],
            back,
            strict=True,
        )
    )
    return Walk(
        model=model,
        image=image,
        stages=stages,
        scores=scores,
        answer=answer,
        label=int(labels[0]),
        loss=float(loss.forward(values[-1], labels)[0]),
        drawn=any(own is not None for own in noise),
    )


def kernels(layer: Conv, w: Array, inputs: int) -> Array:
    """Return a convolution's kernels as O×C×K×K, NaN where no connection is.

    Parameters
    ----------
    w : ndarray
        The layer's w, or its gradient.
    inputs : int
        Input maps C.
    """
    if layer.connections is None:
        return w
    dense = np.full((layer.maps, inputs, *w.shape[1:]), np.nan, w.dtype)
    for kernel, pair in zip(w, pairs_of(layer.connections), strict=True):
        dense[pair] = kernel
    return dense


@dataclass(frozen=True, eq=False)
class WorkedSum:
    """One value of a convolution, worked out."""

    place: tuple[int, int, int]  # output map, row and column
    inputs: tuple[int, ...]  # the input maps that feed it
    # inputs×K×K
    window: Array
    kernel: Array
    # y = Σ window·kernel + bias
    bias: float
    value: float


def strongest(stage: Stage) -> WorkedSum:
    """Return how a convolution came to its value farthest from zero."""
    layer = stage.layer
    assert isinstance(layer, Conv)
    o, u, v = (int(i) for i in np.unravel_index(np.argmax(np.abs(stage.y)), stage.y.shape))
    dense = kernels(layer, stage.p["w"], len(stage.x))[o]
    inputs = tuple(i for i, kernel in enumerate(dense) if not np.isnan(kernel).any())
    padded = np.pad(stage.x, ((0, 0), (layer.pad, layer.pad), (layer.pad, layer.pad)))
    top, left = u * layer.stride, v * layer.stride
    rows = slice(top, top + layer.extent, layer.dilation)
    columns = slice(left, left + layer.extent, layer.dilation)
    window = padded[list(inputs), rows, columns]
    bias, value = float(stage.p["b"][o]), float(stage.y[o, u, v])
    return WorkedSum((o, u, v), inputs, window, dense[list(inputs)], bias, value)
