"""A network in prediction as an ONNX model: each layer as operators of opset 17.

The operators are those of https://github.com/onnx/onnx/blob/v1.12.0/docs/Operators.md.
"""

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from digitile.errors import SettingError, ShapeError
from digitile.nn.activations import LeakyReLU, ReLU, Sigmoid, Tanh, TanhKx
from digitile.nn.connections import dense
from digitile.nn.conv import Conv
from digitile.nn.dropout import Dropout
from digitile.nn.layer import Array, Layer, Params
from digitile.nn.linear import Flatten, Linear
from digitile.nn.loss import HalfSquaredError, SoftmaxCrossEntropy
from digitile.nn.network import Network
from digitile.nn.places import BOX, PlaceLoss
from digitile.nn.pool import MaxPool, MeanPool, MinPool, PoolLayer, StochasticPool, Subsample
from digitile.nn.preprocess import Preprocess
from digitile.nn.residual import Add

OPSET, IR_VERSION = 17, 8
"""Of ONNX 1.12, June 2022; ONNX Runtime reads them since 1.12."""


class _Nodes:
    """The operators and constants of a graph, in the order in which they were added."""

    def __init__(self) -> None:
        self.operators: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """Add a constant, and return its name."""
        self.constants.append(numpy_helper.from_array(value, name))
        return name

    def number(self, name: str, value: float) -> str:
        """Add one float32, and return its name."""
        return self.constant(name, np.array(value, np.float32))

    def node(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """Add an operator, and return its output's name."""
        name = output or f"{operator.lower()}_{len(self.operators)}"
        self.operators.append(helper.make_node(operator, inputs, [name], name, **attributes))
        return name


def network_model(
    network: Network,
    theta: Array,
    preprocess: Preprocess | None = None,
    temperature: float = 1.0,
) -> Any:
    """Return a network with its parameters as an ONNX model.

    Its input is ``images``, uint8, or without `preprocess` ``x``, float32: N×C×H×W, with any N,
    and any H and W where the network and `preprocess` allow it. Its output is ``probabilities``,
    N×classes or N×classes×h×w, or ``scores`` of a loss without softmax; a network with boxes has
    a second one, ``boxes``, N×4×h×w.

    Raises `SettingError` for a layer or a loss that is not known here; `ShapeError` where the
    network is too large once its tables of connections are filled with zeros.

    Parameters
    ----------
    theta : ndarray, float32, flat
    preprocess : Preprocess or None
        What comes before the network; None where its input is preprocessed already.
    temperature : float
        T of softmax(z/T).
    """
    _check_tables(network)
    nodes, name = _Nodes(), "x" if preprocess is None else "images"
    kind = TensorProto.FLOAT if preprocess is None else TensorProto.UINT8
    free = sizes_are_free(network, preprocess)
    x_shape = ("N", *_sizes(network.input_shape, ("height", "width"), free))
    x = name if preprocess is None else _preprocessed(nodes, preprocess, name)
    outputs = _scores(nodes, network, _last(nodes, network, theta, x), temperature)
    places = _sizes(network.shapes[-1], ("rows", "columns"), free)[1:]
    graph = helper.make_graph(
        nodes.operators,
        "network",
        [helper.make_tensor_value_info(name, kind, x_shape)],
        [
            helper.make_tensor_value_info(output, TensorProto.FLOAT, ("N", count, *places))
            for output, count in outputs.items()
        ],
        nodes.constants,
    )
    opset = helper.make_opsetid("", OPSET)
    return helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION)


def sizes_are_free(network: Network, preprocess: Preprocess | None) -> bool:
    """Return whether pictures may have other sizes than the network's input."""
    alike = preprocess is None or preprocess.shift.size == preprocess.scale.size == 1
    return alike and all(layer.reach is not None for layer in network.layers)


def _sizes(shape: tuple[int, ...], names: tuple[str, str], free: bool) -> tuple[int | str, ...]:
    """Return a shape, of which height and width are names where they are free."""
    return (shape[0], *names) if free else shape


def _check_tables(network: Network) -> None:
    """Raise `ShapeError` where the network would be too large without tables of connections."""
    layers = tuple(
        replace(layer, connections=None) if isinstance(layer, Conv) else layer
        for layer in network.layers
    )
    try:
        replace(network, layers=layers)
    except ShapeError as error:
        raise ShapeError(f"with zeros where its tables have no connection, {error}") from None


def _preprocessed(nodes: _Nodes, preprocess: Preprocess, images: str) -> str:
    """Add (images − shift)·scale."""
    x = nodes.node("Cast", images, to=TensorProto.FLOAT)
    x = nodes.node("Sub", x, nodes.constant("preprocess.shift", preprocess.shift))
    return nodes.node("Mul", x, nodes.constant("preprocess.scale", preprocess.scale))


def _last(nodes: _Nodes, network: Network, theta: Array, x: str) -> str:
    """Add the layers, and return the name of the last one's output."""
    values = [x]  # each layer's input
    rows = zip(network.names, network.layers, network.arena.views(theta), strict=True)
    for index, (name, layer, p) in enumerate(rows):
        if isinstance(layer, Add):
            values.append(nodes.node("Add", values[-1], values[index - layer.span]))
        else:
            channels = network.shapes[index][0]
            values.append(_layer(nodes, layer, name, p, channels, values[-1]))
    return values[-1]


def _scores(nodes: _Nodes, network: Network, z: str, temperature: float) -> dict[str, int]:
    """Add what makes scores of z; return the outputs and how many values or maps each has."""
    loss, classes = network.loss, network.classes
    if isinstance(loss, HalfSquaredError):
        return {nodes.node("Identity", z, output="scores"): classes}
    if not isinstance(loss, SoftmaxCrossEntropy | PlaceLoss):
        raise SettingError(f"the loss {loss} has no operators in ONNX here. Use softmax or focal.")
    boxes = {}
    if isinstance(loss, PlaceLoss) and loss.box:
        sizes = nodes.constant("sizes", np.array([classes, BOX]))
        parts = ["logits", "boxes"]
        nodes.operators.append(helper.make_node("Split", [z, sizes], parts, axis=1))
        z, boxes = "logits", {"boxes": BOX}
    if temperature != 1:
        z = nodes.node("Div", z, nodes.number("temperature", temperature))
    return {nodes.node("Softmax", z, output="probabilities", axis=1): classes, **boxes}


def _layer(  # noqa: C901 - a case for each layer
    nodes: _Nodes, layer: Layer, name: str, p: Params, channels: int, x: str
) -> str:
    """Add a layer that reads x, of so many channels, and return the name of its output."""
    node = nodes.node
    match layer:
        case Conv():
            w = nodes.constant(f"{name}.w", dense(p["w"], layer.connections, channels))
            b = nodes.constant(f"{name}.b", p["b"])
            strides, dilations = [layer.stride] * 2, [layer.dilation] * 2
            pads = [layer.pad] * 4
            return node("Conv", x, w, b, strides=strides, dilations=dilations, pads=pads)
        case Linear():
            w, b = (nodes.constant(f"{name}.{own}", p[own]) for own in "wb")
            return node("Gemm", node("Flatten", x), w, b, transB=1)
        case PoolLayer():
            return _pool(nodes, layer, name, p, x)
        case Flatten():
            return node("Flatten", x)
        case Dropout():
            return node("Mul", x, nodes.number(f"{name}.keep", layer.keep))
        case ReLU():
            return node("Relu", x)
        case LeakyReLU():
            return node("LeakyRelu", x, alpha=layer.alpha)
        case Sigmoid():
            return node("Sigmoid", x)
        case Tanh():
            return node("Tanh", x)
        case TanhKx():
            kx = node("Mul", x, nodes.number(f"{name}.k", layer.k))
            return node("Add", node("Tanh", x), kx)
    raise _unknown(layer, name)


def _pool(nodes: _Nodes, layer: PoolLayer, name: str, p: Params, x: str) -> str:
    """Add a pooling layer that reads x, and return the name of its output.

    With `ceil`, there are ⌈(H − f)/s⌉ + 1 windows, or ⌈H/s⌉ where s > f. That is how many whole
    windows there are with min(f, s) − 1 rows more, for any H.
    """
    node, f = nodes.node, layer.window
    more = min(f, layer.stride) - 1 if layer.ceil else 0
    window: dict[str, Any] = {
        "kernel_shape": [f] * 2,
        "strides": [layer.stride] * 2,
        "pads": [0, 0, more, more],
    }
    mean = partial(node, "AveragePool", count_include_pad=0, **window)
    match layer:
        case MinPool():
            return node("Neg", node("MaxPool", node("Neg", x), **window))
        case MaxPool():
            return node("MaxPool", x, **window)
        case MeanPool():
            return mean(x)
        case StochasticPool():  # Σwx/Σw with w = max(x, 0), so wx = w²; the mean where all w are 0
            w = node("Relu", x)
            total = mean(w)
            weighted = node("Div", mean(node("Mul", w, w)), total)
            some = node("Greater", total, nodes.number(f"{name}.zero", 0))
            return node("Where", some, weighted, mean(x))
        case Subsample():  # w·Σx + b: each map's own convolution, all of whose weights are w
            kernels = np.broadcast_to(p["w"][:, None, None, None], (len(p["w"]), 1, f, f))
            w = nodes.constant(f"{name}.w", np.ascontiguousarray(kernels))
            b = nodes.constant(f"{name}.b", p["b"])
            return node("Conv", x, w, b, group=len(p["w"]), **window)
    raise _unknown(layer, name)


def _unknown(layer: Layer, name: str) -> SettingError:
    return SettingError(
        f"{name}, {layer}, has no operators in ONNX here. Use a network of digitile's own layers."
    )
