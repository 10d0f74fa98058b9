"""One picture's way through a network, and its error's way back, by nn's own equations."""

import inspect
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitile.data.fit import fit_picture
from digitile.data.isolate import isolate
from digitile.errors import SettingError, ShapeError
from digitile.model import Model
from digitile.nn import passes
from digitile.nn.conv import Conv
from digitile.nn.layer import Array, Layer, Params
from digitile.nn.loss import ClassLoss, Loss

SEED = 0
"""Of what dropout and stochastic pooling draw on the way back."""

_PAPERS = "wu2016|li2017|ma2018|sjtu2025|LeCun|He et al"


@dataclass(frozen=True, eq=False)
class Stage:
    """One layer on the way. Arrays are of the one picture, without a batch axis.

    Attributes
    ----------
    name : str
        As in `Network.names`.
    layer : Layer
    x, y : ndarray
        Input and output in prediction; of a branch's end, x is what the branch gave.
    p : dict of str to ndarray
        The layer's parameters.
    dx, dy : ndarray
        dE/dx and dE/dy.
    dp : dict of str to ndarray
        dE/dp.
    """

    name: str
    layer: Layer
    x: Array
    y: Array
    p: Params
    dx: Array
    dy: Array
    dp: Params


@dataclass(frozen=True, eq=False)
class Walk:
    """A picture's way there and back.

    Attributes
    ----------
    model : Model
    image : ndarray, uint8, C×H×W
        As the network is shown it.
    stages : tuple of Stage
        In network order.
    scores : ndarray, classes
    answer, label : int
        The class with the highest score, and the one the error is measured against.
    loss : float
        E in prediction.
    drawn : bool
        Whether a layer draws at random: then the way back is that of one training step, whose E
        differs.
    """

    model: Model
    image: NDArray[np.uint8]
    stages: tuple[Stage, ...]
    scores: Array
    answer: int
    label: int
    loss: float
    drawn: bool


def prepare(picture: NDArray[np.uint8], model: Model) -> NDArray[np.uint8]:
    """Return a picture as the network is shown it, C×H×W.

    A model of the digits 0 … 9 gets the digit alone, as by `isolate`, others the whole picture.

    Parameters
    ----------
    picture : ndarray, uint8, H×W×1 (gray), H×W×3 (RGB) or H×W×4 (RGBA)
    model : Model

    Raises
    ------
    PictureError
        Where a digit is looked for and there is none.
    ShapeError
        For a network whose input is no picture.
    """
    if model.classes == tuple("0123456789"):
        picture = isolate(picture)[:, :, None]
    return fit_picture(picture, model.network.input_shape)


def class_index(model: Model, name: str) -> int:
    """Return the place of the class called `name`.

    Raises
    ------
    SettingError
        Where the model has no such class.
    """
    if name not in model.classes:
        raise SettingError(
            f"the model has no class {name!r}. Use one of: {', '.join(model.classes)}."
        )
    return model.classes.index(name)


def follow(model: Model, image: NDArray[np.uint8], label: int | None = None) -> Walk:
    """Take a picture through the network, and its error back.

    Parameters
    ----------
    model : Model
    image : ndarray, uint8, C×H×W
    label : int, optional
        The class that E is measured against; the answer, where it is not given.

    Raises
    ------
    ShapeError
        For a picture that does not fit, and a network that gives more than one answer.
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
    layer : Conv
    w : ndarray
        The layer's w, or its gradient.
    inputs : int
        Input maps C.
    """
    if layer.connections is None:
        return w
    dense = np.full((layer.maps, inputs, *w.shape[1:]), np.nan, w.dtype)
    pairs = [(o, i) for o, row in enumerate(layer.connections) for i in row]
    for kernel, pair in zip(w, pairs, strict=True):
        dense[pair] = kernel
    return dense


@dataclass(frozen=True, eq=False)
class Sum:
    """One value of a convolution, worked out.

    Attributes
    ----------
    place : (int, int, int)
        Output map, row and column.
    inputs : tuple of int
        The input maps that feed it.
    window, kernel : ndarray, inputs×K×K
    bias, value : float
        y = Σ window·kernel + bias.
    """

    place: tuple[int, int, int]
    inputs: tuple[int, ...]
    window: Array
    kernel: Array
    bias: float
    value: float


def strongest(stage: Stage) -> Sum:
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
    return Sum((o, u, v), inputs, window, dense[list(inputs)], bias, value)


@dataclass(frozen=True)
class Formula:
    """A step's equation.

    Attributes
    ----------
    text : str
    source : str
        Its number in the papers, with what they print otherwise; may be empty.
    """

    text: str
    source: str


def formula(of: Layer | Loss, step: str) -> Formula:
    """Return the equation of ``forward``, ``backward`` or ``scores``, as its docstring has it."""
    found = _first_sentence(getattr(type(of), step))
    if found.source:
        return found
    return Formula(found.text, _first_sentence(type(of)).source if step == "forward" else "")


def _first_sentence(documented: Any) -> Formula:
    first = (inspect.getdoc(documented) or "").partition("\n")[0].removesuffix(".")
    first = re.sub(r"; (saves|shapes) .*", "", first)
    match = re.fullmatch(rf"(.*?) \(((?:{_PAPERS})\b.*)\)", first)
    return Formula(match[1], match[2]) if match else Formula(first, "")
