"""One picture without digits, of a given kind: to see whether a reader finds some."""

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.scenes.camera import aim, expose, look
from digitile.scenes.conditions import draw_conditions, readable
from digitile.scenes.glyphs import Rng
from digitile.scenes.layout import PAGE, draw_page
from digitile.scenes.materials import SCRIPTS_APART, Materials
from digitile.scenes.photos import draw_photo
from digitile.scenes.prints import Prints
from digitile.scenes.studio import Studio

KINDS = ("words", "print", "drawings", "photo", "paper", "script", "page", "cifar")
"""Handwriting; printing; drawings; shapes and textures; paper with nothing on it; printing in
`SCRIPTS_APART`; a whole page of writing or printing; CIFAR-10's photos, enlarged."""

WHOLE_PAGE = (850, 600)
"""Height and width of a picture of a whole page."""

SHARPER = 2
"""A whole page is drawn with so many times the rows and columns of its picture."""

ENLARGED = (4.0, 10.0)
"""How many times as large CIFAR-10's photos are at least, and at most."""


def draw_nothing(
    materials: Materials, rng: Rng, height: int, width: int, kind: str
) -> NDArray[np.uint8]:
    """Draw a picture of no digits, uint8 H×W.

    Parameters
    ----------
    materials : Materials
        For ``script``, with a font of `SCRIPTS_APART`.
    rng : numpy.random.Generator
        What is not given is drawn from it.
    height, width : int
        Of the picture; of a ``page``, they are `WHOLE_PAGE`.
    kind : str
        One of `KINDS`, but not ``cifar``.
    """
    studio, shape = Studio(materials, (int(rng.integers(1 << 32)),)), (height, width)
    if kind == "photo":
        return draw_photo(studio.textures, shape, rng).picture
    if kind == "page":
        return _whole_page(studio, rng)
    if kind == "script":
        fonts = [font for font in materials.fonts if font.script in SCRIPTS_APART]
        studio.prints = Prints(fonts, (int(rng.integers(1 << 32)),), strokes=0.0)
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


def _whole_page(studio: Studio, rng: Rng) -> NDArray[np.uint8]:
    """Draw a page from edge to edge, nearly level."""
    height, width = WHOLE_PAGE
    drawn = SHARPER * height, SHARPER * width
    sheet = draw_page(studio, rng, str(rng.choice(["words", "print"])), drawn)
    given = {"size": sheet.base / SHARPER, "angle": float(rng.normal(0, 1)), "perspective": 0.0}
    conditions = draw_conditions(rng, turn=0, **given)
    middle = np.array([width, height]) / 2
    to = aim(conditions, sheet.base, SHARPER * middle, middle, 0.0)
    stroke = 0.1 * conditions.size
    layers = look(sheet.layers, to, WHOLE_PAGE)
    return expose(layers, stroke, readable(conditions, stroke), studio.textures, rng)


def enlarged(photo: NDArray[np.uint8], rng: Rng) -> NDArray[np.uint8]:
    """Return a photo of CIFAR-10, 3×32×32, `ENLARGED` to H×W×3."""
    side = round(photo.shape[1] * rng.uniform(*ENLARGED))
    pixels = np.ascontiguousarray(photo.transpose(1, 2, 0))
    large = cv2.resize(pixels, (side, side), interpolation=cv2.INTER_CUBIC)
    return np.asarray(large, np.uint8)
