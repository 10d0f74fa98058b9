"""The surest wrong answers on one picture."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from digitile.data.dataset import Dataset
from digitile.training.metrics import Evaluation

COUNT = 48
COLUMNS = 8
CELL, MARGIN, TEXT = 96, 4, 18
"""Pixels of a picture's cell, around the picture, and of the words below it."""


def draw_worst(evaluation: Evaluation, dataset: Dataset) -> NDArray[np.uint8]:
    """Draw up to `COUNT` of the surest wrong answers, each with truth > answer below it.

    Parameters
    ----------
    dataset : Dataset
        The pictures that were answered.

    Returns
    -------
    ndarray, uint8, H×W×3
        RGB.
    """
    chosen = evaluation.worst(COUNT)
    rows = max(1, -(-len(chosen) // COLUMNS))
    sheet = Image.new("RGB", (COLUMNS * CELL, rows * (CELL + TEXT)), "white")
    draw = ImageDraw.Draw(sheet)
    side = CELL - 2 * MARGIN
    for place, index in enumerate(chosen):
        pixels = dataset.images[index].transpose(1, 2, 0).squeeze()
        picture = Image.fromarray(pixels).resize((side, side), Image.Resampling.NEAREST)
        x, y = place % COLUMNS * CELL, place // COLUMNS * (CELL + TEXT)
        sheet.paste(picture, (x + MARGIN, y + MARGIN))
        truth = dataset.classes[int(dataset.labels[index])]
        answer = dataset.classes[int(evaluation.answers[index])]
        draw.text((x + MARGIN + 2, y + CELL - 2), f"{truth} > {answer}", fill="black")
    return np.array(sheet)
