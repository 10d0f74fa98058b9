"""Where a stage's array lies in the picture that was given, however it was scaled and turned."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from digitile.reader.reading import Box

Matrix = NDArray[np.float64]
"""3×3: from places (x, y, 1) to places, up to a factor; (0, 0) is the first pixel's corner."""

ROUNDING = 1e-6
"""Places this close to a whole pixel are on it."""


@dataclass(frozen=True, eq=False)
class Place:
    """The way from an array's places to those of the picture.

    Attributes
    ----------
    matrix : ndarray, float64, 3×3
        From places in the array to places in the picture.
    width, height : int
        Of the picture.
    """

    matrix: Matrix
    width: int
    height: int

    def of(self, matrix: Matrix) -> "Place":
        """Return the place of an array made from this one; `matrix` leads back to this one."""
        return replace(self, matrix=self.matrix @ matrix)

    def box(self, left: float, top: float, right: float, bottom: float) -> Box:
        """Return the least box in the picture that holds an array's box."""
        ends = bounds(self.matrix, [(x, y) for x in (left, right) for y in (top, bottom)])
        x, y = max(_down(ends[0]), 0), max(_down(ends[1]), 0)
        width = min(_up(ends[2]), self.width) - x
        height = min(_up(ends[3]), self.height) - y
        return Box(x, y, max(width, 0), max(height, 0))

    def within(self, box: Box) -> tuple[int, int, int, int]:
        """Return left, top, right, bottom in the array of what `box` gives this box for.

        What lies aslant in the picture has a box wider and taller than itself. Near the box's
        middle the way is as good as linear, so it can be gone back.
        """
        middle = [(box.x + box.width / 2, box.y + box.height / 2)]
        x, y = bounds(np.linalg.inv(self.matrix).astype(np.float64), middle)[:2]
        u, v, w = self.matrix @ (x, y, 1)
        slope = (self.matrix[:2, :2] - np.outer((u / w, v / w), self.matrix[2, :2])) / w
        width, height = np.linalg.solve(np.abs(slope), (box.width, box.height)) / 2
        return _down(x - width), _down(y - height), _up(x + width), _up(y + height)


def bounds(matrix: Matrix, places: Sequence[tuple[float, float]]) -> tuple[float, ...]:
    """Return left, top, right and bottom of where a matrix leads places."""
    x, y, w = matrix @ np.array([(*place, 1.0) for place in places]).T
    return tuple(map(float, ((x / w).min(), (y / w).min(), (x / w).max(), (y / w).max())))


def scaling(across: float, down: float) -> Matrix:
    """Return the matrix that multiplies x by one factor and y by another."""
    return np.diag((across, down, 1.0))


def shift(x: float, y: float) -> Matrix:
    """Return the matrix that adds (x, y)."""
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], float)


def for_opencv(matrix: Matrix) -> Matrix:
    """Return a matrix for OpenCV's warps, which count places from the first pixel's middle."""
    return shift(-0.5, -0.5) @ matrix @ shift(0.5, 0.5)


def _down(value: float) -> int:
    return int(np.floor(value + ROUNDING))


def _up(value: float) -> int:
    return int(np.ceil(value - ROUNDING))
