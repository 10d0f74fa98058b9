"""Scenes to look at: with the boxes of digits and marks drawn, and what is none unmarked."""

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.scenes.block import Scenes
from digitile.scenes.page import CLASSES
from digitile.scenes.targets import STRIDE, UNIT

COLUMNS = 4
SCALE = 2
_RED, _GREEN, _BLUE = (220, 40, 30), (20, 150, 60), (40, 90, 220)


def draw_gallery(scenes: Scenes) -> NDArray[np.uint8]:
    """Draw scenes beside and below each other.

    A place that has a digit (red) or a mark (green) shows its box, as the target gives it; blue
    dots are places that do not count.

    Returns
    -------
    ndarray, uint8, H×W×3
        RGB.
    """
    count = len(scenes.images)
    height, width = (SCALE * side + 2 for side in scenes.images.shape[2:])
    rows = -(-count // COLUMNS)
    whole = np.full((rows * height, COLUMNS * width, 3), 255, np.uint8)
    for number in range(count):
        top, left = number // COLUMNS * height, number % COLUMNS * width
        drawn = _draw(scenes, number)
        whole[top : top + drawn.shape[0], left : left + drawn.shape[1]] = drawn
    return whole


def _draw(scenes: Scenes, number: int) -> NDArray[np.uint8]:
    large = np.kron(scenes.images[number, 0], np.ones((SCALE, SCALE), np.uint8))
    picture = np.ascontiguousarray(np.dstack([large] * 3))
    classes, weights, boxes = (part[number] for part in scenes.target)
    for i, j in np.argwhere(weights == 0).tolist():
        cv2.circle(picture, _at((j + 0.5) * STRIDE, (i + 0.5) * STRIDE), 1, _BLUE, -1)
    shown = set()
    for i, j in np.argwhere((classes < len(CLASSES) - 1) & (weights > 0)).tolist():
        mx, my = (
            (j + 0.5) * STRIDE + UNIT * boxes[0, i, j],
            (i + 0.5) * STRIDE + UNIT * boxes[1, i, j],
        )
        w, h = (UNIT * np.exp(boxes[2:, i, j])).tolist()
        box = (*_at(mx - w / 2, my - h / 2), *_at(mx + w / 2, my + h / 2))
        if box in shown:
            continue
        shown.add(box)
        name = CLASSES[classes[i, j]]
        colour = _RED if name.isdigit() else _GREEN
        cv2.rectangle(picture, box[:2], box[2:], colour, 1)
        cv2.putText(picture, name[:1], (box[0], box[1] - 2), 0, 0.4, colour, 1, cv2.LINE_AA)
    return picture


def _at(x: float, y: float) -> tuple[int, int]:
    return round(SCALE * float(x)), round(SCALE * float(y))
