"""What spoils a picture of writing without changing what it shows: ``word(most,share)``.

A word happens to a `share` of the pictures, each as much as is drawn for it between nothing and
`most`. Bright is ink, 0 is paper. Lengths are pixels, brightness is a share of 255.

===============  ===================================================================================
``thick``        strokes wider by up to `most` pixels, or thinner by up to a third of that
``hollow``       strokes grow by a pixel on both sides and lose up to `most` of their inside
``ragged``       each pixel is taken from up to `most` pixels away, as where a pen runs dry
``blur``         a Gaussian of up to σ = `most` along any direction, and a narrower one across it
``noise``        normal noise of deviation `most`, of all pixels or more of the bright ones
``impulse``      up to `most` of the pixels white or black
``light``        paper up to `most` bright, more so on one side, and ink fainter by up to as much
``haze``         clouds up to `most` times as bright as ink, all then darkened to 255 again
``cut``          up to `most` rows or columns at one side are lost
``neighbour``    another picture's ink comes in by up to `most` pixels at the left or right
``ruled``        up to `most` lines across: whole, dotted or zigzag
``patch``        a rectangle of up to `most` of each side is turned to its negative; often a bar
                 from side to side, often two
===============  ===================================================================================
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.errors import NotationError

Pixels = NDArray[np.uint8]
Values = NDArray[np.float32]
Rng = np.random.Generator

MOST = {
    "thick": 12.0,
    "hollow": 1.0,
    "ragged": 100.0,
    "blur": 100.0,
    "noise": 1.0,
    "impulse": 1.0,
    "light": 1.0,
    "haze": 10.0,
    "cut": 1000.0,
    "neighbour": 1000.0,
    "ruled": 20.0,
    "patch": 1.0,
}
"""The words, and the largest `most` of each."""


@dataclass(frozen=True)
class Spoil:
    """One word of the notation.

    Attributes
    ----------
    word : str
        From the table above.
    most : float
        How much, 0 to the word's bound.
    share : float
        Of which share of the pictures, 0 to 1.

    Raises
    ------
    NotationError
        For a value out of range.
    """

    word: str
    most: float
    share: float

    def __post_init__(self) -> None:
        bound = MOST[self.word]
        if not (0 <= self.most <= bound and 0 <= self.share <= 1):
            raise NotationError(f"{self}: give 0 to {bound:g}, and a share of 0 to 1.")

    def __str__(self) -> str:
        """Return the notation."""
        return f"{self.word}({self.most!r},{self.share!r})"

    def __call__(self, images: Pixels, rng: Rng) -> None:
        """Spoil pictures, uint8, N×C×H×W, in place."""
        chosen = np.flatnonzero(rng.random(len(images)) < self.share)
        if len(chosen):
            images[chosen] = _HOW[self.word](images[chosen], self.most, rng)


def smooth_fields(rng: Rng, n: int, height: int, width: int, sigma: float) -> Values:
    """Draw random fields: normal with deviation 1 everywhere, alike over about σ pixels.

    White noise is blurred by a Gaussian of σ. Noise on a grid of that width serves as well as on
    every pixel: what the coarser grid cannot hold, the Gaussian takes away but for 1 %.

    Returns
    -------
    ndarray, float32, N×H×W
    """
    down, right = _bumps(height, sigma), _bumps(width, sigma)
    noise = rng.standard_normal((n, down.shape[1], right.shape[1]), np.float32)
    return np.asarray(down @ noise @ right.T)


def _bumps(length: int, sigma: float) -> Values:
    """Return Gaussians round the nodes of a grid σ wide, length×nodes, each row of norm 1."""
    nodes = np.arange(-2 * sigma, length + 3 * sigma, sigma)
    bumps = np.exp(-0.5 * ((np.arange(length)[:, None] - nodes) / sigma) ** 2)
    return np.asarray(bumps / np.linalg.norm(bumps, axis=1, keepdims=True), np.float32)


def _drawn(rng: Rng, n: int, low: float, high: float) -> Values:
    """Draw one number for each picture, N×1×1×1."""
    return rng.uniform(low, high, (n, 1, 1, 1)).astype(np.float32)


def _rounded(x: NDArray[np.floating[Any]]) -> Pixels:
    return np.asarray(np.rint(np.clip(x, 0, 255)), np.uint8)


def _thick(images: Pixels, most: float, rng: Rng) -> Pixels:
    more = rng.uniform(-most / 3, most, len(images))
    grown = images.copy()
    wider = more > 0
    # a radius of 1 on both sides makes a stroke 2 pixels wider
    grown[wider] = _grown(images[wider], more[wider] / 2)
    grown[~wider] = 255 - _grown(255 - images[~wider], -more[~wider] / 2)
    return grown


def _grown(images: Pixels, radius: NDArray[np.float64]) -> Pixels:
    """Return bright parts grown by a radius each, N; between whole ones, values are mixed."""
    result = images.astype(np.float32)
    before = images
    for step in range(int(np.ceil(radius.max(initial=0)))):
        after = _neighbourhood(before, corners=step % 2 == 1)
        part = np.clip(radius - step, 0, 1).astype(np.float32)[:, None, None, None]
        result += part * (after.astype(np.float32) - before)
        before = after
    return _rounded(result)


def _neighbourhood(images: Pixels, corners: bool) -> Pixels:
    """Return the largest of each pixel and its four neighbours, or eight with the corners."""
    largest = images.copy()
    np.maximum(largest[..., 1:], images[..., :-1], out=largest[..., 1:])
    np.maximum(largest[..., :-1], images[..., 1:], out=largest[..., :-1])
    across = largest.copy() if corners else images
    np.maximum(largest[..., 1:, :], across[..., :-1, :], out=largest[..., 1:, :])
    np.maximum(largest[..., :-1, :], across[..., 1:, :], out=largest[..., :-1, :])
    return largest


def _hollow(images: Pixels, most: float, rng: Rng) -> Pixels:
    lost = _drawn(rng, len(images), 0, most)
    wide = _neighbourhood(images, corners=True)
    grown = images + np.minimum(1, 4 * lost) * (wide - images)
    return _rounded(grown - lost * images)


def _ragged(images: Pixels, most: float, rng: Rng) -> Pixels:
    n, channels, height, width = images.shape
    far = rng.uniform(0, most, (2, n, 1, 1)) + 0.5
    steps = np.rint(rng.uniform(-far, far, (2, n, height, width))).astype(np.int64)
    y, x = np.mgrid[:height, :width]
    rows, columns = np.clip(y + steps[0], 0, height - 1), np.clip(x + steps[1], 0, width - 1)
    flat = images.reshape(n, channels, height * width)
    places = (rows * width + columns).reshape(n, 1, height * width)
    return np.take_along_axis(flat, places, axis=2).reshape(images.shape)


def _blur(images: Pixels, most: float, rng: Rng) -> Pixels:
    height, width = images.shape[2:]
    along = _drawn(rng, len(images), 0, most)
    across = along * _drawn(rng, len(images), 0, 1)
    angle = _drawn(rng, len(images), 0, np.pi)
    y, x = np.fft.fftfreq(2 * height)[:, None], np.fft.rfftfreq(2 * width)
    u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    response = np.exp(-2 * np.pi**2 * ((along * u) ** 2 + (across * v) ** 2))
    size = (2 * height, 2 * width)  # twice the picture: what leaves it does not come in again
    waves = np.fft.rfft2(images.astype(np.float32), size) * response.astype(np.float32)
    return _rounded(np.fft.irfft2(waves, size)[..., :height, :width])


def _noise(images: Pixels, most: float, rng: Rng) -> Pixels:
    x = images.astype(np.float32)
    deviation = 255 * _drawn(rng, len(x), 0, most)
    bright = _drawn(rng, len(x), 0, 1)
    each = deviation * (1 - bright + bright * np.sqrt(x / 255))
    return _rounded(x + each * rng.standard_normal(x.shape, np.float32))


def _impulse(images: Pixels, most: float, rng: Rng) -> Pixels:
    share = _drawn(rng, len(images), 0, most / 2)
    number = rng.random(images.shape, np.float32)
    return np.where(number < share, 0, np.where(number > 1 - share, 255, images)).astype(np.uint8)


def _light(images: Pixels, most: float, rng: Rng) -> Pixels:
    n, _, height, width = images.shape
    y, x = np.mgrid[-0.5 : 0.5 : height * 1j, -0.5 : 0.5 : width * 1j].astype(np.float32)
    slope = _drawn(rng, n, -0.5, 0.5) * x + _drawn(rng, n, -0.5, 0.5) * y
    paper = np.clip(_drawn(rng, n, 0, most) * (1 + slope), 0, 1)
    faint = _drawn(rng, n, 1 - most, 1)
    return _rounded(255 * paper + faint * (1 - paper) * images)


def _haze(images: Pixels, most: float, rng: Rng) -> Pixels:
    n, _, height, width = images.shape
    clouds = np.zeros((n, height, width), np.float32)
    for sigma, weight in ((8.0, 1.0), (4.0, 0.7), (2.0, 0.5), (1.0, 0.35)):
        clouds += np.float32(weight) * smooth_fields(rng, n, height, width, sigma)
    clouds -= clouds.min(axis=(1, 2), keepdims=True)
    clouds /= np.maximum(clouds.max(axis=(1, 2), keepdims=True), 1e-6)
    thick = _drawn(rng, n, 0, most)
    return _rounded((images + 255 * thick * clouds[:, None]) / (1 + thick))


def _cut(images: Pixels, most: float, rng: Rng) -> Pixels:
    height, width = images.shape[2:]
    depth = rng.uniform(0, most, len(images)).round()[:, None]
    side = rng.integers(0, 4, len(images))[:, None]
    rows, columns = np.arange(height), np.arange(width)
    above = (side == 0) & (rows < depth) | (side == 1) & (rows >= height - depth)
    beside = (side == 2) & (columns < depth) | (side == 3) & (columns >= width - depth)
    lost = above[:, None, :, None] | beside[:, None, None, :]
    return np.where(lost, 0, images).astype(np.uint8)


def _neighbour(images: Pixels, most: float, rng: Rng) -> Pixels:
    n, _, _, width = images.shape
    others = images[rng.permutation(n)]
    depth = rng.integers(0, min(int(most), width - 1), n, endpoint=True).tolist()
    at_right = np.less(rng.random(n), 0.5).tolist()
    touched = images.copy()
    for new, other, ink, right in zip(touched, others, depth, at_right, strict=True):
        columns = np.flatnonzero(other.any(axis=(0, 1)))
        if ink == 0 or len(columns) == 0:
            continue
        first, last = columns[0], columns[-1] + 1
        part = other[..., first : first + ink] if right else other[..., max(0, last - ink) : last]
        place = slice(width - part.shape[2], width) if right else slice(0, part.shape[2])
        np.maximum(new[..., place], part, out=new[..., place])
    return touched


def _ruled(images: Pixels, most: float, rng: Rng) -> Pixels:
    channels, height, width = images.shape[1:]
    touched = images.copy()
    for new in touched:
        ink = np.zeros((height, width), np.uint8)
        for _ in range(rng.integers(0, int(most), endpoint=True)):
            _rule(ink, rng)
        for channel in range(channels):
            np.maximum(new[channel], ink, out=new[channel])
    return touched


def _rule(ink: Pixels, rng: Rng) -> None:
    """Draw one line from one side to the other, rather level than upright, H×W."""
    height, width = ink.shape
    xs = np.linspace(-1, width, int(rng.integers(2, 18)))
    ys = np.linspace(rng.uniform(-2, height + 2), rng.uniform(-2, height + 2), len(xs))
    if rng.random() < 0.4:
        ys[::2] += rng.uniform(0, 4)
    points = np.stack([xs, ys], axis=1)
    if rng.random() < 0.3:  # upright
        points = points[:, ::-1] * [width / height, height / width]
    gap = 2 if len(xs) > 4 and rng.random() < 0.4 else 1  # every second piece: dashes
    bright, thick = int(rng.uniform(80, 256)), int(rng.integers(1, 3))
    fixed = np.rint(points * 16).astype(int).tolist()  # OpenCV's fixed point: 4 bits
    for one, other in list(itertools.pairwise(fixed))[::gap]:
        cv2.line(ink, one, other, bright, thick, cv2.LINE_AA, 4)


def _patch(images: Pixels, most: float, rng: Rng) -> Pixels:
    n, _, height, width = images.shape
    for second in (False, True):
        across = rng.integers(0, 4, (n, 1))  # 0: whole height, 1: whole width, else neither
        inside = []
        for axis, side in enumerate((height, width)):
            length = rng.uniform(0, most * side, (n, 1))
            start = rng.uniform(-length / 2, side - length / 2)
            places = np.arange(side)
            within = (places >= start) & (places < start + length)
            inside.append(within | (across == axis) & (most > 0))
        where = inside[0][:, None, :, None] & inside[1][:, None, None, :]
        if second:
            where &= rng.random((n, 1, 1, 1)) < 0.5
        images = np.where(where, 255 - images, images).astype(np.uint8)
    return images


_HOW: dict[str, Callable[[Pixels, float, Rng], Pixels]] = {
    "thick": _thick,
    "hollow": _hollow,
    "ragged": _ragged,
    "blur": _blur,
    "noise": _noise,
    "impulse": _impulse,
    "light": _light,
    "haze": _haze,
    "cut": _cut,
    "neighbour": _neighbour,
    "ruled": _ruled,
    "patch": _patch,
}
