"""What an engine offers: the equations of `digitile.nn`, computed."""

from dataclasses import dataclass
from typing import Protocol

from digitile.nn.layer import Array
from digitile.nn.loss import Labels
from digitile.nn.network import Network


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
