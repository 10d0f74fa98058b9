"""What is timed: one network on one batch, in training or prediction."""

from dataclasses import dataclass

import numpy as np

from digitile.errors import SettingError
from digitile.nn.init import Init
from digitile.nn.layer import Array, Layer, Shape
from digitile.nn.loss import HalfSquaredError, Labels, one_hot
from digitile.nn.network import Network
from digitile.nn.pool import Pool

LR, MOMENTUM, WEIGHT_DECAY = 1e-5, 0.9, 1e-4


@dataclass(frozen=True)
class Task:
    """One batch, ready to be worked on.

    Attributes
    ----------
    network : Network
    theta : ndarray, float32, flat
        Parameters in arena order.
    x : ndarray, float32, N×C×H×W
    labels : ndarray of int, N
    train : bool
        Whole training steps, else predictions.
    threads : int
    lr : float
        Learning rate of a training step.
    """

    network: Network
    theta: Array
    x: Array
    labels: Labels
    train: bool
    threads: int
    lr: float = LR

    @classmethod
    def draw(cls, network: Network, batch: int, train: bool, threads: int) -> "Task":
        """Return a task on `batch` pictures of noise, parameters as training starts with them."""
        rng = np.random.default_rng(0)
        theta = Init.parse("xavier").draw(network, 0.0, rng).astype(np.float32)
        x = rng.random((batch, *network.input_shape), np.float32)
        return cls(network, theta, x, rng.integers(0, network.classes, batch), train, threads)

    @property
    def targets(self) -> Array:
        """The targets of the network's loss, float32, N×classes."""
        loss = self.network.loss
        off, on = (loss.off, loss.on) if isinstance(loss, HalfSquaredError) else (0.0, 1.0)
        return one_hot(self.labels, self.network.classes, off, on, np.dtype(np.float32))


def not_lowered(layer: Layer) -> SettingError:
    """Return the error of a peer that has no lowering for `layer`."""
    return SettingError(f"{layer} is not lowered here. Compare a recipe without it.")


def overhang(layer: Pool, shape: Shape) -> tuple[int, int]:
    """Return the rows and columns by which the last windows leave maps of `shape`."""
    (_, h, w), (_, ho, wo) = shape, layer.output_shape(shape)
    reach = ((steps - 1) * layer.stride + layer.window for steps in (ho, wo))
    below, right = (max(0, end - side) for end, side in zip(reach, (h, w), strict=True))
    return below, right
