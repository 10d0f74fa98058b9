"""Blocks of scenes: what one epoch is trained on.

A block has its own hands, prints and textures, a page for every `PER_PAGE` scenes, and nothing
from other blocks. Its numbers come from `numpy.random.Generator`s seeded with (seed, block, …)
alone, so that any process draws the same bits.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.contrast import even_contrast
from digitile.nn.loss import Places
from digitile.nn.places import balanced
from digitile.scenes.camera import View, aim, expose, look, seen
from digitile.scenes.conditions import draw_conditions, draw_resolution, draw_size, readable
from digitile.scenes.cutouts import draw_cutouts
from digitile.scenes.glyphs import Rng
from digitile.scenes.layout import PAGE, draw_page
from digitile.scenes.materials import Materials
from digitile.scenes.page import CLASSES, Sheet
from digitile.scenes.photos import draw_photo
from digitile.scenes.studio import Studio
from digitile.scenes.targets import STRIDE, places_of

SCENE = (128, 192)
"""Height and width of a scene."""

PER_PAGE = 16

SMALL = 0.4
"""So many pictures of pages have digits of any size that a reader looks for, brought to another:
small digits are read worst. The others are sharper on the whole."""

_STUDIO, _PAGES, _ORDER = range(3)


class Scenes(NamedTuple):
    """Pictures with what a network should answer.

    Attributes
    ----------
    images : ndarray, uint8, N×1×128×192
        As `digitile.contrast.even_contrast` makes them.
    target : Places
        Of 32×48 places each, of the classes `CLASSES`; weights are `balanced`.
    """

    images: NDArray[np.uint8]
    target: Places


def draw_block(materials: Materials, seed: int, block: int, count: int) -> Scenes:
    """Draw a block of scenes; the same seed and numbers give the same bits.

    Parameters
    ----------
    materials : Materials
    seed, block : int
        0 or more.
    count : int
        0 or more.

    Returns
    -------
    Scenes
    """
    cv2.setNumThreads(1)
    studio = Studio(materials, (seed, block, _STUDIO))
    height, width = SCENE
    rows, columns = height // STRIDE, width // STRIDE
    images = np.empty((count, 1, height, width), np.uint8)
    target = Places(
        np.empty((count, rows, columns), np.int64),
        np.empty((count, rows, columns), np.float32),
        np.empty((count, 4, rows, columns), np.float32),
    )
    order = np.random.default_rng((seed, block, _ORDER)).permutation(count)
    for first in range(0, count, PER_PAGE):
        rng = np.random.default_rng((seed, block, _PAGES, first))
        sheet = draw_page(studio, rng)
        for place in order[first : first + PER_PAGE].tolist():
            view = draw_view(studio, sheet, rng)
            images[place, 0] = even_contrast(view.picture)
            for whole, part in zip(target, places_of(view, SCENE), strict=True):
                whole[place] = part
    return Scenes(images, balanced(target, len(CLASSES)))


def draw_view(studio: Studio, sheet: Sheet, rng: Rng) -> View:
    """Take a picture of a page, of cut-outs of it, or of something else."""
    kind = rng.random()
    if kind < 0.04:
        return draw_photo(studio.textures, SCENE, rng)
    if kind < 0.2 and len(sheet.digits):
        return draw_cutouts(sheet, studio.textures, SCENE, rng)
    return _crop(studio, sheet, rng)


def _crop(studio: Studio, sheet: Sheet, rng: Rng) -> View:
    """Take a picture of a part of a page, mostly of one with digits."""
    size = draw_size(rng)
    given = {"resolution": draw_resolution(rng, size)} if rng.random() < SMALL else {}
    conditions = draw_conditions(rng, size=size, **given)
    digits = sheet.digits
    at = rng.uniform(0, 1, 2) * PAGE[::-1]
    stroke = 0.1 * conditions.size
    if len(digits):
        if rng.random() < 0.85:
            at = sheet.marks.points[rng.choice(digits), 0].astype(np.float64)
        stroke = float(sheet.marks.strokes[digits].min()) * conditions.size / sheet.base
    middle = rng.uniform(0, 1, 2) * SCENE[::-1]
    if rng.random() < 0.85:  # the page's edges are mostly not on it
        reach = np.array(SCENE[::-1]) / 2 * sheet.base / conditions.size
        room = np.maximum(np.array(PAGE[::-1]) / 2 - reach, 0)
        centre = np.array(PAGE[::-1]) / 2
        at, middle = np.clip(at, centre - room, centre + room), np.array(SCENE[::-1]) / 2
    to = aim(conditions, sheet.base, at, middle, float(rng.uniform(0, 2 * np.pi)))
    view = seen(sheet.marks, PAGE, to, SCENE, conditions.turn)
    conditions = readable(conditions, stroke)
    picture = expose(look(sheet.layers, to, SCENE), stroke, conditions, studio.textures, rng)
    return view._replace(picture=picture)
