"""The line of text that a network is written in.

Its input C×H×W, its layers, its loss, with ``-`` between them::

    1x28x28 - 20C5 - MP2 - 40C5 - MP2 - 200N - ReLU - 10N - softmax

=========================  ====================================================================
``20C5``                   convolution, 20 maps, 5×5 kernels; no padding
``24C5p2`` ``24C5same``    … with 2 rows and columns of zeros on every side; so many that the
``24C5full``               size stays; K − 1
``6C3s2`` ``6C3d2same``    … moved by 2 pixels; taps 2 pixels apart (dilation); with ``same``,
``6C3s2same``              only the stride makes the maps smaller
``16C5[lenet5]``           … connected by LeNet-5's table; ``[0.1;1.2]``: the first map from inputs
                           0 and 1, the second from 1 and 2
``MP2`` ``AP2`` ``IP2``    max, average (mean), min pooling, 2×2
``SP2`` ``TP2``            stochastic pooling; trainable subsampling as in LeNet-5
``MP3s2`` ``MP3s2c``       … 3×3 moved by 2 (overlap); partial windows at the edge count too (ceil)
``200N``                   fully connected, 200 outputs; maps are flattened first
``ReLU`` ``sigmoid``       activations; ``leaky(0.05)``: slope below zero; ``tanhkx(0.13)``:
``tanh``                   tanh(x) + 0.13x
``dropout(0.5)``           dropout; the number is the probability to *stay*
``flatten``                maps as a vector
``+(8C3same - ReLU)``      residual connection, x + F(x), with the layers of F in the brackets,
                           among which may be others
``softmax``                the end: softmax and cross-entropy
``squared``                the end: ½ squared error on targets 0 and 1; ``squared(-1,1)``: others
``focal(2)``               the end of a network without ``N`` or ``flatten``, which answers at each
                           place of its last maps: focal loss, γ = 2, of a map for each class, of
                           which the last is "no digit"
``focal(2)+box(0.1)``      … and smooth L1 loss, β = 0.1, of four more maps, the digit's box
=========================  ====================================================================
"""

import re
from collections.abc import Callable, Sequence

from digitile.errors import NotationError
from digitile.nn.activations import LeakyReLU, ReLU, Sigmoid, Tanh, TanhKx
from digitile.nn.calls import parse_call
from digitile.nn.connections import LENET5_CONNECTIONS, Connections
from digitile.nn.conv import Conv
from digitile.nn.conv_shape import Padding
from digitile.nn.dropout import Dropout
from digitile.nn.layer import Layer, Shape
from digitile.nn.linear import Flatten, Linear
from digitile.nn.loss import HalfSquaredError, Loss, SoftmaxCrossEntropy
from digitile.nn.places import FocalCrossEntropy, PlaceLoss, SmoothL1
from digitile.nn.pool import MaxPool, MeanPool, MinPool, PoolLayer, StochasticPool, Subsample
from digitile.nn.residual import Add, branches

MAX_LAYERS = 100
"""Most layers of one network, so that a hostile text cannot fill the memory."""

_PART = re.compile(r"((?:[a-z]\s*\([^()]*\)|\[[^][]*]|[^-])*)-", re.IGNORECASE)
"""One part of the line and the - behind it; that of a number or table in it is no end."""
_BRANCHES = re.compile(r"((?:\+\s*\(\s*)*)(.*)", re.DOTALL)
"""The beginnings of branches, and what follows them."""
_CONV = re.compile(
    r"(\d{1,9})C(\d{1,9})(?:s(\d{1,9}))?(?:d(\d{1,9}))?"
    r"(?:p(\d{1,9})|(valid|same|full))?(?:\[([^]]*)])?",
    re.IGNORECASE,
)
_POOL = re.compile(r"(MP|AP|IP|SP|TP)(\d{1,9})(?:s(\d{1,9}))?(c)?", re.IGNORECASE)
_LINEAR = re.compile(r"(\d{1,9})N", re.IGNORECASE)
_POOLS: dict[str, type[PoolLayer]] = {
    "MP": MaxPool,
    "AP": MeanPool,
    "IP": MinPool,
    "SP": StochasticPool,
    "TP": Subsample,
}
_WORDS: dict[str, tuple[int, Callable[..., Layer]]] = {
    "ReLU": (0, ReLU),
    "leaky": (1, LeakyReLU),
    "sigmoid": (0, Sigmoid),
    "tanh": (0, Tanh),
    "tanhkx": (1, TanhKx),
    "dropout": (1, Dropout),
    "flatten": (0, Flatten),
}


def parse(text: str) -> tuple[Shape, tuple[Layer, ...], Loss]:
    """Read a network's input shape, layers and loss.

    Raises
    ------
    NotationError
        Naming the part that cannot be read.
    """
    parts = [match[1].strip() for match in _PART.finditer(f"{text}-")]
    size = re.fullmatch(r"(\d{1,9})[x×](\d{1,9})[x×](\d{1,9})", parts[0], re.IGNORECASE)
    if size is None or "0" in size.groups():
        raise NotationError(
            f"a network starts with its input, channels x height x width, for example "
            f"1x28x28, but here stands {parts[0]!r}."
        )
    if len(parts) < 3:
        raise NotationError(
            f"a network has an input, layers and a loss with - between them, but here are "
            f"{len(parts)} parts: {text[:80]!r}."
        )
    layers = _parse_layers(parts[1:-1])
    if len(layers) > MAX_LAYERS:
        raise NotationError(
            f"the network has {len(layers)} layers; at most {MAX_LAYERS} are allowed."
        )
    return (int(size[1]), int(size[2]), int(size[3])), layers, _parse_loss(parts[-1])


def text(input_shape: Shape, layers: Sequence[Layer], loss: Loss) -> str:
    """Return the notation, which `parse` reads back."""
    parts = ["x".join(map(str, input_shape))]
    for begun, layer in zip(branches(layers), layers, strict=True):
        if isinstance(layer, Add):
            parts[-1] += ")"
        else:
            parts.append("+(" * begun + str(layer))
    return " - ".join([*parts, str(loss)])


def _parse_layers(parts: Sequence[str]) -> tuple[Layer, ...]:
    """Read the parts between input and loss, each of which may open branches and close some."""
    layers: list[Layer] = []
    begun: list[int] = []  # the first layer of each branch that is still open
    for part in parts:
        opened, rest = _BRANCHES.fullmatch(part).groups()  # type: ignore[union-attr]
        begun += [len(layers)] * opened.count("(")
        closed = max(0, rest.count(")") - rest.count("("))
        own, *behind = rest.rsplit(")", closed)
        if closed > len(begun) or "".join(behind).strip():
            raise NotationError(f"{part!r}: a bracket too many. Write +(layer - layer).")
        layers.append(_parse_layer(own.strip()))
        for _ in range(closed):
            layers.append(Add(len(layers) - begun.pop()))
    if begun:
        raise NotationError(
            f"{len(begun)} of the residual connections +( … ) have no end. Close the bracket."
        )
    return tuple(layers)


def _parse_layer(part: str) -> Layer:
    if match := _CONV.fullmatch(part):
        maps, size, stride, dilation, pad, word, table = match.groups()
        padding: Padding = int(pad) if pad else (word or "valid").lower()  # type: ignore[assignment]
        connections = _parse_table(part, table)
        steps = int(stride or 1), int(dilation or 1)
        return Conv(int(maps), int(size), steps[0], padding, connections, steps[1])
    if match := _POOL.fullmatch(part):
        letters, window, stride, ceil = match.groups()
        pool = _POOLS[letters.upper()]
        return pool(int(window), int(stride or window), ceil is not None)
    if match := _LINEAR.fullmatch(part):
        return Linear(int(match[1]))
    arity = {word: (count, count) for word, (count, _) in _WORDS.items()}
    try:
        name, numbers = parse_call(part, arity, "layer")
    except NotationError as error:
        raise NotationError(
            f"{error} Or, for example: 20C5 (convolution), MP2 (pooling: MP, AP, IP, SP, TP), "
            "200N (fully connected)."
        ) from None
    return _WORDS[name][1](*numbers)


def _parse_table(part: str, table: str | None) -> Connections | None:
    if table is None:
        return None
    if table.lower() == "lenet5":
        return LENET5_CONNECTIONS
    if not re.fullmatch(r"\d{1,4}([.;]\d{1,4})*", table):
        raise NotationError(
            f"{part}: a connection table is lenet5, or rows of input maps like 0.1;1.2;0.2."
        )
    return tuple(tuple(map(int, row.split("."))) for row in table.split(";"))


_LOSSES = {"softmax": (0, 0), "squared": (0, 2), "focal": (1, 1)}


def _parse_loss(part: str) -> Loss:
    own, *box = re.split(r"\+(?![^(]*\))", part, maxsplit=1)
    name, numbers = parse_call(own, _LOSSES, "loss (the last part)")
    if box and name != "focal":
        raise NotationError(f"{part}: only focal can have more behind it, focal(2)+box(0.1).")
    if name == "focal":
        betas = [parse_call(each, {"box": (1, 1)}, "second loss")[1] for each in box]
        return PlaceLoss(FocalCrossEntropy(*numbers), *(SmoothL1(*beta) for beta in betas))
    if name == "softmax":
        return SoftmaxCrossEntropy()
    if len(numbers) == 1:
        raise NotationError(f"{part}: give both targets, squared(off,on), or none.")
    return HalfSquaredError(*numbers)
