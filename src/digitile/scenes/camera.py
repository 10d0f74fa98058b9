"""The camera: from a page to a grey picture of some of it, with light, blur, noise and JPEG.

Levels are shares of the full range: paper of level p and ink of level q, |p − q| = contrast, give

    grey = light·(p + (q − p)·ink) + texture + noise.
"""

import math
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.scenes.conditions import SIZES, SIZES_AT_ALL, Conditions
from digitile.scenes.glyphs import OUTLINE, Points, Rng
from digitile.scenes.page import CLASSES, IGNORED, Marks
from digitile.scenes.paper import Field, Textures, smooth

Matrix = NDArray[np.float64]


class View(NamedTuple):
    """A picture, and what can be seen on it.

    Attributes
    ----------
    picture : ndarray, uint8, H×W
    classes : ndarray, int64, G
        Of `CLASSES`, or `IGNORED`.
    boxes : ndarray, float32, G×4
        x, y, width and height of each one's ink, also outside of the picture.
    visible : ndarray, float32, G
        Which share of the ink is on the picture.
    marks : ndarray, int64, G
        Which of the page's marks each is.
    """

    picture: NDArray[np.uint8]
    classes: NDArray[np.int64]
    boxes: NDArray[np.float32]
    visible: NDArray[np.float32]
    marks: NDArray[np.int64]


def aim(
    conditions: Conditions,
    base: float,
    at: NDArray[np.float64],
    to: NDArray[np.float64],
    side: float,
) -> Matrix:
    """Return the map of a page's pixels to a picture's, 3×3.

    Parameters
    ----------
    conditions : Conditions
    base : float
        Height of the digits on the page.
    at : ndarray, float64, 2
        x and y of a place on the page,
    to : ndarray, float64, 2
        and where on the picture it is seen.
    side : float
        In which direction the page is farther away, in radians.
    """
    scale = conditions.size / base
    angle = np.radians(conditions.angle + 90 * conditions.turn)
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    turned = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])
    tilt = np.eye(3)
    if conditions.perspective:
        reach = max(160.0, 1.5 * float(np.hypot(*to)))
        tilt[2, :2] = conditions.perspective / reach * np.array([np.cos(side), np.sin(side)])
    there, back = np.eye(3), np.eye(3)
    back[:2, 2], there[:2, 2] = -at, to
    return np.asarray(there @ tilt @ turned @ back)


def seen(
    marks: Marks, page: tuple[int, int], to: Matrix, shape: tuple[int, int], turn: int
) -> View:
    """Return the marks that a picture shows, at least in part, without the picture itself."""
    # only those whose middle is on the picture, or less than its size away
    middle = project(marks.points[:, 0], to)
    reach = 3 * np.array(shape[::-1]) / 2
    near = np.flatnonzero((np.abs(middle - np.array(shape[::-1]) / 2) < reach).all(axis=1))
    points = marks.points[near]
    moved = project(points.reshape(-1, 2), to).reshape(points.shape)
    inside = _within(points, page) & _within(moved, shape)
    some = inside.any(axis=1)
    moved, inside, near = moved[some], inside[some], near[some]
    visible = inside[:, OUTLINE:].mean(axis=1, dtype=np.float32)
    outline = moved[:, :OUTLINE].transpose(0, 2, 1).copy()
    low, high = outline.min(axis=2), outline.max(axis=2) + 1
    boxes = np.concatenate([low, high - low], axis=1)
    # a mark is as small as the digits it is among
    among = marks.heights[near] * math.sqrt(abs(np.linalg.det(to[:2, :2])))
    own = np.maximum(boxes[:, 3], 0.7 * boxes[:, 2])
    classes = marks.classes[near]
    classes = _of_size(_TURNED[turn][classes], np.where(classes < 10, own, among))
    picture = np.zeros((0, 0), np.uint8)
    return View(picture, classes, boxes, visible, near)


def _of_size(classes: NDArray[np.int64], heights: NDArray[Any]) -> NDArray[np.int64]:
    """Return the classes of digits and marks of such heights in pixels.

    What is much too tall or small to be read at this scale is none there, so that a part of a
    large digit is no digit; what is a little too tall or small is ignored.
    """
    fit = np.where((heights < SIZES[0]) | (heights > SIZES[1]), IGNORED, classes)
    lost = (heights < SIZES_AT_ALL[0]) | (heights > SIZES_AT_ALL[1])
    return np.where(lost, CLASSES.index("none"), fit)


def project(points: Points, to: Matrix) -> Points:
    """Return points, float32, P×2, where a map takes them."""
    moved = points @ to[:, :2].T.astype(np.float32) + to[:, 2].astype(np.float32)
    return np.asarray(moved[:, :2] / np.maximum(moved[:, 2:], 1e-3), np.float32)


def _within(points: Points, shape: tuple[int, int]) -> NDArray[np.bool_]:
    x, y = points[..., 0], points[..., 1]
    inside = (x > -0.5) & (y > -0.5) & (x < shape[1] - 0.5) & (y < shape[0] - 0.5)
    return np.asarray(inside, np.bool_)


def _turned_classes(turn: int) -> NDArray[np.int64]:
    """Return what each class, the last of which is `IGNORED`, is after quarter turns."""
    none = CLASSES.index("none")
    upside_down = {"6": "9", "9": "6"} | {c: c for c in ("0", "1", "8", "point", "dash", "slash")}
    same = {0: {c: c for c in CLASSES}, 2: upside_down}.get(turn, {"point": "point"})
    # a 2 or 5 upside down and a 0, 6 or 9 on its side may still be one
    may = {"2", "5", "comma"} if turn == 2 else {"0", "1", "6", "8", "9", "comma", "dash", "slash"}
    table = [
        CLASSES.index(same[c]) if c in same else IGNORED if c in may else none for c in CLASSES
    ]
    return np.array([*table, IGNORED])


_TURNED = [_turned_classes(turn) for turn in range(4)]


def look(layers: list[NDArray[np.uint8]], to: Matrix, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Return a page's `layers` as a picture shows them, H×W×3, uint8.

    Where they are much smaller there than on the page, they are taken from a smaller page.
    """
    scale = math.sqrt(abs(np.linalg.det(to[:2, :2])))
    level = 0 if scale > 0.7 else 1 if scale > 0.35 else 2
    step = 1 << level
    smaller = np.array([[step, 0, (step - 1) / 2], [0, step, (step - 1) / 2], [0, 0, 1.0]])
    return np.asarray(cv2.warpPerspective(layers[level], to @ smaller, shape[::-1]), np.uint8)


def expose(
    layers: NDArray[np.uint8],
    stroke: float,
    conditions: Conditions,
    textures: Textures,
    rng: Rng,
) -> NDArray[np.uint8]:
    """Return the grey picture.

    Parameters
    ----------
    layers : ndarray, uint8, H×W×3
        From `look`.
    stroke : float
        Width of the thinnest strokes in pixels of the layers.
    conditions : Conditions
    textures : Textures
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, uint8, H×W
    """
    whole = layers.shape[1::-1]
    if conditions.resolution < 1:
        layers = _seen_by_sensor(layers, conditions.resolution)
        stroke *= conditions.resolution
    height, width = layers.shape[:2]
    ink, rules, on_page = (layers[..., i].astype(np.float32) / 255 for i in range(3))
    if conditions.grain:
        ink *= 1 - conditions.grain * np.clip(textures.piece(height, width, rng), 0, 1)
    if conditions.rules > 0:
        cover = np.maximum(ink, rules * conditions.rules)
    else:
        cover = np.where(ink > 0.3, ink, ink + rules * conditions.rules).astype(np.float32)
    grey = _levels(cover, conditions)
    grey += conditions.contrast * conditions.texture * textures.piece(height, width, rng)
    if on_page.min() < 1:
        beyond = rng.random() + rng.uniform(0, 0.2) * textures.piece(height, width, rng)
        grey += (1 - on_page) * (beyond - grey)
    grey *= _light(height, width, conditions, rng)
    if conditions.blur * stroke > 0.25:
        cv2.GaussianBlur(grey, (0, 0), conditions.blur * stroke, dst=grey)
    picture = _sensed(grey, conditions, rng)
    return picture if picture.shape[::-1] == whole else _enlarged(picture, whole, rng)


def _seen_by_sensor(layers: NDArray[np.uint8], resolution: float) -> NDArray[np.uint8]:
    """Return layers, H×W×3, with as many rows and columns as the camera has."""
    size = [max(8, round(side * resolution)) for side in layers.shape[1::-1]]
    return np.asarray(cv2.resize(layers, size, interpolation=cv2.INTER_AREA), np.uint8)


def _enlarged(picture: NDArray[np.uint8], size: tuple[int, ...], rng: Rng) -> NDArray[np.uint8]:
    """Return a picture of another width and height, brought to it in one of several ways."""
    ways = (cv2.INTER_CUBIC, cv2.INTER_LINEAR, cv2.INTER_NEAREST)
    way = ways[rng.choice(3, p=[0.5, 0.42, 0.08])]
    return np.asarray(cv2.resize(picture, size, interpolation=way), np.uint8)


def _levels(cover: Field, conditions: Conditions) -> Field:
    """Return p + (q − p)·cover."""
    room = 1 - conditions.contrast
    if conditions.light_on_dark:
        return np.asarray((1 - conditions.paper) * room + conditions.contrast * cover)
    paper = conditions.contrast + conditions.paper * room
    return np.asarray(paper - conditions.contrast * cover)


def _light(height: int, width: int, conditions: Conditions, rng: Rng) -> Field:
    """Return how bright the light is, at most 1; contrast stays above 0.15."""
    light = np.ones((height, width), np.float32)
    if conditions.light:
        cells = (int(rng.integers(2, 4)), int(rng.integers(2, 5)))
        field = smooth(rng, height, width, cells)
        low, high = float(field.min()), float(field.max())
        light -= conditions.light * (high - field) / max(1e-6, high - low)
    if conditions.shadow:
        angle = rng.uniform(0, 2 * np.pi)
        y = np.arange(height, dtype=np.float32)[:, None] - rng.uniform(0.1, 0.9) * height
        x = np.arange(width, dtype=np.float32) - rng.uniform(0.1, 0.9) * width
        across = (x * np.cos(angle) + y * np.sin(angle)) / rng.uniform(1, 15)
        light *= 1 - conditions.shadow / (1 + np.exp(-np.clip(across, -20, 20)))
    return np.maximum(light, np.float32(0.15 / conditions.contrast))


def _sensed(grey: Field, conditions: Conditions, rng: Rng) -> NDArray[np.uint8]:
    """Return what a camera makes of the light, as 8-bit levels."""
    if conditions.sharpened:
        grey += np.float32(conditions.sharpened) * (grey - cv2.GaussianBlur(grey, (0, 0), 1.5))
    if conditions.noise > 0.01:
        deviation = np.float32(conditions.noise * conditions.contrast)
        grey = grey + deviation * rng.standard_normal(grey.shape, np.float32)
    if conditions.bilevel:
        grey = (grey > _levels(np.full(1, 0.3, np.float32), conditions)).astype(np.float32)
    if conditions.stretched:
        low, high = float(grey.min()), float(grey.max())
        grey = (grey - low) / max(1e-6, high - low)
    picture = np.clip(grey * 255, 0, 255).astype(np.uint8)
    if conditions.jpeg:
        coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, conditions.jpeg])[1]
        picture = np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)
    return picture
