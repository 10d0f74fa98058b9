"""One picture of numbers, of given conditions: to see what a reader makes of them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.scenes.camera import Matrix, View, aim, expose, look, project, seen
from digitile.scenes.conditions import Conditions, draw_conditions, readable
from digitile.scenes.glyphs import Rng
from digitile.scenes.hands import HANDS
from digitile.scenes.materials import Materials
from digitile.scenes.numbers import Manner, Writing, draw_manner
from digitile.scenes.page import Marks, ScenePage
from digitile.scenes.paper import rule
from digitile.scenes.studio import Studio
from digitile.scenes.texts import digits_text

BASE = 48.0
"""Height in pixels of the digits before the picture is taken."""

SHARE = 0.92
"""Of the picture's width and height, so much the numbers fill at most."""


class SceneLine(NamedTuple):
    """A number on a picture.

    Attributes
    ----------
    text : str
        Its digits and marks.
    signs : ndarray, int64, S
        Which of the scene's classes and boxes are its signs, from its start.
    box : tuple of float
        x, y, width and height of all.
    """

    text: str
    signs: NDArray[np.int64]
    box: tuple[float, float, float, float]


class Scene(NamedTuple):
    """A picture and what is to be read on it.

    Attributes
    ----------
    view : View
        The picture, and the class, box and visible share of each digit and mark.
    lines : list of SceneLine
        From the top.
    conditions : Conditions
        Under which it was taken. Digits are smaller than asked for where they would not fit, and
        contrast and resolution are higher where thin strokes would be lost.
    manner : Manner
        How the numbers are written.
    """

    view: View
    lines: list[SceneLine]
    conditions: Conditions
    manner: Manner


def draw_scene(
    materials: Materials,
    rng: Rng,
    height: int,
    width: int,
    texts: Sequence[str] | None = None,
    ruled: bool | None = None,
    gap: float | None = None,
    **given: Any,
) -> Scene:
    """Draw a picture of one number or more, written by one hand.

    Parameters
    ----------
    materials : Materials
    rng : numpy.random.Generator
        What is not given is drawn from it.
    height, width : int
        Of the picture.
    texts : sequence of str, optional
        The numbers, one below the other: digits, the marks ``.,-/``, and spaces. Left out, it is
        one of 4 to 10 digits.
    ruled : bool, optional
        Whether the paper has printed lines, or digits have cells. Left out, some have.
    gap : float, optional
        Between digits, in heights of them; below 0 they overlap.
    **given
        Fields of `Conditions`.

    Raises
    ------
    TypeError
        For a name that is no condition.
    """
    cv2.setNumThreads(1)
    texts = [digits_text(rng, 4, 10)] if texts is None else texts
    conditions = draw_conditions(rng, **{"turn": 0} | given)
    studio = Studio(materials, (int(rng.integers(1 << 32)),))
    hand = studio.hands[rng.integers(HANDS)]
    # the page goes on beyond the picture, also where that is turned
    room = min(1500.0, max(height, width) * BASE / conditions.size)
    longest = max(map(len, texts))
    page = ScenePage.blank(int(room + 2 * len(texts) * BASE), int(room + 3 * longest * BASE))
    if ruled or (ruled is None and rng.random() < 0.4):
        rule(page.rules, BASE, rng)
    in_cells = ruled is not False and bool(rng.random() < 0.05)
    manner = draw_manner(rng, hand, float(rng.normal(0, 0.02)), in_cells)
    manner = manner if gap is None else replace(manner, gap=gap)
    pitch = rng.uniform(1.3, 2) * BASE
    for number, text in enumerate(texts):
        x, y = room / 2 + rng.normal(0, 3), room / 2 + number * pitch
        Writing(page, hand, manner, BASE, rng).write(text, x, y)
    shape = (height, width)
    side, marks = float(rng.uniform(0, 2 * np.pi)), page.marks()
    conditions, matrix = _fitted(conditions, marks, shape, side)
    view = seen(marks, page.ink.shape, matrix, shape, conditions.turn)
    stroke = float(marks.strokes.min()) * conditions.size / BASE
    conditions = readable(conditions, stroke)
    layers = look(page.layers(), matrix, shape)
    layers[..., 2] = 255
    picture = expose(layers, stroke, conditions, studio.textures, rng)
    lines = [_line(text, np.array(signs), view) for text, signs in page.lines]
    return Scene(view._replace(picture=picture), lines, conditions, manner)


def _fitted(
    conditions: Conditions, marks: Marks, shape: tuple[int, int], side: float
) -> tuple[Conditions, Matrix]:
    """Return the conditions with digits small enough for the picture, and the map to it."""
    points = marks.points.reshape(-1, 2)
    at = (points.min(0) + points.max(0)).astype(np.float64) / 2
    middle = np.array(shape[::-1]) / 2
    for _ in range(2):
        matrix = aim(conditions, BASE, at, middle, side)
        low, high = project(points, matrix).min(0), project(points, matrix).max(0)
        fits = float((SHARE * np.array(shape[::-1]) / (high - low + 1)).min())
        if fits < 1:
            conditions = replace(conditions, size=conditions.size * fits)
    matrix = aim(conditions, BASE, at, middle, side)
    moved = project(points, matrix)
    shift = np.eye(3)
    shift[:2, 2] = middle - (moved.min(0) + moved.max(0)) / 2
    return conditions, shift @ matrix


def _line(text: str, signs: NDArray[np.int64], view: View) -> SceneLine:
    found = np.flatnonzero(np.isin(view.marks, signs))
    x, y, w, h = view.boxes[found].T
    left, top = float(x.min()), float(y.min())
    box = (left, top, float((x + w).max()) - left, float((y + h).max()) - top)
    return SceneLine(text, found, box)
