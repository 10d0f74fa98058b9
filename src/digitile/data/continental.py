"""Ones and sevens as most of Europe, Latin America and Asia write them, drawn from a seed.

MNIST's writers were American: their 1 is a bare stroke and their 7 has no bar. Elsewhere a 1 begins
with an upstroke, often as long as that of a 7, and what tells them apart is how steep it is; many
cross the 7. A network that has seen MNIST alone takes such a 1 for a 7.
"""

import numpy as np

from digitile.data.dataset import Dataset, join
from digitile.data.pen import Ink, Rng, box_of, pen_width, strokes, warped
from digitile.errors import DataError
from digitile.normalise import SIDE, normalise

ONES = 0.6
"""The share of 1s; the rest are 7s."""


def with_continental(digits: Dataset, count: int, rng: Rng) -> Dataset:
    """Return a data set with `count` pictures more of 1s and 7s, drawn and normalised.

    Parameters
    ----------
    digits : Dataset
        1×28×28, with the classes ``1`` and ``7``.
    count : int
        0 or more.
    rng : numpy.random.Generator

    Raises
    ------
    DataError
        Where the data set has another shape, or no such classes.
    """
    if digits.shape != (1, SIDE, SIDE) or not {"1", "7"} <= set(digits.classes):
        raise DataError(
            f"{digits.name} has pictures of {'×'.join(map(str, digits.shape))} of the classes "
            f"{', '.join(digits.classes)}, but continental 1s and 7s are drawn beside digits of "
            f"1×{SIDE}×{SIDE}. Use mnist."
        )
    ones = round(ONES * count)
    images = np.zeros((count, 1, SIDE, SIDE), np.uint8)
    for place, image in enumerate(images):
        ink = warped(draw_1(rng) if place < ones else draw_7(rng), rng, turned=0.05)
        box = box_of(ink)
        if box is not None:
            image[0] = normalise(ink[box])
    labels = np.repeat([digits.classes.index(name) for name in "17"], [ones, count - ones])
    return join(digits, Dataset("continental", images, labels, digits.classes))


def draw_1(rng: Rng) -> Ink:
    """Draw a stem with an upstroke that rises at 40° to 68°, sometimes on a foot."""
    lean, length = rng.uniform(-0.05, 0.25), rng.uniform(0.25, 0.75)
    top, bottom = np.array([0.55 + lean / 2, 0]), np.array([0.55 - lean / 2, 1])
    steep = np.radians(rng.uniform(40, 68))
    start = top + length * np.array([-np.cos(steep), np.sin(steep)])
    width = pen_width(rng)
    ink = strokes(_bent([start, top, bottom], rng), width)
    if rng.random() < 0.2:
        foot = rng.uniform(0.15, 0.35) * np.array([1, 0])
        ink = np.maximum(ink, strokes(np.stack([bottom - foot, bottom + foot]), width))
    return ink


def draw_7(rng: Rng) -> Ink:
    """Draw a bar, level or rising by 16° at most, a stem below its right end, mostly crossed."""
    is_crossed = rng.random() < 0.7
    # without a bar, a short top would make it a 1
    tilt, length = np.radians(rng.uniform(-12, 16)), rng.uniform(0.45 if is_crossed else 0.6, 0.85)
    corner = np.array([0.8, 0.05])
    start = corner + length * np.array([-np.cos(tilt), np.sin(tilt)])
    bottom = np.array([0.8 - rng.uniform(0.05, 0.55), 1.0])
    width = pen_width(rng)
    ink = strokes(_bent([start, corner, bottom], rng), width)
    if is_crossed:
        middle = corner + rng.uniform(0.4, 0.6) * (bottom - corner)
        half = rng.uniform(0.15, 0.3) * np.array([1, rng.uniform(-0.3, 0.1)])
        ink = np.maximum(ink, strokes(np.stack([middle - half, middle + half]), width))
    return ink


def _bent(corners: list[np.ndarray], rng: Rng) -> np.ndarray:
    """Return points on a line through three corners, its last part an arc."""
    start, corner, end = corners
    t = np.linspace(0, 1, 9)[:, None]
    across = np.array([1, -1]) * (end - corner)[::-1]
    arc = corner + t * (end - corner) + rng.normal(0, 0.15) * t * (1 - t) * across
    return np.concatenate([start[None], arc])
