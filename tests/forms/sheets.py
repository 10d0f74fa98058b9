"""Forms drawn for tests, and scans of them whose geometry is known."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.forms import Form, FormField

EXAMPLE = Path(__file__).parents[2] / "examples" / "form"

Picture = NDArray[np.uint8]
Points = NDArray[np.float64]

WIDTH, HEIGHT = 800, 600
FIELDS = (
    FormField("number", (100.0, 120.0, 320.0, 50.0), 8),
    FormField("code", (520.0, 120.0, 160.0, 50.0), 4),
    FormField("amount", (100.0, 300.0, 300.0, 60.0)),
    FormField("count", (500.0, 400.0, 200.0, 60.0)),
)
MARKS = ((40.0, 40.0), (760.0, 40.0), (760.0, 560.0), (40.0, 560.0))
FRAME = ((30.0, 30.0), (770.0, 30.0), (770.0, 570.0), (30.0, 570.0))
SHEET = np.array([(0, 0), (WIDTH, 0), (WIDTH, HEIGHT), (0, HEIGHT)], float)


def form(anchor: str) -> Form:
    """The form that `drawn` draws, by one of its anchors."""
    points = {"marks": MARKS, "frame": FRAME}.get(anchor)
    return Form(WIDTH, HEIGHT, FIELDS, anchor, points)  # type: ignore[arg-type]


def drawn(anchor: str = "marks", paper: int = 240) -> Picture:
    """The empty sheet, H×W, with its marks or frame."""
    sheet = np.full((HEIGHT, WIDTH), paper, np.uint8)
    for field in FIELDS:
        for cell in field.cell_corners:
            (x0, y0), (x1, y1) = cell[0], cell[2]
            cv2.rectangle(sheet, (round(x0), round(y0)), (round(x1), round(y1)), 60, 2)
    if anchor == "marks":
        for x, y in MARKS:
            cv2.rectangle(sheet, (int(x) - 10, int(y) - 10), (int(x) + 10, int(y) + 10), 15, -1)
    if anchor == "frame":
        cv2.rectangle(sheet, (28, 28), (772, 572), 60, 2)
    return sheet


def scanned(sheet: Picture, corners: Points, size: tuple[int, int], desk: int = 240) -> Picture:
    """A sheet whose corners lie at given places of a picture, width × height, with noise."""
    to = true_place(corners)
    laid = cv2.warpPerspective(
        sheet, to, size, borderValue=float(desk), flags=cv2.INTER_LINEAR
    ).astype(float)
    light = np.linspace(1, 0.8, size[0])
    noise = np.random.default_rng(0).normal(0, 2, laid.shape)
    return np.clip(laid * light + noise, 0, 255).astype(np.uint8)


def true_place(corners: Points) -> Points:
    """The homography from the sheet to a picture on which its corners lie so."""
    to = cv2.getPerspectiveTransform(SHEET.astype(np.float32), corners.astype(np.float32))
    return np.asarray(to, np.float64)


def turned(points: Points, quarters: int, size: tuple[int, int]) -> Points:
    """Where points of a picture, width × height, lie when `np.rot90` turns it."""
    width, height = size
    for _ in range(quarters % 4):
        points = np.stack([points[..., 1], width - points[..., 0]], axis=-1)
        width, height = height, width
    return points
