"""From a picture of one digit to the digit: ink, pieces, normalised picture, network."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.errors import SettingError
from digitile.model import Model
from digitile.normalise import normalise
from digitile.reader.gray import to_gray
from digitile.reader.ink import InkMap, find_ink
from digitile.reader.lines import without_lines
from digitile.reader.pieces import Piece, find_digit, find_pieces

DIGITS = tuple("0123456789")


@dataclass(frozen=True)
class DigitReading:
    """What a picture was read as.

    Attributes
    ----------
    digit : int or None
        None where there is none.
    confidence : float
        The model's score of the digit, 0 … 1; 0 without a digit.
    box : (int, int, int, int) or None
        Left, top, right and bottom of the ink in pixels of the picture; right and bottom are
        outside.
    scores : tuple of 10 floats, or None
        The model's scores of 0 … 9.
    reason : str or None
        Why there is no digit.
    """

    digit: int | None
    confidence: float
    box: tuple[int, int, int, int] | None = None
    scores: tuple[float, ...] | None = None
    reason: str | None = None


@dataclass(frozen=True, eq=False)
class Isolated:
    """The digit of a picture, apart from everything else on it.

    Attributes
    ----------
    image : ndarray, uint8, 28×28
        As MNIST would hold it.
    box : (int, int, int, int)
        As `DigitReading.box`.
    """

    image: NDArray[np.uint8]
    box: tuple[int, int, int, int]


def read_digit(picture: NDArray[np.uint8], model: Model) -> DigitReading:
    """Read the one digit of a picture.

    The digit may be darker or lighter than the paper, of any colour and nearly any size.

    Parameters
    ----------
    picture : ndarray, uint8, H×W×1 (gray), H×W×3 (RGB) or H×W×4 (RGBA)
        As `digitile.pictures.load_picture` gives it.
    model : Model
        Reads 1×28×28 pictures; its classes are the digits 0 … 9.

    Raises
    ------
    SettingError
        For a model with other classes.
    ShapeError
        For a model of pictures of another size.
    """
    if model.classes != DIGITS:
        raise SettingError(
            f"the model's classes are {', '.join(model.classes)}, but to read a digit they must "
            "be 0 to 9. Use a model trained on digits."
        )
    digit = isolate(picture)
    if isinstance(digit, str):
        return DigitReading(None, 0.0, reason=digit)
    scores = tuple(float(s) for s in model.scores(digit.image[None, None])[0])
    best = int(np.argmax(scores))
    return DigitReading(best, scores[best], digit.box, scores)


def isolate(picture: NDArray[np.uint8]) -> Isolated | str:
    """Return the digit of a picture as a network is shown it, or why there is none.

    Parameters
    ----------
    picture : ndarray, uint8, H×W×1 (gray), H×W×3 (RGB) or H×W×4 (RGBA)
    """
    reduced = to_gray(picture)
    found = find_ink(reduced.gray)
    if found is None:
        return "no ink stands out from the paper"
    found = without_lines(found)
    digit = find_digit(find_pieces(found), found)
    if digit is None:
        return "the ink is only specks, blots or lines"
    return Isolated(normalise(cut_out(found, digit)), _box(digit, reduced.scale, picture.shape))


def cut_out(found: InkMap, piece: Piece) -> NDArray[np.float32]:
    """Return the ink of one piece only, h×w, its strokes' middle at 1."""
    box = found.ink[piece.top : piece.bottom, piece.left : piece.right]
    near = cv2.dilate(piece.mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    middle = float(np.percentile(box[piece.mask], 70))
    return np.where(near, np.minimum(box / middle, 1), 0).astype(np.float32)


def _box(piece: Piece, scale: float, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Return a piece's box in pixels of the picture."""
    edges = np.array([piece.left, piece.top, piece.right, piece.bottom]) / scale
    left, top = np.floor(edges[:2]).astype(int)
    right, bottom = np.minimum(np.ceil(edges[2:]).astype(int), (shape[1], shape[0]))
    return int(left), int(top), int(right), int(bottom)
