"""What training makes small, and what the network's last values mean.

wu2016 §1.7; sjtu2025 pp. 14–18.

E is the *mean over the pictures* of a batch (wu2016 (9); li2017 (5)), so dz carries a factor 1/N.
Weight decay's λ/2·ΣW² (wu2016 (45)) is not part of the E that is reported; the optimiser adds its
gradient.

Here are the losses of networks that give one answer for each picture; `places` has those of
networks that give one for each place of a picture.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitile.errors import ShapeError
from digitile.nn.arrays import namespace
from digitile.nn.calls import call_text
from digitile.nn.layer import Array, Saved, Shape, shape_text

Labels = NDArray[np.integer[Any]]
"""The class of each picture: N integers from 0."""


class Places(NamedTuple):
    """What there is at each place of the network's last maps, h×w.

    Attributes
    ----------
    classes : ndarray of int, N×h×w
        The class at each place, from 0; the last one means that no digit is there.
    weights : ndarray, float32, N×h×w
        How much each place counts, at least 0.
    boxes : ndarray, float32, N×4×h×w
        The four numbers of each digit's box; any where there is none.
    """

    classes: NDArray[np.integer[Any]]
    weights: NDArray[np.float32]
    boxes: NDArray[np.float32]


Target = Labels | Places
"""What a network should have answered, as its loss takes it."""


def select(target: Target, chosen: NDArray[np.integer[Any]] | slice) -> Target:
    """Return the target of some pictures only, in the order of `chosen`."""
    if isinstance(target, Places):
        return Places(target.classes[chosen], target.weights[chosen], target.boxes[chosen])
    return target[chosen]


class Loss(ABC):
    """The end of a network: its last values z against a target.

    A target is `Labels` for some losses and `Places` for others; `check_target` says which.
    """

    @abstractmethod
    def __str__(self) -> str:
        """Return the notation."""

    @abstractmethod
    def classes(self, shape: Shape) -> int:
        """Return how many classes there are, if z has `shape`.

        Raises
        ------
        ShapeError
            Where a network cannot end so.
        """

    @abstractmethod
    def check_target(self, target: Any, count: int, shape: Shape) -> None:
        """Check that a target, in NumPy's arrays, fits `count` pictures and z of `shape` each.

        Raises
        ------
        ShapeError
            For another kind of target, other shapes, or values that cannot be.
        """

    @abstractmethod
    def scores(self, z: Array) -> Array:
        """Return what is shown for each class, shaped as z; the largest is the answer."""

    @abstractmethod
    def count_answers(self, target: Any, shape: Shape) -> int:
        """Return how many answers a target, in NumPy's arrays, asks for, if z has `shape`."""

    @abstractmethod
    def count_correct(self, scores: Array, target: Any) -> NDArray[np.integer[Any]]:
        """Return how many answers the scores get right, one number."""

    @abstractmethod
    def forward(self, z: Array, target: Any) -> tuple[Array, Saved]:
        """Return E, one number, and what `backward` needs."""

    @abstractmethod
    def backward(self, saved: Saved) -> Array:
        """Return dE/dz."""


class ClassLoss(Loss):
    """The end of a network with one answer for each picture: z, N×classes, against `Labels`."""

    def classes(self, shape: Shape) -> int:
        """Return the number of values."""
        if len(shape) != 1:
            raise ShapeError(
                f"the network ends in maps of {shape_text(shape)}, but {self} needs one value for "
                "each class. Put a fully connected layer (10N) or flatten before it."
            )
        return shape[0]

    def check_target(self, target: Any, count: int, shape: Shape) -> None:
        """Raise `ShapeError` unless there is a label of one of the classes for each picture."""
        classes = self.classes(shape)
        if not isinstance(target, np.ndarray) or target.dtype.kind not in "iu":
            kind = target.dtype if isinstance(target, np.ndarray) else type(target).__name__
            raise ShapeError(
                f"{self} takes an array of integers as target, but gets {kind}. "
                "Give the number of each picture's class."
            )
        if target.shape != (count,):
            raise ShapeError(
                f"labels of shape {target.shape} for {count} pictures. Give one for each picture."
            )
        check_classes("labels", target, classes)

    def count_answers(self, target: Labels, shape: Shape) -> int:
        """Return the number of pictures."""
        return len(target)

    def count_correct(self, scores: Array, target: Labels) -> NDArray[np.integer[Any]]:
        """Return for how many pictures the label has the highest score."""
        correct: NDArray[np.integer[Any]] = (scores.argmax(axis=1) == target).sum()
        return correct


def check_classes(what: str, numbers: Labels, classes: int) -> None:
    """Raise `ShapeError` unless all `numbers`, called `what`, are from 0 to `classes` − 1."""
    if numbers.size and not 0 <= numbers.min() <= numbers.max() < classes:
        raise ShapeError(
            f"{what} from {numbers.min()} to {numbers.max()}, but the network has {classes} "
            f"classes. Use 0 to {classes - 1}."
        )


def softmax(z: Array) -> Array:
    """Return Y_i = exp(z_i) / Σ_j exp(z_j) along axis 1, shifted against overflow."""
    e = namespace(z).exp(z - z.max(axis=1, keepdims=True))
    y: Array = e / e.sum(axis=1, keepdims=True)
    return y


def log_softmax(z: Array, labels: Labels) -> Array:
    """Return ln Y_label along axis 1, which is gone: N×… of z, N×C×…, and labels, N×…."""
    xp, shifted = namespace(z), z - z.max(axis=1, keepdims=True)
    log_sum = xp.log(xp.exp(shifted).sum(axis=1))
    own: Array = xp.take_along_axis(shifted, labels[:, None], axis=1)[:, 0]
    return own - log_sum  # type: ignore[no-any-return]


def one_hot(labels: Labels, classes: int, off: float, on: float, dtype: np.dtype[Any]) -> Array:
    """Return the targets t, N×classes: `on` at the label, `off` elsewhere (wu2016 §3.1)."""
    xp = namespace(labels)
    t: Array = xp.where(labels[:, None] == xp.arange(classes), on, off).astype(dtype)
    return t


@dataclass(frozen=True)
class SoftmaxCrossEntropy(ClassLoss):
    """Softmax output with cross-entropy."""

    def __str__(self) -> str:
        """Return the notation."""
        return "softmax"

    def scores(self, z: Array) -> Array:
        """Y_i = exp(z_i) / Σ_j exp(z_j), shifted against overflow (wu2016 (35); sjtu2025 p. 14)."""
        return softmax(z)

    def forward(self, z: Array, target: Labels) -> tuple[Array, Saved]:
        """E = −1/N Σ ln Y_label (sjtu2025 p. 15; wu2016 (36) lacks the minus)."""
        return -log_softmax(z, target).mean(), (z, target)

    def backward(self, saved: Saved) -> Array:
        """dz = (Y − t)/N (wu2016 (37); sjtu2025 p. 18)."""
        z, labels = saved
        t = one_hot(labels, z.shape[1], 0.0, 1.0, z.dtype)
        return (softmax(z) - t) / len(z)


@dataclass(frozen=True)
class HalfSquaredError(ClassLoss):
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

    def forward(self, z: Array, target: Labels) -> tuple[Array, Saved]:
        """E = 1/N Σ ½‖z − t‖² (wu2016 (38); li2017 (4), (5); ma2018 (1))."""
        t = one_hot(target, z.shape[1], self.off, self.on, z.dtype)
        return 0.5 * ((z - t) ** 2).sum() / len(z), (z, t)

    def backward(self, saved: Saved) -> Array:
        """dz = (z − t)/N; the output function's f' is its own layer's (wu2016 (39); li2017 (7))."""
        z, t = saved
        return (z - t) / len(z)
