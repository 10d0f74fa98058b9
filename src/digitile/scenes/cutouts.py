"""Cut-outs: single digits as other programs cut them, tight, each on a picture of its own.

A reader pads such a picture with the median of its edge before it reads it; so does this.
"""

import numpy as np

from digitile.scenes.camera import View, aim, draw_conditions, expose, look, readable, seen
from digitile.scenes.glyphs import Rng
from digitile.scenes.layout import PAGE
from digitile.scenes.page import Sheet
from digitile.scenes.paper import Textures

GRIDS = ((1, 1), (1, 2), (2, 2), (2, 3), (3, 4))
"""Rows and columns of cut-outs on one scene."""


def draw_cutouts(sheet: Sheet, textures: Textures, shape: tuple[int, int], rng: Rng) -> View:
    """Draw a scene of one or more cut-outs of a page, each under its own conditions."""
    rows, columns = GRIDS[rng.integers(len(GRIDS))]
    height, width = shape[0] // rows, shape[1] // columns
    picture = np.zeros(shape, np.uint8)
    views = []
    for row in range(rows):
        for column in range(columns):
            view = _cut_out(sheet, textures, (height, width), rng)
            top, left = row * height, column * width
            picture[top : top + height, left : left + width] = view.picture
            views.append(_moved(view, left, top))
    _, *parts = zip(*views, strict=True)
    return View(picture, *(np.concatenate(part) for part in parts))


def _cut_out(sheet: Sheet, textures: Textures, cell: tuple[int, int], rng: Rng) -> View:
    """Return one digit cut out, with what of its neighbours is on the cut-out, padded."""
    digit = int(rng.choice(sheet.digits()))
    conditions = draw_conditions(rng, turn=0, perspective=0.0)
    points = sheet.marks.points[digit].astype(np.float64)
    middle = (points.min(0) + points.max(0)) / 2
    to = aim(conditions, sheet.base, middle, np.zeros(2), 0.0)
    moved = points @ to[:2, :2].T + to[:2, 2]
    margins = rng.uniform(0, 0.25, 4) if rng.random() < 0.4 else np.full(4, rng.uniform(0, 0.3))
    extent = np.ptp(moved, axis=0) + 1
    # the cut-out, its margins and some padding must fit
    grown = extent * (1 + margins[:2] + margins[2:])
    shrink = min(1.0, *(np.array(cell[::-1]) - 2) / grown)
    low = moved.min(0) * shrink - margins[:2] * extent * shrink
    window = tuple(np.maximum(4, np.rint(grown * shrink)).astype(int)[::-1].tolist())
    to = np.array([[shrink, 0, -low[0]], [0, shrink, -low[1]], [0, 0, 1]]) @ to
    view = seen(sheet.marks, PAGE, to, window, 0)
    stroke = float(sheet.marks.strokes[digit]) * shrink * conditions.size / sheet.base
    conditions = readable(conditions, stroke)
    picture = expose(look(sheet.layers, to, window), stroke, conditions, textures, rng)
    edge = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    whole = np.full(cell, np.uint8(np.median(edge)))
    top, left = (int(rng.integers(c - w + 1)) for c, w in zip(cell, window, strict=True))
    whole[top : top + window[0], left : left + window[1]] = picture
    return _moved(view._replace(picture=whole), left, top)


def _moved(view: View, left: int, top: int) -> View:
    """Return the view with its boxes moved."""
    return view._replace(boxes=view.boxes + np.array([left, top, 0, 0], np.float32))
