"""Paper: its printed lines, and the textures of it and of whatever else is photographed."""

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.scenes.glyphs import Ink, Rng

Field = NDArray[np.float32]

TILES = 48
"""So many textures a block has."""

TILE = (288, 352)
"""Height and width of a texture."""


def rule(rules: Ink, base: float, rng: Rng) -> None:
    """Print lines on a page whose writing is about `base` pixels tall, or none."""
    kind = rng.choice(5, p=[0.45, 0.25, 0.15, 0.1, 0.05])
    height, width = rules.shape
    pitch = base * rng.uniform(1.3, 2.2)
    thick = 1 if rng.random() < 0.7 else 2
    if kind in (1, 4):  # lines to write on
        _lines(rules, np.arange(rng.uniform(0, pitch), height, pitch), thick, False)
    if kind == 2:  # squares
        pitch = base * rng.uniform(0.4, 1.6)
        _lines(rules, np.arange(rng.uniform(0, pitch), height, pitch), thick, False)
        _lines(rules, np.arange(rng.uniform(0, pitch), width, pitch), thick, True)
    if kind == 3:  # a table
        _lines(rules, np.arange(rng.uniform(0, pitch), height, pitch), thick, False)
        columns = np.cumsum(rng.uniform(2, 8, 12) * base)
        _lines(rules, columns[columns < width], thick, True)
    if kind == 4:  # a margin
        _lines(rules, np.array([rng.uniform(0.05, 0.2) * width]), thick + 1, True)


def _lines(rules: Ink, places: NDArray[np.float64], thick: int, upright: bool) -> None:
    for place in np.rint(places).astype(int).tolist():
        if upright:
            rules[:, place : place + thick] = 255
        else:
            rules[place : place + thick] = 255


class Textures:
    """A block's textures; each is drawn when it is first used, from its own seed."""

    def __init__(self, kept_apart: bool, seed: tuple[int, ...]) -> None:
        self._kinds = KEPT_APART if kept_apart else TRAINED
        self._seed = seed
        self._tiles: dict[int, Field] = {}

    def piece(self, height: int, width: int, rng: Rng) -> Field:
        """Return any piece of any texture, float32, height×width, of mean 0 and deviation 1."""
        tile = self._tile(int(rng.integers(TILES)))
        if height > tile.shape[0] or width > tile.shape[1]:
            return np.asarray(cv2.resize(tile, (width, height)), np.float32)
        y = int(rng.integers(tile.shape[0] - height + 1))
        x = int(rng.integers(tile.shape[1] - width + 1))
        piece = tile[y : y + height, x : x + width]
        return piece[:: -1 if rng.random() < 0.5 else 1, :: -1 if rng.random() < 0.5 else 1]

    def _tile(self, number: int) -> Field:
        if number not in self._tiles:
            rng = np.random.default_rng((*self._seed, number))
            drawn = self._kinds[number % len(self._kinds)](rng)
            even = (drawn - drawn.mean()) / max(1e-6, float(drawn.std()))
            self._tiles[number] = np.clip(even, -3, 3).astype(np.float32)
        return self._tiles[number]


def smooth(rng: Rng, height: int, width: int, cells: tuple[int, int]) -> Field:
    """Return normal noise of `cells` values, enlarged smoothly."""
    coarse = rng.standard_normal(cells, np.float32)
    field = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(field, np.float32)


def _noise(rng: Rng, shrink: float) -> Field:
    cells = (max(2, int(TILE[0] / shrink)), max(2, int(TILE[1] / shrink)))
    return smooth(rng, *TILE, cells)


def _grain(rng: Rng) -> Field:
    return _noise(rng, rng.uniform(1, 4))


def _clouds(rng: Rng) -> Field:
    """Return noise of several octaves."""
    falls, field = rng.uniform(0.4, 0.8), np.zeros(TILE, np.float32)
    for octave in range(6):
        field += np.float32(falls**octave) * _noise(rng, 64 / 2**octave)
    return field


def _fibres(rng: Rng) -> Field:
    """Return noise that is long in one direction, as wood and cloth have it."""
    cells = (int(rng.integers(4, 20)), int(rng.integers(100, 300)))
    field = smooth(rng, *TILE, cells if rng.random() < 0.5 else cells[::-1])
    return field + np.float32(0.5) * _noise(rng, 2)


def _blots(rng: Rng) -> Field:
    """Return stains with edges."""
    field = _noise(rng, rng.uniform(8, 40))
    return np.asarray(np.tanh((field - rng.uniform(0, 1.5)) * 6) + 0.2 * _noise(rng, 3), np.float32)


def _weave(rng: Rng) -> Field:
    y, x = np.mgrid[: TILE[0], : TILE[1]].astype(np.float32)
    angle, period = rng.uniform(0, np.pi), rng.uniform(3, 9)
    u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    waves = np.sin(2 * np.pi * u / period) + np.sin(2 * np.pi * v / period)
    return np.asarray(waves + 0.5 * _noise(rng, 3), np.float32)


def _halftone(rng: Rng) -> Field:
    y, x = np.mgrid[: TILE[0], : TILE[1]].astype(np.float32)
    period = rng.uniform(3, 6)
    dots = np.sin(2 * np.pi * (x + y) / period) * np.sin(2 * np.pi * (x - y) / period)
    return np.asarray(dots > _noise(rng, 40) * 0.5, np.float32)


def _crumpled(rng: Rng) -> Field:
    """Return facets: the nearest of several slopes."""
    y, x = np.mgrid[: TILE[0], : TILE[1]].astype(np.float32)
    field = np.full(TILE, np.inf, np.float32)
    for _ in range(10):
        a, b = rng.normal(0, 0.02, 2)
        slope = np.abs(a * (x - rng.uniform(0, TILE[1])) + b * (y - rng.uniform(0, TILE[0])))
        field = np.minimum(field, slope.astype(np.float32))
    return field + np.float32(0.1) * _noise(rng, 2)


TRAINED = (_grain, _clouds, _fibres, _blots)
"""Kinds of textures to train on."""

KEPT_APART = (_weave, _halftone, _crumpled)
"""Kinds that are kept apart."""
