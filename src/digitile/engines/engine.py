"""What an engine offers: the equations of `digitile.nn`, computed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from digitile.errors import ShapeError
from digitile.nn.layer import Array
from digitile.nn.loss import Labels
from digitile.nn.network import Network
from digitile.nn.optimiser import SGD
from digitile.nn.preprocess import Preprocess


@dataclass(frozen=True)
class Step:
    """What one mini-batch gives.

    Attributes
    ----------
    loss : float
        Mean loss of the batch.
    scores : ndarray, N×classes
        As `Engine.scores`, of this training pass.
    gradient : ndarray, flat
        dE/dθ, in the network's arena order.
    """

    loss: float
    scores: Array
    gradient: Array


@dataclass(frozen=True)
class Steps:
    """What several steps of training have shown.

    Attributes
    ----------
    losses : ndarray, float64, steps
        Mean loss of each mini-batch, before its step.
    correct : ndarray of int, steps
        Pictures of each mini-batch that were right, before its step.
    """

    losses: NDArray[np.float64]
    correct: NDArray[np.int64]


class Engine(Protocol):
    """One network, made ready to be computed."""

    @property
    def network(self) -> Network:
        """The network."""

    @property
    def moves(self) -> bool:
        """Whether it moves pictures itself: `train` takes `back`."""

    def scores(self, theta: Array, x: Array) -> Array:
        """Return the class scores, N×classes, in prediction.

        Parameters
        ----------
        theta : ndarray, flat
            Parameters in arena order.
        x : ndarray, N×C×H×W
            Preprocessed pictures.
        """

    def gradient(self, theta: Array, x: Array, labels: Labels, noise: list[Array | None]) -> Step:
        """Return loss, scores and gradient of one mini-batch, in training.

        Parameters
        ----------
        theta : ndarray, flat
        x : ndarray, N×C×H×W
        labels : ndarray of int, N
        noise : list
            What `Network.draw` drew for this batch.
        """

    def train(
        self,
        theta: Array,
        velocity: Array,
        images: NDArray[np.uint8],
        labels: Labels,
        order: NDArray[np.int64],
        rates: Sequence[float],
        *,
        preprocess: Preprocess,
        optimiser: SGD,
        noise: Sequence[list[Array | None]],
        back: NDArray[np.float32] | None = None,
    ) -> Steps:
        """Take one step of gradient descent after another.

        Parameters
        ----------
        theta, velocity : ndarray, float32, flat
            Parameters and the optimiser's last step; changed in place.
        images : ndarray, uint8, N×C×H×W
        labels : ndarray of int, N
            An engine may keep a copy of these two, and use it while it is given the same arrays.
        order : ndarray of int, steps×batch
            Which pictures make each mini-batch.
        rates : sequence of float
            Learning rate of each step.
        preprocess : Preprocess
        optimiser : SGD
        noise : sequence of list
            What `Network.draw` drew for each step.
        back : ndarray, float32, steps×batch×2×3, optional
            How pictures are moved first: the value at (x, y) is taken from back·(x, y, 1), as
            `digitile.data.augment` does it. Only for an engine that `moves`.
        """


def check_labels(network: Network, labels: Labels, count: int) -> None:
    """Raise `ShapeError` unless `labels` are `count` classes of the network."""
    if labels.shape != (count,):
        raise ShapeError(f"{count} pictures, but labels of shape {labels.shape}.")
    if count and not 0 <= labels.min() <= labels.max() < network.classes:
        raise ShapeError(
            f"labels go from {labels.min()} to {labels.max()}, but the network has "
            f"{network.classes} classes, from 0."
        )


def check_order(order: NDArray[np.int64], count: int) -> None:
    """Raise `ShapeError` unless `order` names pictures of `count`."""
    if order.size and not 0 <= order.min() <= order.max() < count:
        raise ShapeError(
            f"order names pictures {order.min()} to {order.max()}, but there are {count}. "
            f"Give positions from 0 to {count - 1}."
        )
