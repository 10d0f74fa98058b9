"""The losses of a network that answers at every place of its last maps.

Such a network has no fully connected layer; it ends in convolutions, whose maps are, at each of
h×w places, the scores of C classes and, where boxes are asked for, four numbers for the box of the
digit that is there. Its target is `Places`.

E is the mean over pictures of a weighted sum over places. So each picture counts by itself, and
what the weights add up to is left to the data; `balanced` does it as Lin et al. do.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitile.errors import NotationError, ShapeError
from digitile.nn.arrays import namespace
from digitile.nn.calls import call_text
from digitile.nn.layer import Array, Saved, Shape, shape_text
from digitile.nn.loss import Labels, Loss, Places, check_classes, log_softmax, softmax

BOX = 4
"""The numbers of a box."""


@dataclass(frozen=True)
class FocalCrossEntropy:
    """Softmax and cross-entropy at each place, less for places that are right already.

    Attributes
    ----------
    gamma : float
        γ ≥ 0, how much less; 0 makes it the plain cross-entropy.
    """

    gamma: float

    def __post_init__(self) -> None:
        if self.gamma < 0:
            raise NotationError(f"{self}: gamma must be 0 or more.")

    def __str__(self) -> str:
        """Return e.g. focal(2)."""
        return call_text("focal", [self.gamma])

    def forward(self, z: Array, classes: Labels, weights: Array) -> Array:
        """E = −1/N Σ w·(1 − p)^γ·ln p, p = Y_class (Lin et al. 2017 (4), (5)).

        Parameters
        ----------
        z : ndarray, N×C×h×w
        classes : ndarray of int, N×h×w
        weights : ndarray, N×h×w
            w.
        """
        xp, log_p = namespace(z), log_softmax(z, classes)
        losses: Array = -((-xp.expm1(log_p)) ** self.gamma) * log_p  # −expm1(ln p) = 1 − p
        mean: Array = (weights * losses).sum() / len(z)
        return mean

    def backward(self, z: Array, classes: Labels, weights: Array) -> Array:
        """dz = w·a·(Y − t)/N, a = (1 − p)^γ·(1 − γ·p·ln p/(1 − p)).

        From dp/dz_c = p·(t_c − Y_c) and dE/dp = w·(γ(1 − p)^(γ−1)·ln p − (1 − p)^γ/p)/N. Written
        so, no part of a is without bounds: ln p/(1 − p) goes to −1 where p goes to 1, and p·ln p
        to 0 where p does.
        """
        xp, log_p = namespace(z), log_softmax(z, classes)
        p, rest = xp.exp(log_p), -xp.expm1(log_p)
        quotient = -log_p / xp.where(rest > 0, rest, 1)  # where rest is 0, so is its factor in a
        a = rest**self.gamma * (1 + self.gamma * p * quotient)
        t = classes[:, None] == xp.arange(z.shape[1])[:, None, None]
        dz: Array = (weights * a)[:, None] * (softmax(z) - t) / len(z)
        return dz


@dataclass(frozen=True)
class SmoothL1:
    """The distance to the right box: squared while it is small, so that it can settle.

    Attributes
    ----------
    beta : float
        β > 0, the distance from which it grows in a straight line.
    """

    beta: float

    def __post_init__(self) -> None:
        if self.beta <= 0:
            raise NotationError(f"{self}: beta must be above 0.")

    def __str__(self) -> str:
        """Return e.g. box(0.1)."""
        return call_text("box", [self.beta])

    def forward(self, z: Array, boxes: Array, weights: Array) -> Array:
        """E = 1/N Σ w·s(z − box), s(d) = d²/2β for |d| < β, |d| − β/2 beyond (Girshick 2015 (3)).

        Girshick has β = 1.

        Parameters
        ----------
        z, boxes : ndarray, N×4×h×w
        weights : ndarray, N×h×w
            w.
        """
        xp = namespace(z)
        d = xp.abs(z - boxes)
        s: Array = xp.where(d < self.beta, d * d / (2 * self.beta), d - self.beta / 2)
        mean: Array = (weights[:, None] * s).sum() / len(z)
        return mean

    def backward(self, z: Array, boxes: Array, weights: Array) -> Array:
        """dz = w·s'(z − box)/N, s'(d) = d/β, but −1 and 1 beyond."""
        slope: Array = namespace(z).clip((z - boxes) / self.beta, -1, 1)
        return weights[:, None] * slope / len(z)


@dataclass(frozen=True)
class PlaceLoss(Loss):
    """The end of a network of places: z, N×maps×h×w, against `Places`.

    Attributes
    ----------
    focal : FocalCrossEntropy
        For the class scores, the first maps. The last class is "no digit".
    box : SmoothL1 or None
        For the last four maps, at places with a digit; None for a network without boxes.
    """

    focal: FocalCrossEntropy
    box: SmoothL1 | None = None

    def __str__(self) -> str:
        """Return e.g. focal(2)+box(0.1)."""
        return f"{self.focal}" if self.box is None else f"{self.focal}+{self.box}"

    def classes(self, shape: Shape) -> int:
        """Return the number of maps, less those of the box."""
        extra = BOX if self.box else 0
        if len(shape) != 3 or shape[0] < 2 + extra:
            raise ShapeError(
                f"the network ends in {shape_text(shape)}, but {self} needs maps: one for each of "
                f"two or more classes{', and four for the box' if extra else ''}. Put a "
                f"convolution before it, for example {11 + extra}C1."
            )
        return shape[0] - extra

    def check_target(self, target: Any, count: int, shape: Shape) -> None:
        """Raise `ShapeError` unless target is `Places` of such pictures, and some place counts."""
        classes = self.classes(shape)
        if not isinstance(target, Places):
            raise ShapeError(
                f"{self} takes Places as target, but gets {type(target).__name__}. "
                "Say what is at each place of the last maps."
            )
        h, w = shape[1:]
        _check_array("classes", target.classes, (count, h, w), "integers")
        _check_array("weights", target.weights, (count, h, w), "float32")
        _check_array("boxes", target.boxes, (count, BOX, h, w), "float32")
        check_classes("classes", target.classes, classes)
        if (target.weights < 0).any():
            raise ShapeError(f"weights from {target.weights.min():g}. Use weights of 0 or more.")
        if count and not target.weights.any():
            raise ShapeError(
                f"all weights of {count} pictures are 0. Let at least one place count."
            )

    def scores(self, z: Array) -> Array:
        """Y_i = exp(z_i) / Σ_j exp(z_j) at each place, and the box numbers as they are."""
        classes = self.classes(z.shape[1:])
        scores: Array = namespace(z).concat([softmax(z[:, :classes]), z[:, classes:]], axis=1)
        return scores

    def count_answers(self, target: Places, shape: Shape) -> int:
        """Return how many places have a digit and count."""
        return int(_asked(target, self.classes(shape)).sum())

    def count_correct(self, scores: Array, target: Places) -> NDArray[np.integer[Any]]:
        """Return at how many of these places the digit's class has the highest score."""
        classes = self.classes(scores.shape[1:])
        right = scores[:, :classes].argmax(axis=1) == target.classes
        correct: NDArray[np.integer[Any]] = (right & _asked(target, classes)).sum()
        return correct

    def forward(self, z: Array, target: Places) -> tuple[Array, Saved]:
        """E = focal loss of the class scores + smooth L1 of the boxes where a digit is."""
        classes = self.classes(z.shape[1:])
        loss = self.focal.forward(z[:, :classes], target.classes, target.weights)
        if self.box:
            weights = _box_weights(target, classes)
            loss = loss + self.box.forward(z[:, classes:], target.boxes, weights)
        return loss, (z, *target)

    def backward(self, saved: Saved) -> Array:
        """dz = each part's, one below the other."""
        z, *places = saved
        target, classes = Places(*places), self.classes(z.shape[1:])
        dz = self.focal.backward(z[:, :classes], target.classes, target.weights)
        if self.box is None:
            return dz
        boxes = self.box.backward(z[:, classes:], target.boxes, _box_weights(target, classes))
        whole: Array = namespace(z).concat([dz, boxes], axis=1)
        return whole


def _asked(target: Places, classes: int) -> NDArray[np.bool_]:
    """Return the places that have a digit and count, N×h×w."""
    return (target.weights > 0) & (target.classes < classes - 1)


def _box_weights(target: Places, classes: int) -> Array:
    """Return the weights of places with a digit, 0 elsewhere, N×h×w."""
    return target.weights * (target.classes < classes - 1)


def _check_array(name: str, array: Any, shape: Shape, kind: str) -> None:
    """Raise `ShapeError` unless `array` is one of `shape`, of finite numbers of a kind."""
    if not isinstance(array, np.ndarray) or not _is_kind(array, kind):
        found = array.dtype if isinstance(array, np.ndarray) else type(array).__name__
        raise ShapeError(f"{name} of type {found}, but {kind} are needed. Convert the array.")
    if array.shape != shape:
        raise ShapeError(
            f"{name} of {shape_text(array.shape)}, but the pictures and the last maps make "
            f"{shape_text(shape)}. Give a value for each place of each picture."
        )
    if not np.isfinite(array).all():
        wrong = array[~np.isfinite(array)]
        raise ShapeError(
            f"{name}: {len(wrong)} values are not finite, the first is {wrong[0]}. "
            "Use finite numbers, also where nothing counts."
        )


def _is_kind(array: NDArray[Any], kind: str) -> bool:
    return array.dtype.kind in "iu" if kind == "integers" else array.dtype == np.float32


def balanced(places: Places, classes: int) -> Places:
    """Return places whose weights are divided by what those with a digit have on the average.

    ``weights·N / max(1, Σ weights of places with a digit)``, so that E is a mean over the digits
    of all pictures, as Lin et al. 2017 §4.1 divide by their number.

    Parameters
    ----------
    places : Places
    classes : int
        C, with "no digit" as the last.
    """
    total = _box_weights(places, classes).sum(dtype=np.float64)
    factor = np.float32(len(places.weights) / max(1.0, float(total)))
    return places._replace(weights=places.weights * factor)
