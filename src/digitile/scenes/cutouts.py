"""Cut-outs: digits and numbers as other programs cut them, tight, each a picture of its own.

A reader pads such a picture with the median of its edge before it reads it; so does this.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from digitile.scenes.camera import View, aim, expose, look, project, seen
from digitile.scenes.conditions import draw_conditions, readable
from digitile.scenes.glyphs import Rng
from digitile.scenes.page import Sheet
from digitile.scenes.paper import Textures

DIGIT_GRIDS = ((1, 1), (1, 2), (2, 2), (2, 3), (3, 4))
"""Rows and columns of cut-outs of a digit on one scene."""

NUMBER_GRIDS = ((1, 1), (2, 1), (3, 1))
"""Rows and columns of cut-outs of a number."""


def draw_cutouts(sheet: Sheet, textures: Textures, shape: tuple[int, int], rng: Rng) -> View:
    """Draw a scene of one or more cut-outs of a page, each under its own conditions."""
    numbers = rng.random() < 0.35
    grids = NUMBER_GRIDS if numbers else DIGIT_GRIDS
    rows, columns = grids[rng.integers(len(grids))]
    height, width = shape[0] // rows, shape[1] // columns
    picture = np.zeros(shape, np.uint8)
    views = []
    for row in range(rows):
        for column in range(columns):
            chosen = _number(sheet, rng) if numbers else rng.choice(sheet.digits, 1)
            view = _cut_out(sheet, chosen, textures, (height, width), rng)
            top, left = row * height, column * width
            picture[top : top + height, left : left + width] = view.picture
            views.append(_moved(view, left, top))
    _, *parts = zip(*views, strict=True)
    return View(picture, *(np.concatenate(part) for part in parts))


def _number(sheet: Sheet, rng: Rng) -> NDArray[np.int64]:
    """Return a digit and up to nine of the marks that were written after it."""
    first = int(rng.choice(sheet.digits))
    line = next(line for line in sheet.lines if first in line)
    start = line.index(first)
    run = np.array(line[start : start + int(rng.integers(2, 11))])
    # what runs off the page cannot be cut out whole
    return np.asarray(run[np.isin(run, sheet.digits) | (sheet.marks.classes[run] > 9)], np.int64)


def _cut_out(
    sheet: Sheet,
    chosen: NDArray[np.int64],
    textures: Textures,
    cell: tuple[int, int],
    rng: Rng,
) -> View:
    """Return some marks cut out, with what of their neighbours is on the cut-out, padded."""
    conditions = draw_conditions(
        rng,
        turn=0,
        perspective=0.0,
        bilevel=bool(rng.random() < 0.15),
        light=float(rng.uniform(0, 0.2)),
        angle=float(rng.normal(0, 4)),
    )
    points = sheet.marks.points[chosen].reshape(-1, 2)
    middle = (points.min(axis=0) + points.max(axis=0)).astype(np.float64) / 2
    to = aim(conditions, sheet.base, middle, np.zeros(2), 0.0)
    to[0] *= np.exp(rng.normal(0, 0.15))  # some programs bring them all to one shape
    moved = project(points, to)
    extent, height = np.ptp(moved, axis=0) + 1, float(np.ptp(moved[:, 1])) + 1
    margins = height * _margins(rng)
    grown = extent + margins[:2] + margins[2:]
    shrink = min(1.0, *(np.array(cell[::-1]) - 2) / grown)
    window = tuple(np.maximum(4, np.rint(grown * shrink)).astype(int)[::-1].tolist())
    shift = -(moved.min(axis=0) - margins[:2]) * shrink
    to = np.array([[shrink, 0, shift[0]], [0, shrink, shift[1]], [0, 0, 1]]) @ to
    size = conditions.size * shrink
    view = seen(sheet.marks, sheet.layers[0].shape[:2], to, window, 0)
    stroke = float(sheet.marks.strokes[chosen].min()) * size / sheet.base
    if rng.random() < 0.5:  # as from a bitmap of so many rows
        rows = rng.uniform(9, 32)
        conditions = replace(conditions, resolution=min(1.0, rows / size))
    conditions = readable(replace(conditions, size=size), stroke)
    picture = expose(look(sheet.layers, to, window), stroke, conditions, textures, rng)
    edge = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    whole = np.full(cell, np.uint8(np.median(edge)))
    top, left = (int(rng.integers(c - w + 1)) for c, w in zip(cell, window, strict=True))
    whole[top : top + window[0], left : left + window[1]] = picture
    return _moved(view._replace(picture=whole), left, top)


def _margins(rng: Rng) -> NDArray[np.float64]:
    """Return how far a cut-out goes beyond the ink on each side, in heights of it: mostly alike."""
    chance = rng.random()
    if chance < 0.25:
        return np.zeros(4)
    return rng.uniform(0, 0.3, 4) if chance < 0.6 else np.full(4, rng.uniform(0, 0.3))


def _moved(view: View, left: int, top: int) -> View:
    """Return the view with its boxes moved."""
    return view._replace(boxes=view.boxes + np.array([left, top, 0, 0], np.float32))
