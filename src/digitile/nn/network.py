"""Layers in a row, and the notation they are written in.

A network is one line: its input C×H×W, its layers, its loss, with ``-`` between them::

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
``softmax``                the end: softmax and cross-entropy
``squared``                the end: ½ squared error on targets 0 and 1; ``squared(-1,1)``: others
=========================  ====================================================================
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitile.errors import NotationError, ShapeError
from digitile.nn.activations import LeakyReLU, ReLU, Sigmoid, Tanh, TanhKx
from digitile.nn.calls import parse_call
from digitile.nn.conv import LENET5_CONNECTIONS, Connections, Conv, Padding
from digitile.nn.dropout import Dropout
from digitile.nn.layer import Array, Layer, Shape, shape_text
from digitile.nn.linear import Flatten, Linear
from digitile.nn.loss import HalfSquaredError, Loss, SoftmaxCrossEntropy
from digitile.nn.parameters import Arena
from digitile.nn.pool import MaxPool, MeanPool, MinPool, Pool, StochasticPool, Subsample

MAX_LAYERS = 100
MAX_PARAMETERS = 50_000_000
MAX_VALUES = 50_000_000
"""Bounds on what one network may hold and one picture may fill, so that a hostile file cannot."""


@dataclass(frozen=True)
class Network:
    """Input, layers and loss; checked when made.

    Attributes
    ----------
    input_shape : (C, H, W)
    layers : tuple of Layer
    loss : Loss

    Raises
    ------
    ShapeError
        Where a layer does not fit the one before it, or the network is too large.
    """

    input_shape: Shape
    layers: tuple[Layer, ...]
    loss: Loss

    def __post_init__(self) -> None:
        self.loss.classes(self.shapes[-1])  # raises where they do not fit
        if self.arena.size > MAX_PARAMETERS:
            raise ShapeError(
                f"the network has {self.arena.size:,} parameters; at most {MAX_PARAMETERS:,} are "
                "allowed. Use fewer maps or units."
            )

    @classmethod
    def parse(cls, text: str) -> "Network":
        """Read a network from its notation (see the module).

        Raises
        ------
        NotationError
            Naming the part that cannot be read.
        ShapeError
            Where the layers do not fit.
        """
        parts = [part.strip() for part in re.split(r"-(?![^(\[]*[)\]])", text)]
        size = re.fullmatch(r"(\d{1,9})[x×](\d{1,9})[x×](\d{1,9})", parts[0], re.IGNORECASE)
        if size is None or "0" in size.groups():
            raise NotationError(
                f"a network starts with its input, channels x height x width, for example "
                f"1x28x28, but here stands {parts[0]!r}."
            )
        if len(parts) < 3 or len(parts) > MAX_LAYERS:
            raise NotationError(
                f"a network has an input, 1 to {MAX_LAYERS - 2} layers and a loss with - between "
                f"them, but here are {len(parts)} parts: {text[:80]!r}."
            )
        layers = tuple(_parse_layer(part) for part in parts[1:-1])
        return cls((int(size[1]), int(size[2]), int(size[3])), layers, _parse_loss(parts[-1]))

    def __str__(self) -> str:
        """Return the notation, which `parse` reads back to an equal network."""
        sides = "x".join(map(str, self.input_shape))
        return " - ".join([sides, *map(str, self.layers), str(self.loss)])

    @cached_property
    def shapes(self) -> tuple[Shape, ...]:
        """The input's shape, then each layer's output shape."""
        shapes = [self.input_shape]
        for index, layer in enumerate(self.layers):
            before = f"after {self.layers[index - 1]}" if index else "the first"
            try:
                shapes.append(layer.output_shape(shapes[-1]))
            except ShapeError as error:
                raise ShapeError(f"layer {index + 1}, {before}: {error}") from None
        values = sum(prod(shape) for shape in shapes)
        if values > MAX_VALUES:
            raise ShapeError(
                f"one picture would fill {values:,} values in this network; at most "
                f"{MAX_VALUES:,} are allowed. Use a smaller input or fewer maps."
            )
        return tuple(shapes)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Each layer's name: its kind, numbered from 1."""
        kinds = [layer.kind for layer in self.layers]
        return tuple(f"{kind}{kinds[: i + 1].count(kind)}" for i, kind in enumerate(kinds))

    @cached_property
    def arena(self) -> Arena:
        """The table of all parameters."""
        each = [
            layer.parameters(shape) for layer, shape in zip(self.layers, self.shapes, strict=False)
        ]
        return Arena(list(zip(self.names, each, strict=True)))

    @property
    def classes(self) -> int:
        """The number of classes."""
        return self.loss.classes(self.shapes[-1])

    def check_input(self, x: NDArray[Any]) -> None:
        """Raise `ShapeError` unless x, N×C×H×W, are pictures of the input's shape."""
        if x.shape[1:] != self.input_shape:
            raise ShapeError(
                f"the network reads pictures of {shape_text(self.input_shape)}, but gets "
                f"{shape_text(x.shape[1:])}. Bring them to that size and number of channels."
            )

    def multiply_adds(self) -> list[int]:
        """Return each layer's multiply-adds for one picture's forward pass."""
        return [
            layer.multiply_adds(shape)
            for layer, shape in zip(self.layers, self.shapes, strict=False)
        ]

    def draw(self, rng: np.random.Generator, batch: int) -> list[Array | None]:
        """Draw each layer's random numbers for one training step, first layer first."""
        return [
            layer.draw(rng, batch, shape)
            for layer, shape in zip(self.layers, self.shapes, strict=False)
        ]


_CONV = re.compile(
    r"(\d{1,9})C(\d{1,9})(?:s(\d{1,9}))?(?:d(\d{1,9}))?"
    r"(?:p(\d{1,9})|(valid|same|full))?(?:\[([^]]*)])?",
    re.IGNORECASE,
)
_POOL = re.compile(r"(MP|AP|IP|SP|TP)(\d{1,9})(?:s(\d{1,9}))?(c)?", re.IGNORECASE)
_LINEAR = re.compile(r"(\d{1,9})N", re.IGNORECASE)
_POOLS: dict[str, type[Pool]] = {
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


def _parse_loss(part: str) -> Loss:
    name, numbers = parse_call(part, {"softmax": (0, 0), "squared": (0, 2)}, "loss (the last part)")
    if name == "softmax":
        return SoftmaxCrossEntropy()
    if len(numbers) == 1:
        raise NotationError(f"{part}: give both targets, squared(off,on), or none.")
    return HalfSquaredError(*numbers)
