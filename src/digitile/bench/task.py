"""What is timed: one network on one batch, in training or prediction."""

from dataclasses import dataclass

import numpy as np

from digitile.errors import SettingError
from digitile.nn.init import Init
from digitile.nn.layer import Array, Layer, Shape
from digitile.nn.loss import HalfSquaredError, Places, Target, one_hot
from digitile.nn.network import Network
from digitile.nn.optimiser import Optimiser, make_optimiser, rates
from digitile.nn.places import BOX, PlaceLoss
from digitile.nn.pool import PoolLayer

LR, WEIGHT_DECAY = 1e-5, 1e-4
OPTIMISER = "sgd(0.9)"

DIGITS = 0.05
"""The share of places that have a digit."""


@dataclass(frozen=True)
class BenchTask:
    """One batch, ready to be worked on."""

    network: Network
    theta: Array  # float32, flat: parameters in arena order
    x: Array  # float32, N×C×H×W
    target: Target  # of the N
    train: bool  # whole training steps, else predictions
    threads: int
    rule: Optimiser  # of a training step, with weight decay and without anything that surrounds it
    lr: float = LR  # learning rate of a training step

    @classmethod
    def draw(
        cls,
        network: Network,
        batch: int,
        train: bool,
        threads: int,
        optimiser: str = OPTIMISER,
    ) -> "BenchTask":
        """Return a task on `batch` pictures of noise, parameters as training starts with them."""
        rng = np.random.default_rng(0)
        theta = Init.parse("xavier").draw(network, 0.0, rng).astype(np.float32)
        x = rng.random((batch, *network.input_shape), np.float32)
        target = draw_target(network, batch, rng)
        rule = make_optimiser(optimiser, *rates(network, WEIGHT_DECAY, 1.0, ()))
        return cls(network, theta, x, target, train, threads, rule)

    @property
    def targets(self) -> Array:
        """What a loss of classes compares its values with, float32, N×classes."""
        loss, labels = self.network.loss, np.asarray(self.target)
        off, on = (loss.off, loss.on) if isinstance(loss, HalfSquaredError) else (0.0, 1.0)
        return one_hot(labels, self.network.classes, off, on, np.dtype(np.float32))


def draw_target(network: Network, count: int, rng: np.random.Generator) -> Target:
    """Return a target for `count` pictures: labels, or places of which a few have a digit."""
    if not isinstance(network.loss, PlaceLoss):
        return rng.integers(0, network.classes, count)
    places = (count, *network.shapes[-1][1:])
    digits = rng.integers(0, network.classes - 1, places)
    classes = np.where(rng.random(places) < DIGITS, digits, network.classes - 1)
    boxes = rng.standard_normal((count, BOX, *places[1:]), np.float32)
    return Places(classes, np.ones(places, np.float32), boxes)


def not_lowered(layer: Layer) -> SettingError:
    """Return the error of a peer that has no lowering for `layer`."""
    return SettingError(f"{layer} is not lowered here. Compare a recipe without it.")


def overhang(layer: PoolLayer, shape: Shape) -> tuple[int, int]:
    """Return the rows and columns by which the last windows leave maps of `shape`."""
    (_, h, w), (_, ho, wo) = shape, layer.output_shape(shape)
    reach = ((steps - 1) * layer.stride + layer.window for steps in (ho, wo))
    below, right = (max(0, end - side) for end, side in zip(reach, (h, w), strict=True))
    return below, right
