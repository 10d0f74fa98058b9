"""What a page network sees of digits that were read: its picture, its scores, what lost.

The way is the reader's own: the line is found anew, cut out as the same strip, and looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitile.contrast import even_contrast
from digitile.engines import make_engine
from digitile.errors import PictureError
from digitile.model import Model
from digitile.nn.layer import Array
from digitile.nn.preprocess import MIDDLE
from digitile.pictures import Page
from digitile.reader import Box
from digitile.reader.candidates import NONE, Boxes, Candidates, areas, shared, turned_boxes
from digitile.reader.gray import to_gray
from digitile.reader.page import look_closely, upright
from digitile.reader.search import find_lines
from digitile.reader.sight import STRIDE, Sight

SIDE = 128
"""Of a patch, in pixels: all that the network looks at around its middle, and more."""

OVERLAP = 0.3
"""Candidates that share so much of the smaller one's box with a digit have lost against it."""


@dataclass(frozen=True, eq=False)
class Seen:
    """A digit as the network sees it."""

    patch: NDArray[np.uint8]  # SIDE×SIDE: what the network is shown, the digit in its middle
    # float32, classes×24×24: how likely each class has its middle at each place of the patch
    maps: Array
    digit: Candidates  # the one that the digit was read from; boxes are in pixels of the patch
    rivals: Candidates  # those that lost against it, likeliest first


def see(model: Model, page: Page, turned: int, boxes: Sequence[Box]) -> list[Seen]:
    """Return what the network sees of digits of one line.

    Raises `PictureError` where the network sees no digit.

    Parameters
    ----------
    turned : int
        By how many degrees clockwise the page was turned to be read: `Reading.turned`.
    boxes : sequence of Box
        Of digits, as the reader gave them.
    """
    gray = to_gray(page.pixels)
    wanted = np.array([(b.x, b.y, b.x + b.width, b.y + b.height) for b in boxes], np.float64)
    wanted *= np.array(gray.shape[::-1] * 2) / ([page.width, page.height] * 2)
    wanted = turned_boxes(wanted, gray.shape, turned)
    gray = np.ascontiguousarray(np.rot90(gray, -turned // 90))
    sight = Sight(model, make_engine("reference", model.network))
    lines = [(_common(line.digits.boxes, wanted), line) for line in find_lines(gray, sight)]
    common, line = max(lines, key=lambda one: one[0].sum(), default=(np.zeros(1), None))
    if line is None or not common.any():
        box = boxes[0]
        raise PictureError(f"the network sees no digit at {box.x},{box.y}. Give a digit's box.")
    strip, found, *_ = look_closely(gray, line.digits, sight)
    places, even = upright(strip, found.boxes), even_contrast(strip.gray)
    return [_seen(sight, even, found, int(_alike(box, places).argmax())) for box in wanted]


def _seen(sight: Sight, even: NDArray[np.uint8], found: Candidates, own: int) -> Seen:
    """Return a candidate of a strip, with what is around it."""
    left, top = (int(part) // STRIDE * STRIDE - SIDE // 2 for part in found.centre[own])
    patch = np.pad(even, SIDE, constant_values=int(MIDDLE))[top + SIDE :, left + SIDE :][
        :SIDE, :SIDE
    ]
    x = sight.model.preprocess(patch[None, None])
    maps = sight.engine.scores(sight.model.theta, x)[0, : NONE + 1]
    within = found._replace(boxes=found.boxes - [left, top, left, top])
    both = shared(within.boxes[own], within.boxes)
    least = np.minimum(areas(within.boxes), areas(within.boxes)[own])
    lost = np.flatnonzero((both > OVERLAP * least) & (np.arange(len(both)) != own))
    lost = lost[np.argsort(within.p[lost, NONE], kind="stable")]
    return Seen(patch, maps, within.take(np.array([own])), within.take(lost))


def _common(digits: Boxes, wanted: Boxes) -> NDArray[np.float64]:
    """Return how much of each wanted box lies on a line's digits."""
    return np.array([shared(box, digits).max() for box in wanted])


def _alike(box: NDArray[np.float64], boxes: Boxes) -> NDArray[np.float64]:
    """Return the share of a box and each of others that is of both."""
    both = shared(box, boxes)
    return np.asarray(both / (areas(box[None]) + areas(boxes) - both))
