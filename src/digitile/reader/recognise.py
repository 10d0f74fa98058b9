"""From pieces of ink to the probabilities of the ten digits, and of being none."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.engines import Engine
from digitile.errors import SettingError, ShapeError
from digitile.model import Model
from digitile.normalise import SIDE, normalise
from digitile.reader.ink import InkMap, quantile
from digitile.reader.pieces import Piece

DIGITS = tuple("0123456789")
NONE = "none"
"""The class of what is no digit."""

MOST, EVEN = 16, 2
"""The network is shown so many pieces at once, or fewer, and always a multiple of EVEN."""

MIDDLE = 0.7
"""The middle of strokes is as strong as this share of a piece's pixels, or stronger."""


def check_model(model: Model) -> None:
    """Raise unless a model reads digits.

    Raises
    ------
    SettingError
        For a model with other classes.
    ShapeError
        For a model of pictures of another size.
    """
    if model.classes not in (DIGITS, (*DIGITS, NONE)):
        raise SettingError(
            f"the model's classes are {', '.join(model.classes)}, but to read digits they must "
            f"be 0 to 9, and {NONE} if it knows what is no digit. Use a model trained on digits."
        )
    if model.network.input_shape != (1, SIDE, SIDE):
        shape = "×".join(map(str, model.network.input_shape))
        raise ShapeError(
            f"the model is for pictures of {shape}, but the reader shows it 1×{SIDE}×{SIDE}. "
            "Use a model trained on MNIST's size."
        )


def probabilities(
    model: Model, found: InkMap, pieces: Sequence[Piece], engine: Engine
) -> NDArray[np.float64]:
    """Return how likely pieces of ink are 0 … 9 and no digit, N×11.

    A model that does not know what is no digit gives 0 for it.
    """
    p = np.zeros((len(pieces), len(DIGITS) + 1))
    for start in range(0, len(pieces), MOST):
        some = pieces[start : start + MOST]
        # engines prepare for each size of batch: few sizes, filled up with a blank
        images = np.zeros((-(-len(some) // EVEN) * EVEN, 1, SIDE, SIDE), np.uint8)
        for image, piece in zip(images, some, strict=False):
            image[0] = normalise(cut_out(found, piece))
        p[start : start + MOST, : len(model.classes)] = model.scores(images, engine)[: len(some)]
    return p


def cut_out(found: InkMap, piece: Piece) -> NDArray[np.float32]:
    """Return the ink of one piece only, h×w, its strokes' middle at 1."""
    box = found.ink[piece.top : piece.bottom, piece.left : piece.right]
    near = cv2.dilate(piece.mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    middle = quantile(box[piece.mask], MIDDLE)
    return np.where(near, np.minimum(box / middle, 1), 0).astype(np.float32)
