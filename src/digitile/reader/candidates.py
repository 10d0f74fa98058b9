"""What the network sees: candidates for digits and marks, each with a box and probabilities."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitile.reader.tuned import INSIDE, MOST, SAME

SIGNS = "0123456789.,-/"
"""What the classes are in a text; the one behind them is none."""

DIGITS = 10
NONE = len(SIGNS)

Boxes = NDArray[np.float64]


class Candidates(NamedTuple):
    """Places of a picture where a digit or mark may be.

    Attributes
    ----------
    boxes : ndarray, float64, n×4
        Left, top, right, bottom.
    p : ndarray, float64, n×15
        How likely each is a sign of `SIGNS`, or none.
    """

    boxes: Boxes
    p: NDArray[np.float64]

    @property
    def height(self) -> NDArray[np.float64]:
        """Of each box."""
        return self.boxes[:, 3] - self.boxes[:, 1]

    @property
    def width(self) -> NDArray[np.float64]:
        """Of each box."""
        return self.boxes[:, 2] - self.boxes[:, 0]

    @property
    def centre(self) -> NDArray[np.float64]:
        """Of each box, n×2."""
        return (self.boxes[:, :2] + self.boxes[:, 2:]) / 2

    @property
    def digit(self) -> NDArray[np.float64]:
        """How likely each is the digit that it is likeliest to be."""
        return np.asarray(self.p[:, :DIGITS].max(axis=1))

    @property
    def is_digit(self) -> NDArray[np.bool_]:
        """Whether each is likelier a digit than a mark."""
        return np.asarray(self.p[:, :DIGITS].sum(axis=1) > self.p[:, DIGITS:NONE].sum(axis=1))

    def expected(self, missed: float) -> "Candidates":
        """Return them where digits are expected: the logit of none is less by `missed`."""
        p = self.p.copy()
        p[:, NONE] *= np.exp(-missed)
        return self._replace(p=p / p.sum(axis=1, keepdims=True))

    def take(self, chosen: NDArray[np.bool_] | NDArray[np.integer]) -> "Candidates":
        """Return some of them."""
        return Candidates(self.boxes[chosen], self.p[chosen])


def joined(parts: list[Candidates]) -> Candidates:
    """Return the candidates of several parts of a picture."""
    none = Candidates(np.zeros((0, 4)), np.zeros((0, NONE + 1)))
    return Candidates(*map(np.concatenate, zip(none, *parts, strict=True)))


def areas(boxes: Boxes) -> NDArray[np.float64]:
    """Return the area of each box."""
    return np.asarray(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1))


def shared(box: NDArray[np.float64], boxes: Boxes) -> NDArray[np.float64]:
    """Return the area that a box shares with each of others."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    return np.asarray(np.prod(np.maximum(high - low, 0), axis=1))


def turned_boxes(boxes: Boxes, shape: tuple[int, ...], degrees: int) -> Boxes:
    """Return where boxes of a picture, height×width, lie when it is turned clockwise."""
    height, width = shape
    for _ in range(degrees // 90):
        left, top, right, bottom = boxes.T
        boxes = np.stack([height - bottom, left, height - top, right], axis=1)
        height, width = width, height
    return boxes


def merged(found: Candidates) -> Candidates:
    """Return one candidate for all that mean the same digit: the mean of them.

    Likelier ones weigh more. A mark is never one with a digit.
    """
    found = _likeliest(found)
    weight = _same(found) * (1 - found.p[:, NONE]) ** 2
    weight /= weight.sum(axis=1, keepdims=True)
    return Candidates(weight @ found.boxes, weight @ found.p)


def averaged(views: list[Candidates]) -> Candidates:
    """Return the candidates of several views of the same: what a view does not see is none to it.

    Parameters
    ----------
    views : list of Candidates
        Boxes in the pixels of one picture; one view or more.
    """
    found = _likeliest(joined(views))
    same = _same(found)
    weight = same * (1 - found.p[:, NONE]) ** 2
    boxes = weight / weight.sum(axis=1, keepdims=True) @ found.boxes
    count = same.sum(axis=1, keepdims=True)
    p = same @ found.p
    p[:, [NONE]] += np.maximum(len(views) - count, 0)
    return Candidates(boxes, p / np.maximum(len(views), count))


def _likeliest(found: Candidates) -> Candidates:
    """Return the candidates, likeliest first, `MOST` at most."""
    return found.take(np.argsort(found.p[:, NONE], kind="stable")[:MOST])


def _same(found: Candidates) -> NDArray[np.float64]:
    """Return which candidates, likeliest first, mean the same digit: a row of 0 and 1 for each."""
    area, is_digit = areas(found.boxes), found.is_digit
    both = np.array([shared(box, found.boxes) for box in found.boxes]).reshape((len(area),) * 2)
    same = both > SAME * (area[:, None] + area - both)
    same |= both > INSIDE * np.minimum(area[:, None], area)
    same &= is_digit[:, None] == is_digit
    np.fill_diagonal(same, True)
    alive, groups = np.ones(len(area), bool), []
    for one in range(len(area)):
        if alive[one]:
            groups.append(alive & same[one])
            alive &= ~same[one]
    return np.array(groups, np.float64).reshape(len(groups), len(area))
