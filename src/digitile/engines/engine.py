"""What an engine offers: the equations of `digitile.nn`, computed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from digitile.errors import ShapeError
from digitile.nn.layer import Array
from digitile.nn.loss import Target, select
from digitile.nn.network import Network
from digitile.nn.optimiser import Optimiser, OptimiserState
from digitile.nn.preprocess import Preprocess


@dataclass(frozen=True)
class Step:
    """What one mini-batch gives."""

    loss: float  # mean loss of the batch
    scores: Array  # as `Engine.scores`, of this training pass
    gradient: Array  # flat: dE/dθ, in the network's arena order


@dataclass(frozen=True)
class Steps:
    """What several steps of training have shown."""

    losses: NDArray[np.float64]  # steps: mean loss of each mini-batch, before its step
    # steps: right answers to each mini-batch, before its step, as `Loss.count_correct` has them
    correct: NDArray[np.int64]


class Augmented(Protocol):
    """The pictures of several steps, made from others when an engine asks for them."""

    def pictures(self) -> NDArray[np.uint8]:
        """Return them one after the other, steps·batch×C×H×W."""

    def ways_back(self) -> NDArray[np.float32] | None:
        """Return where their pixels come from, or None where they are not only moved.

        Affine maps, steps×batch×2×3: the value at (x, y) is taken from back·(x, y, 1). For an
        engine that moves pictures on its device.
        """


@dataclass(frozen=True, eq=False)
class Batches:
    """The mini-batches of several steps, one after the other."""

    images: NDArray[np.uint8]  # N×C×H×W
    # Of all N. An engine may keep a copy of both, and use it while it is given the same arrays.
    target: Target
    order: NDArray[np.int64]  # steps×batch: which pictures make each mini-batch
    lr: Sequence[float]  # the learning rate of each step
    noise: Sequence[list[Array | None]]  # what `Network.draw` drew for each step
    preprocess: Preprocess
    augment: Augmented | None = None  # what the pictures of `order` become before they are shown

    def augmented(self) -> "Batches":
        """Return the same mini-batches, with pictures that need no more augmentation."""
        if self.augment is None:
            return self
        order = np.arange(self.order.size).reshape(self.order.shape)
        target = select(self.target, self.order.ravel())
        return replace(
            self, images=self.augment.pictures(), target=target, order=order, augment=None
        )


class Training(Protocol):
    """A network in training: parameters and the optimiser's memory stay with the engine."""

    def take(self, batches: Batches) -> Steps:
        """Take one step after another.

        Raises `ShapeError` for arrays that do not fit each other or the network.
        """

    def state(self) -> OptimiserState:
        """Return a copy of the state after the last step."""


class Engine(Protocol):
    """One network, made ready to be computed."""

    @property
    def network(self) -> Network:
        """The network."""

    def scores(self, theta: Array, x: Array) -> Array:
        """Return the scores in prediction, N×classes, or N×maps×height×width of a page network.

        Parameters
        ----------
        theta : ndarray, flat
            Parameters in arena order.
        x : ndarray, N×C×H×W
            Preprocessed pictures; of any size, for a network without a fully connected layer.
        """

    def gradient(self, theta: Array, x: Array, target: Target, noise: list[Array | None]) -> Step:
        """Return loss, scores and gradient of one mini-batch, in training.

        Parameters
        ----------
        theta : ndarray, flat
        x : ndarray, N×C×H×W
        noise : list
            What `Network.draw` drew for this batch.
        """

    def training(self, optimiser: Optimiser, state: OptimiserState) -> Training:
        """Return a training that goes on from `state`."""


def check_state(network: Network, optimiser: Optimiser, state: OptimiserState) -> None:
    """Raise `ShapeError` unless `state` is one of the optimiser's for the network."""
    size = network.arena.size
    if set(state.memory) != set(optimiser.names):
        raise ShapeError(
            f"the state remembers {', '.join(state.memory) or 'nothing'}, but the optimiser needs "
            f"{', '.join(optimiser.names)}. Begin with Optimiser.start."
        )
    for name, array in {"theta": state.theta, **state.memory}.items():
        if array.shape != (size,):
            raise ShapeError(
                f"{name} has shape {array.shape}, but the network has {size} parameters. "
                "Give one value for each, in arena order."
            )


class BatchCheck:
    """Checks the mini-batches of one training.

    Pictures and target that come again are looked through once: for the places of pages, that
    takes longer than the steps of a run.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._images: object = None
        self._target: object = None

    def __call__(self, batches: Batches) -> None:
        """Raise `ShapeError` unless pictures, target and order fit each other and the network."""
        network, images, target = self._network, batches.images, batches.target
        if images is not self._images or target is not self._target:
            network.check_input(images)
            network.loss.check_target(target, len(images), network.shapes[-1])
            self._images, self._target = images, target
        order, count = batches.order, len(images)
        if order.size and not 0 <= order.min() <= order.max() < count:
            raise ShapeError(
                f"order names pictures {order.min()} to {order.max()}, but there are {count}. "
                f"Give positions from 0 to {count - 1}."
            )
