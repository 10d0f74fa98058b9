"""What every layer is: hyper-parameters, shapes, parameters, and two equations.

Arrays are N×C×H×W (N pictures of C maps, H rows, W columns) or N×F (N vectors of F values).
A layer is immutable and holds no arrays: its parameters ``p``, its random numbers ``noise`` and
what ``backward`` needs (``saved``) are passed in and handed out, so that everything a formula uses
stands in its signature.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from digitile.errors import NotationError, ShapeError

Shape = tuple[int, ...]
"""The shape of one picture's values: (C, H, W) or (F,); the batch axis is left out."""

Array = NDArray[np.floating[Any]]
Params = dict[str, Array]
Saved = tuple[NDArray[Any], ...]


@dataclass(frozen=True)
class Parameter:
    """One array a layer learns.

    Attributes
    ----------
    name : str
        ``"w"`` for weights, which decay, or ``"b"`` for a bias, which does not (wu2016 §2.6).
    shape : tuple of int
        Shape of the array.
    fan_in, fan_out : int
        The numbers of values that feed one output and that one input feeds (wu2016 §2.5).
    stride : int
        The step of a convolution, by which wu2016's n_out is smaller than the toolbox's.
    constant : float or None
        Where the weights start when that is not random.
    """

    name: str
    shape: tuple[int, ...]
    fan_in: int = 1
    fan_out: int = 1
    stride: int = 1
    constant: float | None = None


class Layer(ABC):
    """One layer of a network."""

    kind: ClassVar[str]
    """The word that numbered names are made of: conv, pool, linear, …."""

    def __str__(self) -> str:
        """Return the layer in the network's notation (`digitile.nn.notation`)."""
        return self.kind

    def output_shape(self, shape: Shape) -> Shape:
        """Return the output's shape for an input of `shape`, or raise `ShapeError`."""
        return shape

    @property
    def reach(self) -> tuple[int, int] | None:
        """What of its input one output value depends on, in pixels.

        The side of a square, and how far the squares of neighbours lie apart; None where it is
        the whole input.
        """
        return 1, 1

    def padded_shape(self, shape: Shape) -> Shape:
        """Return the shape of an input of `shape` with the zeros that are put round it."""
        return shape

    def parameters(self, shape: Shape) -> tuple[Parameter, ...]:
        """Return what the layer learns on an input of `shape`."""
        return ()

    def multiply_adds(self, shape: Shape) -> int:
        """Return the multiply-adds of one picture's forward pass, zero padding counted in."""
        return 0

    def draw(self, rng: np.random.Generator, batch: int, shape: Shape) -> Array | None:
        """Draw the random numbers one training step needs: uniform on [0, 1), float32.

        None for a layer without chance. They are drawn apart from the equations, so that every
        engine sees the same stream.
        """
        return None

    @abstractmethod
    def forward(self, x: Array, p: Params, noise: Array | None = None) -> tuple[Array, Saved]:
        """Return y and what `backward` needs.

        `noise` is what `draw` drew; a layer with chance that gets None runs as in prediction.
        """

    @abstractmethod
    def backward(self, dy: Array, saved: Saved, p: Params) -> tuple[Array, Params]:
        """Return dE/dx and dE/dp from dy = dE/dy, after a `forward` that was given its noise."""


def maps_shape(layer: Layer, shape: Shape) -> tuple[int, int, int]:
    """Return `shape` as (C, H, W), or raise `ShapeError` where a vector arrives."""
    if len(shape) != 3:
        raise ShapeError(
            f"{layer} needs maps (C×H×W), but gets a vector of {shape[0]}. "
            "Put it before the first N or flatten."
        )
    return shape[0], shape[1], shape[2]


def shape_text(shape: Shape) -> str:
    """Return a shape as people write it: 6×24×24."""
    return "×".join(map(str, shape))


def require_positive(layer: Layer, *sizes: int) -> None:
    """Raise `NotationError` unless all `sizes` of `layer` are 1 or more."""
    if min(sizes) < 1:
        raise NotationError(f"{layer}: every size and step must be 1 or more.")
