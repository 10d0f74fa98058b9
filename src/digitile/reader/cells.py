"""What is in the cells of a grid."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.model import Model
from digitile.reader.candidates import NONE, Candidates
from digitile.reader.grid import Points
from digitile.reader.reading import Box, Cell, Evidence
from digitile.reader.sight import Gray
from digitile.reader.trust import line_confidence
from digitile.reader.tuned import FLAT, INKED, INNER, NOISE

Place = tuple[int, int]
"""Row and column of a cell, from 0."""


class Sign(NamedTuple):
    """A digit or mark that was read.

    Attributes
    ----------
    text : str
        A digit or mark.
    p : float
        How likely it is.
    box : ndarray, float64, 4
        Left, top, right, bottom, in pixels of the picture that the grid was found on.
    """

    text: str
    p: float
    box: NDArray[np.float64]


class CutCell(NamedTuple):
    """A cell by itself: its inner part on blank paper.

    Attributes
    ----------
    gray : ndarray, uint8, h×w
    ink : Candidates
        One digit, of no known kind, that has the box of all ink in it.
    start : ndarray, int32, 2
        x and y of its first pixel in the picture.
    """

    gray: Gray
    ink: Candidates
    start: NDArray[np.int32]


def place_of(grid: Points, box: NDArray[np.float64]) -> Place | None:
    """Return in which cell the middle of a box is."""
    along = np.roll(grid, -1, axis=2) - grid
    to = (box[:2] + box[2:]) / 2 - grid
    inside = (along[..., 0] * to[..., 1] - along[..., 1] * to[..., 0] >= 0).all(axis=2)
    places = np.argwhere(inside)
    return (int(places[0, 0]), int(places[0, 1])) if len(places) else None


def gather(grid: Points, signs: Iterable[Sign]) -> dict[Place, list[Sign]]:
    """Return the signs of each cell that has a digit, from left to right."""
    cells: defaultdict[Place, list[Sign]] = defaultdict(list)
    for sign in sorted(signs, key=lambda own: float(own.box[0] + own.box[2])):
        place = place_of(grid, sign.box)
        if place is not None:
            cells[place].append(sign)
    return {place: own for place, own in cells.items() if any(one.text.isdigit() for one in own)}


def cut_cell(corners: Points, gray: Gray) -> CutCell | None:
    """Cut out a cell of four corners without its lines; return None where it has no ink."""
    middle = corners.mean(axis=0)
    inner = np.rint(middle + INNER * (corners - middle)).astype(np.int32)
    start, end = np.maximum(inner.min(axis=0), 0), np.maximum(inner.max(axis=0), 0)
    part = gray[start[1] : end[1], start[0] : end[0]].copy()
    if part.size == 0:
        return None
    inside = cv2.fillConvexPoly(np.zeros_like(part), inner - start, 1) > 0
    paper = np.median(part[inside])
    away = np.abs(part - paper)
    noise = 1.4826 * np.median(away[inside])
    ink = inside & (away > max(FLAT, NOISE * noise))
    count, _, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8))
    least = INKED * float(corners[[2, 3], 1].mean() - corners[[0, 1], 1].mean())
    own = stats[1:count][stats[1:count, 2:4].max(axis=1) >= least, :4]
    if not len(own):
        return None
    part[~inside] = round(float(paper))
    box = np.concatenate([own[:, :2].min(axis=0), (own[:, :2] + own[:, 2:]).max(axis=0)])
    return CutCell(part, Candidates(box[None].astype(np.float64), np.eye(1, NONE + 1)), start)


def cell_of(
    signs: Sequence[Sign] | None, box: Box, pixel: float, model: Model, threshold: float
) -> Cell:
    """Put a cell into words.

    Parameters
    ----------
    signs : sequence of Sign, or None
        From left to right; none where its ink was not read, and None where it has no ink.
    box : Box
    pixel : float
        Of the signs' picture, in pixels of the box's.
    model : Model
    threshold : float
        The confidence from which on it is accepted.
    """
    if not signs:
        return Cell("", float(signs is None), signs is None, box)
    p = [sign.p for sign in signs]
    digits = [sign for sign in signs if sign.text.isdigit()]
    height = pixel * float(np.median([sign.box[3] - sign.box[1] for sign in digits]))
    share = height / max(min(box.width, box.height), 1)
    evidence = Evidence(float(np.prod(p)), min(p), len(digits), height, share, unread=0.0)
    confidence = line_confidence(model, evidence)
    return Cell("".join(sign.text for sign in signs), confidence, confidence >= threshold, box)
