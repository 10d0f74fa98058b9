"""One picture without digits, of a given kind: to see whether a reader finds some."""

import numpy as np
from numpy.typing import NDArray

from digitile.scenes.camera import aim, draw_conditions, expose, look, readable
from digitile.scenes.glyphs import Rng
from digitile.scenes.layout import PAGE, draw_page
from digitile.scenes.materials import Materials
from digitile.scenes.photos import draw_photo
from digitile.scenes.studio import Studio

KINDS = ("words", "print", "drawings", "photo", "paper")
"""Handwriting, printing, drawings, shapes and textures, paper with nothing on it."""


def draw_nothing(
    materials: Materials, rng: Rng, height: int, width: int, kind: str
) -> NDArray[np.uint8]:
    """Draw a picture of no digits, uint8 H×W.

    Parameters
    ----------
    materials : Materials
    rng : numpy.random.Generator
        What is not given is drawn from it.
    height, width : int
    kind : str
        One of `KINDS`.
    """
    studio, shape = Studio(materials, (int(rng.integers(1 << 32)),)), (height, width)
    if kind == "photo":
        return draw_photo(studio.textures, shape, rng).picture
    conditions = draw_conditions(rng, turn=0, size=float(np.exp(rng.uniform(2.5, 3.8))))
    layers = np.zeros((height, width, 3), np.uint8)
    layers[..., 2] = 255
    if kind != "paper":
        sheet = draw_page(studio, rng, kind)
        middle, at = np.array([width, height]) / 2, np.array(PAGE[::-1]) / 2
        side = float(rng.uniform(0, 2 * np.pi))
        layers = look(sheet.layers, aim(conditions, sheet.base, at, middle, side), shape)
    stroke = 0.1 * conditions.size
    return expose(layers, stroke, readable(conditions, stroke), studio.textures, rng)
