"""Pictures of anything but writing: edges, shapes, textures, light."""

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.scenes.camera import View
from digitile.scenes.glyphs import Rng
from digitile.scenes.paper import Textures, smooth


def draw_photo(textures: Textures, shape: tuple[int, int], rng: Rng) -> View:
    """Draw a picture with nothing to read on it."""
    height, width = shape
    grey = rng.random() + rng.uniform(0, 0.3) * smooth(rng, height, width, (3, 4))
    grey += rng.uniform(0, 0.15) * textures.piece(height, width, rng)
    for _ in range(int(rng.integers(0, 12))):
        mask = np.zeros(shape, np.uint8)
        _shape(mask, rng)
        other = rng.random() + rng.uniform(0, 0.15) * textures.piece(height, width, rng)
        grey = np.where(mask > 0, other, grey)
    if rng.random() < 0.6:
        grey = np.asarray(cv2.GaussianBlur(grey, (0, 0), rng.uniform(0.5, 4)))
    grey = grey + rng.uniform(0, 0.05) * rng.standard_normal(shape, np.float32)
    picture = np.clip(grey * 255, 0, 255).astype(np.uint8)
    nothing = np.zeros(0, np.int64)
    boxes = np.zeros((0, 4), np.float32)
    return View(picture, nothing, boxes, np.zeros(0, np.float32), nothing)


def _shape(mask: NDArray[np.uint8], rng: Rng) -> None:
    """Draw a large shape, or a long thin one."""
    height, width = mask.shape
    middle = rng.uniform(0, 1, 2) * (width, height)
    if rng.random() < 0.3:
        size = np.rint(rng.uniform(15, 100, 2)).astype(int).tolist()
        cv2.ellipse(
            mask, np.rint(middle).astype(int).tolist(), size, rng.uniform(0, 180), 0, 360, 255, -1
        )
        return
    count = int(rng.integers(3, 6))
    angles = np.sort(rng.uniform(0, 2 * np.pi, count))
    radius = rng.uniform(20, 150) * rng.uniform(0.5, 1, count)
    corners = middle + radius[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    cv2.fillPoly(mask, [np.rint(corners).astype(np.int32)], 255)
