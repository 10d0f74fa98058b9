"""One field of a form, cut out of a scan: level, without its printed lines, on blank paper."""

import cv2
import numpy as np

from digitile.forms.boxes import Points
from digitile.forms.form import FormField
from digitile.forms.place import Homography, moved
from digitile.reader.sight import Gray
from digitile.reader.tuned import FLAT, INKED, NOISE

AROUND = 0.2
"""What is written beyond a field's box is seen up to so many of its heights."""

LINE, THROUGH = 0.08, 0.8
"""A printed line lies up to so many heights of the box beside its place, and so much of its length
is ink: digits are seldom as tall as their box."""

SMALLEST, LARGEST = 48, 400
"""Pixels of a field's height when it is read: smaller ones are enlarged, larger ones reduced."""

BEYOND = "its place lies beyond the edge of the scan"
EMPTY = "nothing is written there"

MOST_PIXELS, LEAST = 4_000_000, 8
"""Of a cut, and of the width of a cell in it: a field whose place is seen otherwise is none."""


def cut_field(field: FormField, to: Homography, gray: Gray) -> Gray | str:
    """Return a field as a picture to read, or why there is none.

    Parameters
    ----------
    to : ndarray, float64, 3×3
        From places on the form's sheet to pixels.
    gray : ndarray, uint8, H×W
        The scan.
    """
    there = moved(field.corners, to)
    height, width = gray.shape
    if not (np.isfinite(there).all() and (there >= 0).all() and (there <= (width, height)).all()):
        return BEYOND
    side = np.linalg.norm(np.roll(there, -1, axis=0) - there, axis=1)
    tall, wide = float(side[[1, 3]].mean()), float(side[[0, 2]].mean())
    scale = np.clip(tall, SMALLEST, LARGEST) / max(tall, 1.0)
    tall, wide = round(scale * tall), round(scale * wide)
    pad = round(AROUND * tall)
    if not 0 < (tall + 2 * pad) * (wide + 2 * pad) <= MOST_PIXELS or wide < field.cells * LEAST:
        return f"its place on the scan is no field's: {wide}×{tall} pixels"
    cut = _without_lines(_warped(gray, there, (wide, tall), pad), pad, field.cells)
    return cut if _keep_writing(cut, pad, field.cells) else EMPTY


def _warped(gray: Gray, there: Points, size: tuple[int, int], pad: int) -> Gray:
    """Return the part of a scan that four corners enclose, with `pad` pixels around it."""
    wide, tall = size
    own = np.array([(0, 0), (wide, 0), (wide, tall), (0, tall)], np.float32) + pad
    back = cv2.getPerspectiveTransform(own, there.astype(np.float32))
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    whole = (wide + 2 * pad, tall + 2 * pad)
    warped = cv2.warpPerspective(gray, back, whole, flags=how, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, np.uint8)


def _without_lines(cut: Gray, pad: int, cells: int) -> Gray:
    """Return a cut without the printed lines around its box and between its cells.

    What crosses a line is continued through it.
    """
    tall, wide = cut.shape[0] - 2 * pad, cut.shape[1] - 2 * pad
    _, ink = _ink(cut, pad, cells)
    lines = np.zeros_like(cut)
    half = max(2, round(LINE * tall))
    inner = ink[pad : pad + tall]
    for cell in range(cells + 1):
        _mark_line(lines, inner, round(pad + cell * wide / cells), half)
    inner = ink[:, pad : pad + wide].T
    for y in (pad, pad + tall):
        _mark_line(lines.T, inner, y, half)
    return np.asarray(cv2.inpaint(cut, lines, 3, cv2.INPAINT_NS), np.uint8)


def _mark_line(lines: Gray, ink: Gray, x: int, half: int) -> None:
    """Mark the columns near x that are inked from end to end, as no stroke of a digit is."""
    start, end = max(x - half, 0), min(x + half + 1, lines.shape[1])
    # a line that is not quite upright crosses from one column to the next
    wider = cv2.dilate(np.ascontiguousarray(ink[:, start:end]), np.ones((1, 3), np.uint8))
    (columns,) = np.nonzero(wider.mean(axis=0) > THROUGH)
    lines[:, start + columns] = 1


def _ink(cut: Gray, pad: int, cells: int) -> tuple[Gray, Gray]:
    """Return the paper of a cut without what is on it, and where something is: 1, or 0."""
    tall, wide = cut.shape[0] - 2 * pad, cut.shape[1] - 2 * pad
    paper = np.asarray(cv2.medianBlur(cut, 2 * (min(tall, wide // cells) // 2) + 1), np.uint8)
    away = cv2.absdiff(cut, paper)
    noise = 1.4826 * float(np.median(away[pad : pad + tall, pad : pad + wide]))
    return paper, (away > max(FLAT, NOISE * noise)).astype(np.uint8)


def _keep_writing(cut: Gray, pad: int, cells: int) -> bool:
    """Paint paper over ink that does not reach into the box; return whether any is left."""
    tall = cut.shape[0] - 2 * pad
    paper, ink = _ink(cut, pad, cells)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink)
    reach, inside = pad + max(2, round(LINE * tall)), np.zeros(count, bool)
    inside[np.unique(labels[reach:-reach, reach:-reach])] = True
    inside[0] = False
    outside = (~inside[labels] & (labels > 0)).astype(np.uint8)
    edge = cv2.dilate(outside, np.ones((5, 5), np.uint8)) > 0
    edge &= ~inside[labels]
    cut[edge] = paper[edge]
    sides = stats[inside][:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]
    return bool(sides.size and sides.max() >= INKED * tall)
