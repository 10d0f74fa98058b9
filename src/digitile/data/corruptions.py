"""Fifteen corruptions of digits, in the manner of MNIST-C (Mu and Gilmer 2019).

Their names and strengths are MNIST-C's; the pictures are drawn by our own equations, so figures
are near those of its files, not the same. They are for measuring; no training draws them.
"""

import itertools
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.errors import ShapeError

Pixels = NDArray[np.uint8]
Rng = np.random.Generator
Picture = NDArray[np.float64]

SIDES = (28, 64)
"""The sides of pictures that are corrupted: the strengths are in pixels of MNIST's 28."""


def corrupt(images: Pixels, name: str, rng: Rng) -> Pixels:
    """Return pictures with one of `CORRUPTIONS` done to each.

    Parameters
    ----------
    images : ndarray, uint8, N×1×H×W
        H and W are within `SIDES`.
    name : str
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, uint8, N×1×H×W

    Raises
    ------
    ShapeError
        For pictures that are not gray, smaller or larger.
    """
    channels, height, width = images.shape[1:]
    if channels != 1 or not SIDES[0] <= min(height, width) <= max(height, width) <= SIDES[1]:
        raise ShapeError(
            f"pictures of {channels}×{height}×{width} cannot be corrupted: the corruptions are for "
            f"gray pictures whose sides have {SIDES[0]} to {SIDES[1]} pixels, such as MNIST's."
        )
    corrupted = np.empty_like(images)
    for new, old in zip(corrupted[:, 0], images[:, 0], strict=True):
        x = CORRUPTIONS[name](old.astype(np.float64) / 255, rng)
        new[:] = np.rint(255 * np.clip(x, 0, 1))
    return corrupted


def _moved(x: Picture, matrix: NDArray[np.float64], by: tuple[float, float] = (0, 0)) -> Picture:
    """Return the picture mapped about its middle by a 2×2 matrix, then moved; outside is 0."""
    height, width = x.shape
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    offset = middle + by - matrix @ middle
    affine = np.column_stack([matrix, offset])
    return np.asarray(cv2.warpAffine(x, affine, (width, height), flags=cv2.INTER_LINEAR))


def _either(rng: Rng) -> int:
    return 1 if rng.random() < 0.5 else -1


def _gaussian(x: Picture, sigma: float) -> Picture:
    return np.asarray(cv2.GaussianBlur(x, (0, 0), sigma))


def _shot_noise(x: Picture, rng: Rng) -> Picture:
    """Count photons, three for white."""
    return rng.poisson(3 * x) / 3


def _impulse_noise(x: Picture, rng: Rng) -> Picture:
    """Make 17 % of the pixels black or white."""
    number = rng.random(x.shape)
    return np.where(number < 0.085, 0.0, np.where(number < 0.17, 1.0, x))


def _glass_blur(x: Picture, rng: Rng) -> Picture:
    """Exchange pixels with neighbours twice, between two blurs."""
    x = _gaussian(x, 0.7)
    height, width = x.shape
    for _ in range(2):
        for row in range(height - 1, 1, -1):
            for column in range(width - 1, 1, -1):
                if rng.random() < 0.5:
                    there = row + rng.integers(-1, 1), column + rng.integers(-1, 1)
                    x[row, column], x[there] = x[there], x[row, column]
    return _gaussian(x, 0.7)


def _motion_blur(x: Picture, rng: Rng) -> Picture:
    """Trail each point to one side: half a Gaussian of σ = 3, up to 45° from level."""
    angle = np.radians(rng.uniform(-45, 45))
    steps = np.arange(11)
    weights = np.exp(-0.5 * (steps / 3) ** 2)
    trail = [
        _moved(x, np.eye(2), (step * np.cos(angle), step * np.sin(angle))) * weight
        for step, weight in zip(steps, weights / weights.sum(), strict=True)
    ]
    return np.asarray(sum(trail))


def _shear(x: Picture, rng: Rng) -> Picture:
    """Move each row 0.4 pixels against the next."""
    return _moved(x, np.array([[1.0, 0.4 * _either(rng)], [0.0, 1.0]]))


def _scale(x: Picture, _: Rng) -> Picture:
    """Shrink to seven tenths."""
    return _moved(x, 0.7 * np.eye(2))


def _rotate(x: Picture, rng: Rng) -> Picture:
    """Turn by 0.4 radians, 23°, either way."""
    cos, sin = np.cos(0.4), np.sin(0.4) * _either(rng)
    return _moved(x, np.array([[cos, sin], [-sin, cos]]))


def _translate(x: Picture, rng: Rng) -> Picture:
    """Move by three pixels along both axes."""
    return _moved(x, np.eye(2), (3 * _either(rng), 3 * _either(rng)))


def _brightness(x: Picture, _: Rng) -> Picture:
    """Add half of white."""
    return x + 0.5


def _stripe(x: Picture, _: Rng) -> Picture:
    """Turn the left and the right quarter to their negative."""
    quarter = x.shape[1] // 4
    x[:, :quarter] = 1 - x[:, :quarter]
    x[:, -quarter:] = 1 - x[:, -quarter:]
    return x


def _plasma(side: int, decay: float, rng: Rng) -> Picture:
    """Return clouds, side×side, 0 … 1: noise of each scale `decay` times that of half the scale."""
    clouds = np.zeros((side, side))
    grain, weight = 2, 1.0
    while grain <= side:
        noise = rng.uniform(-weight, weight, (grain, grain))
        clouds += cv2.resize(noise, (side, side), interpolation=cv2.INTER_LINEAR)
        grain, weight = 2 * grain, weight / decay
    clouds -= clouds.min()
    return np.asarray(clouds / clouds.max())


def _fog(x: Picture, rng: Rng) -> Picture:
    """Add clouds twice as bright as ink, then darken all to white again."""
    height, width = x.shape
    clouds = _plasma(64, 2.0, rng)[:height, :width]
    return (x + 2 * clouds) / (1 + 2)


def _spatter(x: Picture, rng: Rng) -> Picture:
    """Hide what is below drops behind their dark gray."""
    drops = _gaussian(rng.normal(0.65, 0.3, x.shape), 1) > 0.65
    cover = _gaussian(drops.astype(np.float64), 1.5)
    cover[cover < 0.8] = 0
    return np.asarray(x * (1 - cover) + 63 / 255 * cover)


def _line(shape: tuple[int, int], start: NDArray[np.float64], end: NDArray[np.float64]) -> Picture:
    """Return a soft line between two points (x, y), bright in its middle, 0 beyond 2.3 pixels."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    slope = (end[1] - start[1]) / max(end[0] - start[0], 1e-6)
    distance = np.abs(y - start[1] - slope * (x - start[0]))
    bright = np.clip(1 + np.log(np.maximum(1 - distance / 2.3, 1e-10)), 0, 1)
    return np.asarray(bright * ((x >= np.floor(start[0])) & (x < np.ceil(end[0]))))


def _dotted_line(x: Picture, rng: Rng) -> Picture:
    """Draw a line across, every second two columns of it."""
    height, width = x.shape
    ends = rng.integers(0, height - 1, 2)
    line = _line((height, width), np.array([0, ends[0]]), np.array([width - 1, ends[1]]))
    return x + line * (np.arange(width) // 2 % 2)


def _zigzag(x: Picture, rng: Rng) -> Picture:
    """Draw a line across that goes up and down by two pixels."""
    height, width = x.shape
    first = rng.integers(0, height - 1)
    columns = np.arange(2.0, width - 2, 2)
    rows = np.linspace(first, first + rng.integers(-5, 5), len(columns))
    rows[1::4] -= 2
    rows[3::4] += 2
    points = np.stack([columns, rows], axis=1)
    for start, end in itertools.pairwise(points):
        x = np.minimum(x + _line((height, width), start, end), 1)
    return x


def _canny_edges(x: Picture, _: Rng) -> Picture:
    """Leave the edges of strokes, one pixel wide."""
    soft = np.rint(255 * _gaussian(x, 1)).astype(np.uint8)
    return np.asarray(cv2.Canny(soft, 25, 50), np.float64) / 255


CORRUPTIONS: dict[str, Callable[[Picture, Rng], Picture]] = {
    "shot noise": _shot_noise,
    "impulse noise": _impulse_noise,
    "glass blur": _glass_blur,
    "motion blur": _motion_blur,
    "shear": _shear,
    "scale": _scale,
    "rotate": _rotate,
    "brightness": _brightness,
    "translate": _translate,
    "stripe": _stripe,
    "fog": _fog,
    "spatter": _spatter,
    "dotted line": _dotted_line,
    "zigzag": _zigzag,
    "canny edges": _canny_edges,
}
