"""Lines of writing that run aslant are turned level; what may only climb stays.

Level lines give the sharpest profile: ink summed along rows falls into few of them. The angle with
the largest sum of squared rows is the writing's (after Postl 1986).
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.reader.ink import InkMap
from digitile.reader.place import Matrix, bounds, for_opencv, shift

INK = 0.4
"""Of the strongest ink: what is stronger is looked at."""

SIDE = 384
"""The size, of the longer side, at which angles are compared."""

MOST, STEP, FINE = 24.0, 2.0, 0.5
"""Angles that are tried, in degrees: up to MOST, in steps, then finer around the best."""

LEAST, STEEP = 10.0, 15.0
"""Smaller angles are left, of lines whose digits stand upright those below STEEP: they are read as
they are."""

FARTHEST = 21.0
"""Larger angles are not believed."""

SHARPER = 1.25
"""The profile is so many times as sharp as that of the writing as it stands, or more."""

EMPTY = 0.03
"""Rows with less than this share of the fullest one's ink part lines."""

LONG = 4.0
"""A line is this many times as long as it is tall, or longer."""

LEAN, NATURAL = 40.0, -6.0
"""Strokes lean by so many degrees or less (to the right is negative), upright digits by NATURAL."""


@dataclass(frozen=True, eq=False)
class Level:
    """An ink map with level lines of writing.

    Attributes
    ----------
    found : InkMap
    back : ndarray, float64, 3×3
        From places in it to places in the map that it was turned from.
    """

    found: InkMap
    back: Matrix


@dataclass(frozen=True)
class Skew:
    """How lines of writing run.

    Attributes
    ----------
    degrees : float
        Down to the right.
    upright : bool
        Whether the digits stand upright all the same: their lines climb, or fall, only.
    """

    degrees: float
    upright: bool


def levelled(found: InkMap) -> Level:
    """Return the ink map with level lines, where they surely run aslant.

    Digits that are aslant with their line are turned, upright ones moved down or up.
    """
    skew = find_skew(found)
    if skew is None or abs(skew.degrees) < (STEEP if skew.upright else LEAST):
        return Level(found, np.eye(3))
    angle = np.radians(skew.degrees)
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    if skew.upright:
        turn = np.array([[1, 0, 0], [np.tan(angle), 1, 0], [0, 0, 1]])
    height, width = found.ink.shape
    corners = [(x, y) for x in (0, width) for y in (0, height)]
    left, top, right, bottom = bounds(np.linalg.inv(turn), corners)
    back = turn @ shift(left, top)
    how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    size = int(np.ceil(right - left)), int(np.ceil(bottom - top))
    ink = cv2.warpPerspective(found.ink, for_opencv(back), size, flags=how)
    return Level(replace(found, ink=np.clip(ink, 0, 1).astype(np.float32)), back)


def find_skew(found: InkMap) -> Skew | None:
    """Return how lines of writing run, or None where they are about level, or that is unsure."""
    scale = min(1.0, SIDE / max(found.ink.shape))
    height, width = (max(1, round(scale * side)) for side in found.ink.shape)
    small = cv2.resize(found.ink, (width, height), interpolation=cv2.INTER_AREA)
    ys, xs = (places.astype(np.float64) for places in np.nonzero(small > INK))
    if len(xs) < 2:
        return None
    rough = _sharpest(xs, ys, np.arange(-MOST, MOST + STEP, STEP))
    best = _sharpest(xs, ys, np.arange(rough - STEP + FINE, rough + STEP, FINE))
    if abs(best) > FARTHEST:
        return None
    if _sharpness(xs, ys, best) < SHARPER * _sharpness(xs, ys, 0.0):
        return None
    cos, sin = np.cos(np.radians(best)), np.sin(np.radians(best))
    across, down = cos * xs + sin * ys, cos * ys - sin * xs
    line = _heaviest_run(down)
    across, down = across[line], down[line]
    if np.ptp(across) < LONG * np.ptp(down):
        return None
    lean = _sharpest(down, across, np.arange(-LEAN, LEAN + STEP, STEP))
    return Skew(best, abs(lean - best - NATURAL) < abs(lean - NATURAL))


def _sharpest(
    xs: NDArray[np.floating], ys: NDArray[np.floating], angles: NDArray[np.float64]
) -> float:
    return float(max(angles, key=lambda degrees: _sharpness(xs, ys, float(degrees))))


def _sharpness(xs: NDArray[np.floating], ys: NDArray[np.floating], degrees: float) -> float:
    """Return the sum of squares of how much ink lies on each line down by so many degrees."""
    down = np.rint(ys - np.tan(np.radians(degrees)) * xs).astype(np.int64)
    return float(np.square(np.bincount(down - down.min())).sum())


def _heaviest_run(down: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Return which ink lies in the run of rows, parted by rows almost without ink, with most."""
    rows = np.rint(down - down.min()).astype(np.int64)
    profile = np.bincount(rows)
    filled = profile > EMPTY * profile.max()
    runs = np.cumsum(np.diff(filled, prepend=False) & filled)
    ink = np.bincount(runs, weights=profile * filled)
    return np.asarray((filled & (runs == ink.argmax()))[rows])
