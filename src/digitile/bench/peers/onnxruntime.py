"""ONNX Runtime: predictions of a graph that is written here."""

from typing import Any

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from digitile.bench.contest import Work
from digitile.bench.task import Task, not_lowered, overhang
from digitile.nn.activations import LeakyReLU, ReLU, Sigmoid, Tanh
from digitile.nn.conv import Conv
from digitile.nn.layer import Layer, Shape
from digitile.nn.linear import Flatten, Linear
from digitile.nn.loss import SoftmaxCrossEntropy
from digitile.nn.network import Network
from digitile.nn.places import BOX, PlaceLoss
from digitile.nn.pool import MaxPool, MeanPool
from digitile.nn.residual import Add

OPSET, IR_VERSION = 17, 8  # known to every version since 2022


def works(task: Task) -> dict[str, Work]:
    """Return the work of predictions, none for training; see `digitile.bench.peers.works`."""
    if task.train:
        return {}
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = task.threads, 1
    model = graph(task).SerializeToString()
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return {"onnxruntime": lambda: session.run(None, {"x": task.x})[0]}


def graph(task: Task) -> Any:
    """Return the network with its parameters as an ONNX model, from x, N×C×H×W, to scores."""
    network, nodes, values = task.network, list[Any](), ["x"]
    for index, (layer, shape) in enumerate(zip(network.layers, network.shapes, strict=False)):
        name, value = network.names[index], values[-1]
        for operator, own, attributes in _operators(layer, shape):
            inputs = [value, *(f"{name}.{parameter}" for parameter in own)]
            if isinstance(layer, Add):
                inputs.append(values[index - layer.span])
            value = f"{name}.{operator}"
            nodes.append(helper.make_node(operator, inputs, [value], **attributes))
        values.append(value)
    last, value = _scores(network, values[-1])
    parameters = network.arena.named(task.theta)
    float32, shape = TensorProto.FLOAT, (len(task.x), *network.shapes[-1])
    made = helper.make_graph(
        nodes + last,
        "network",
        [helper.make_tensor_value_info("x", float32, task.x.shape)],
        [helper.make_tensor_value_info(value, float32, shape)],
        [numpy_helper.from_array(array, name) for name, array in parameters.items()],
    )
    opset = helper.make_opsetid("", OPSET)
    return helper.make_model(made, opset_imports=[opset], ir_version=IR_VERSION)


def _scores(network: Network, z: str) -> tuple[list[Any], str]:
    """Return the nodes that make scores of the value called `z`, and what those are called."""
    make, loss = helper.make_node, network.loss
    if isinstance(loss, PlaceLoss) and loss.box:
        sizes = numpy_helper.from_array(np.array([network.classes, BOX]), "sizes")
        nodes = [
            make("Constant", [], ["sizes"], value=sizes),
            make("Split", [z, "sizes"], ["classes", "box"], axis=1),
            make("Softmax", ["classes"], ["shares"], axis=1),
            make("Concat", ["shares", "box"], ["scores"], axis=1),
        ]
        return nodes, "scores"
    if isinstance(loss, (SoftmaxCrossEntropy, PlaceLoss)):
        return [make("Softmax", [z], ["scores"], axis=1)], "scores"
    return [], z


def _operators(layer: Layer, shape: Shape) -> list[tuple[str, str, dict[str, Any]]]:
    """Return a layer's operators: name, the parameters it reads, attributes."""
    match layer:
        case Conv(connections=None):
            sizes = {"strides": layer.stride, "dilations": layer.dilation}
            steps = {name: [size] * 2 for name, size in sizes.items()}
            return [("Conv", "wb", {**steps, "pads": [layer.pad] * 4})]
        case MaxPool() | MeanPool() if type(layer) in (MaxPool, MeanPool):
            window: dict[str, Any] = {
                "kernel_shape": [layer.window] * 2,
                "strides": [layer.stride] * 2,
                "pads": [0, 0, *overhang(layer, shape)],
            }
            if isinstance(layer, MaxPool):
                return [("MaxPool", "", window)]
            return [("AveragePool", "", {**window, "count_include_pad": 0})]
        case Linear():
            return [("Flatten", "", {}), ("Gemm", "wb", {"transB": 1})]
        case Flatten():
            return [("Flatten", "", {})]
        case Add():
            return [("Add", "", {})]
        case ReLU():
            return [("Relu", "", {})]
        case LeakyReLU():
            return [("LeakyRelu", "", {"alpha": layer.alpha})]
        case Sigmoid():
            return [("Sigmoid", "", {})]
        case Tanh():
            return [("Tanh", "", {})]
    raise not_lowered(layer)
