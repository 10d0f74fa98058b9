"""What training makes small, and what the network's last values mean.

wu2016 §1.7; sjtu2025 pp. 14–18.

E is the *mean over the pictures* of a batch (wu2016 (9); li2017 (5)), so dz carries a factor 1/N.
Weight decay's λ/2·ΣW² (wu2016 (45)) is not part of the E that is reported; the optimiser adds its
gradient.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitile.nn.arrays import namespace
from digitile.nn.calls import call_text
from digitile.nn.layer import Array, Saved

Labels = NDArray[np.integer[Any]]


class Loss(ABC):
    """The end of a network: z, N×classes, against labels, N integers from 0."""

    @abstractmethod
    def __str__(self) -> str:
        """Return the notation."""

    @abstractmethod
    def scores(self, z: Array) -> Array:
        """Return what is shown for each class, N×classes; the largest is the answer."""

    @abstractmethod
    def forward(self, z: Array, labels: Labels) -> tuple[Array, Saved]:
        """Return E, one number, and what `backward` needs."""

    @abstractmethod
    def backward(self, saved: Saved) -> Array:
        """Return dE/dz, N×classes."""


def one_hot(labels: Labels, classes: int, off: float, on: float, dtype: np.dtype[Any]) -> Array:
    """Return the targets t, N×classes: `on` at the label, `off` elsewhere (wu2016 §3.1)."""
    xp = namespace(labels)
    t: Array = xp.where(labels[:, None] == xp.arange(classes), on, off).astype(dtype)
    return t


@dataclass(frozen=True)
class SoftmaxCrossEntropy(Loss):
    """Softmax output with cross-entropy."""

    def __str__(self) -> str:
        """Return the notation."""
        return "softmax"

    def scores(self, z: Array) -> Array:
        """Y_i = exp(z_i) / Σ_j exp(z_j), shifted against overflow (wu2016 (35); sjtu2025 p. 14)."""
        e = namespace(z).exp(z - z.max(axis=1, keepdims=True))
        y: Array = e / e.sum(axis=1, keepdims=True)
        return y

    def forward(self, z: Array, labels: Labels) -> tuple[Array, Saved]:
        """E = −1/N Σ ln Y_label (sjtu2025 p. 15; wu2016 (36) lacks the minus)."""
        xp, shifted = namespace(z), z - z.max(axis=1, keepdims=True)
        log_sum = xp.log(xp.exp(shifted).sum(axis=1))
        own = xp.take_along_axis(shifted, labels[:, None], axis=1)[:, 0]
        return (log_sum - own).mean(), (z, labels)

    def backward(self, saved: Saved) -> Array:
        """dz = (Y − t)/N (wu2016 (37); sjtu2025 p. 18)."""
        z, labels = saved
        t = one_hot(labels, z.shape[1], 0.0, 1.0, z.dtype)
        return (self.scores(z) - t) / len(z)


@dataclass(frozen=True)
class HalfSquaredError(Loss):
    """½ squared error on the values as they come: an activation before it is the output function.

    Attributes
    ----------
    off, on : float
        The targets of the wrong classes and the right one.
    """

    off: float = 0.0
    on: float = 1.0

    def __str__(self) -> str:
        """Return the notation."""
        own = [] if (self.off, self.on) == (0.0, 1.0) else [self.off, self.on]
        return call_text("squared", own)

    def scores(self, z: Array) -> Array:
        """Return z itself."""
        return z

    def forward(self, z: Array, labels: Labels) -> tuple[Array, Saved]:
        """E = 1/N Σ ½‖z − t‖² (wu2016 (38); li2017 (4), (5); ma2018 (1))."""
        t = one_hot(labels, z.shape[1], self.off, self.on, z.dtype)
        return 0.5 * ((z - t) ** 2).sum() / len(z), (z, t)

    def backward(self, saved: Saved) -> Array:
        """dz = (z − t)/N; the output function's f' is its own layer's (wu2016 (39); li2017 (7))."""
        z, t = saved
        return (z - t) / len(z)
