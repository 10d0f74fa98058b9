"""Pages drawn for tests: digits, strings of them, held aslant."""

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.reader import Box

Picture = NDArray[np.uint8]
Matrix = NDArray[np.float64]

PAPER = 235

STROKES = {
    0: [[(50, 15), (30, 30), (28, 60), (45, 85), (65, 75), (72, 45), (65, 22), (50, 15)]],
    1: [[(42, 28), (55, 12), (52, 50), (50, 88)]],
    2: [[(30, 30), (45, 14), (66, 20), (66, 42), (45, 65), (28, 86), (74, 85)]],
    4: [[(48, 12), (28, 58), (76, 57)], [(62, 34), (60, 88)]],
    7: [[(26, 18), (72, 16), (55, 50), (44, 88)]],
}


def drawn(
    digit: int, side: int = 240, ink: int = 20, paper: int = 235, pen: float = 0.05
) -> Picture:
    """Return a digit drawn with round strokes, side×side×1."""
    fine = np.full((4 * side, 4 * side), paper, np.uint8)
    for stroke in STROKES[digit]:
        points = (np.array(stroke) * side / 25).round().astype(np.int32)
        cv2.polylines(fine, [points], False, ink, max(1, round(4 * side * pen)), cv2.LINE_AA)
    small = cv2.resize(fine, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)[:, :, None]


def written(text: str, gap: int = 20, pen: float = 0.05, side: int = 120) -> Picture:
    """Return digits in a row with so many pixels of paper between them; a space is four gaps."""
    parts = [np.full((side, 40, 1), 235, np.uint8)]
    for character in text:
        if character == " ":
            parts.append(np.full((side, 4 * gap, 1), 235, np.uint8))
            continue
        digit = drawn(int(character), side, pen=pen)
        columns = np.flatnonzero((digit[:, :, 0] < 128).any(axis=0))
        parts.append(digit[:, columns[0] - gap // 2 : columns[-1] + gap - gap // 2])
    return np.concatenate([*parts, parts[0]], axis=1)


def tilted(picture: Picture, degrees: float) -> tuple[Picture, Matrix]:
    """Return a picture turned anticlockwise on more paper, and the 3×3 map of its places."""
    height, width = picture.shape[:2]
    angle = np.radians(degrees)
    cos, sin = np.cos(angle), np.sin(angle)
    new = round(abs(width * cos) + abs(height * sin)), round(abs(width * sin) + abs(height * cos))
    turn = np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]])
    middle = np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1]])
    back = np.array([[1, 0, new[0] / 2], [0, 1, new[1] / 2], [0, 0, 1]])
    matrix = back @ turn @ middle
    # places are of pixels' corners, OpenCV's of their middles
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    inner = (np.linalg.inv(half) @ matrix @ half)[:2]
    turned = cv2.warpAffine(picture[:, :, 0], inner, new, borderValue=float(PAPER))
    return np.asarray(turned, np.uint8)[:, :, None], matrix


def ink_boxes(page: Picture, matrix: Matrix) -> list[Box]:
    """Return the boxes of digits parted by columns of paper, where a matrix leads their ink."""
    inked = page[:, :, 0] < 128
    edges = np.flatnonzero(np.diff(inked.any(axis=0).astype(int), prepend=0, append=0))
    boxes = []
    for left, right in zip(edges[0::2], edges[1::2], strict=True):
        ys, xs = np.nonzero(inked[:, left:right])
        x, y, w = matrix @ np.array([xs + left + 0.5, ys + 0.5, np.ones(len(xs))])
        x, y = x / w, y / w
        start = int(x.min()), int(y.min())
        boxes.append(Box(*start, round(x.max()) - start[0], round(y.max()) - start[1]))
    return boxes


def holds(box: Box, inner: Box, slack: int) -> bool:
    """Return whether a box holds another and is hardly larger, both up to `slack` pixels."""
    ends = [(b.x, b.y, -b.x - b.width, -b.y - b.height) for b in (box, inner)]
    return all(abs(one - other) <= slack for one, other in zip(*ends, strict=True))
