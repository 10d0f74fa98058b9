"""Layers in a row, with the loss they end in."""

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitile.errors import ShapeError
from digitile.nn import notation
from digitile.nn.layer import Array, Layer, Shape, shape_text
from digitile.nn.loss import Loss
from digitile.nn.parameters import Arena
from digitile.nn.residual import Add, branches

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
        """Read a network from its notation (`digitile.nn.notation`).

        Raises
        ------
        NotationError
            Naming the part that cannot be read.
        ShapeError
            Where the layers do not fit.
        """
        return cls(*notation.parse(text))

    def __str__(self) -> str:
        """Return the notation, which `parse` reads back to an equal network."""
        return notation.text(self.input_shape, self.layers, self.loss)

    @cached_property
    def branches(self) -> tuple[int, ...]:
        """How many residual branches begin at each layer."""
        return branches(self.layers)

    @cached_property
    def shapes(self) -> tuple[Shape, ...]:
        """The input's shape, then each layer's output shape."""
        shapes = [self.input_shape]
        earlier: list[Shape] = []
        for index, layer in enumerate(self.layers):
            before = f"after {self.layers[index - 1]}" if index else "the first"
            earlier += shapes[-1:] * self.branches[index]
            try:
                if isinstance(layer, Add):
                    layer.check_shapes(shapes[-1], earlier.pop())
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
