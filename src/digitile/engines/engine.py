"""What an engine offers: the equations of `digitile.nn`, computed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

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
    ) -> Steps:
        """Take one step of gradient descent after another.

        Parameters
        ----------
        theta, velocity : ndarray, float32, flat
            Parameters and the optimiser's last step; changed in place.
        images : ndarray, uint8, N×C×H×W
        labels : ndarray of int, N
        order : ndarray of int, steps×batch
            Which pictures make each mini-batch.
        rates : sequence of float
            Learning rate of each step.
        preprocess : Preprocess
        optimiser : SGD
        noise : sequence of list
            What `Network.draw` drew for each step.
        """
