"""Layers in a row, with the loss they end in."""

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitile.errors import ShapeError
from digitile.nn import notation
from digitile.nn.layer import Array, Layer, Shape, shape_text
from digitile.nn.loss import Loss, Target
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
        padded = [
            layer.padded_shape(shape) for layer, shape in zip(self.layers, shapes, strict=False)
        ]
        values = sum(map(prod, [*padded, shapes[-1]]))
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

    @cached_property
    def field_of_view(self) -> int:
        """The side of the square of the picture that one place of the last maps depends on.

        In pixels, padding counted in (Araujo et al. 2019 (1)).

        Raises
        ------
        ShapeError
            For a network with a layer that takes maps as a whole.
        """
        side = 1
        for layer in reversed(self.layers):
            if layer.reach is None:
                raise ShapeError(
                    f"{layer} takes its whole input, so the network reads only pictures of "
                    f"{shape_text(self.input_shape)}. Bring them to that size, or use a network "
                    "of convolutions alone, without N and flatten."
                )
            extent, step = layer.reach
            side = (side - 1) * step + extent
        return side

    def at(self, height: int, width: int) -> "Network":
        """Return the same network, with the same parameters, for pictures of another size.

        Raises
        ------
        ShapeError
            For a network with a layer that takes maps as a whole, and for a picture that is
            smaller than the field of view.
        """
        return self if (height, width) == self.input_shape[1:] else _at(self, height, width)

    def for_pictures(self, x: NDArray[Any]) -> "Network":
        """Return the network for the size of pictures x, N×C×H×W: this one, or `at` that size.

        Raises
        ------
        ShapeError
            As `at`, and for another number of channels.
        """
        if x.ndim != 4 or x.shape[1] != self.input_shape[0]:
            self.check_input(x)
        return self.at(*x.shape[2:])

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

    def accuracy(self, correct: int, target: Target) -> float:
        """Return the share of a target's answers that were right; 0 where it asks for none."""
        return correct / max(1, self.loss.count_answers(target, self.shapes[-1]))

    def draw(self, rng: np.random.Generator, batch: int) -> list[Array | None]:
        """Draw each layer's random numbers for one training step, first layer first."""
        return [
            layer.draw(rng, batch, shape)
            for layer, shape in zip(self.layers, self.shapes, strict=False)
        ]


@lru_cache(maxsize=64)
def _at(network: Network, height: int, width: int) -> Network:
    least = network.field_of_view
    if min(height, width) < least:
        raise ShapeError(
            f"a picture of {height}×{width}, but each answer of the network depends on "
            f"{least}×{least} pixels. Use a larger picture, or put a margin round it."
        )
    return replace(network, input_shape=(network.input_shape[0], height, width))
