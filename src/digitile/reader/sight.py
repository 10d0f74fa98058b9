"""The network looks at a gray picture."""

from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.contrast import even_contrast
from digitile.engines import Engine
from digitile.errors import SettingError
from digitile.model import Model, tempered
from digitile.nn.places import PlaceLoss
from digitile.nn.preprocess import MIDDLE
from digitile.reader.candidates import NONE, SIGNS, Candidates, joined, merged
from digitile.reader.tuned import MARGIN, SEEN, TILE

CLASSES = (*"0123456789", "point", "comma", "dash", "slash", "none")
"""What a model has to tell apart, in this order; see `digitile.scenes`."""

STRIDE, UNIT = 4, 16.0
"""Pixels between places, and those that a box's numbers are measured in; see `digitile.scenes`."""

MULTIPLE = 128
"""The network is shown sides of a multiple of so many pixels: engines prepare for each size."""

Gray = NDArray[np.uint8]


def sees_pages(model: Model) -> bool:
    """Return whether a model sees digits on pages."""
    loss = model.network.loss
    return isinstance(loss, PlaceLoss) and loss.box is not None and model.classes == CLASSES


def check_model(model: Model) -> None:
    """Raise `SettingError` unless a model sees digits on pages."""
    if not sees_pages(model):
        raise SettingError(
            f"the model tells {', '.join(model.classes)} apart and sees no digits on pages. Use "
            "the one that comes with digitile, or one that digitile train reader has made."
        )


@dataclass(frozen=True, eq=False)
class Sight:
    """A model that looks at pictures by an engine made for its network."""

    model: Model
    engine: Engine

    def see(self, gray: Gray, least: float = SEEN) -> Candidates:
        """Return the candidates of a picture, boxes in its pixels.

        Parameters
        ----------
        gray : ndarray, uint8, H×W
        least : float
            How likely something has to be there, 0 … 1.
        """
        even = even_contrast(gray)
        height, width = gray.shape
        tops, lefts = (_starts(side, tile) for side, tile in zip(even.shape, TILE, strict=True))
        parts = []
        for top, left in product(tops, lefts):
            part = even[top : top + TILE[0], left : left + TILE[1]]
            if len(tops) * len(lefts) > 1 and np.ptp(part) == 0:
                continue
            found = self._candidates(part, least)
            low = np.array([left + MARGIN * (left > 0), top + MARGIN * (top > 0)])
            right, bottom = left + part.shape[1], top + part.shape[0]
            high = np.array([right - MARGIN * (right < width), bottom - MARGIN * (bottom < height)])
            found = found._replace(boxes=found.boxes + np.array([left, top, left, top]))
            own = np.all((found.centre >= low) & (found.centre < high), axis=1)
            parts.append(found.take(own))
        found = merged(joined(parts))
        p = tempered(found.p, self.model.temperature).astype(np.float64)
        return found._replace(p=p)

    def _candidates(self, even: Gray, least: float) -> Candidates:
        height, width = even.shape
        rows, columns = (-(-side // MULTIPLE) * MULTIPLE for side in even.shape)
        picture = np.full((1, 1, rows, columns), int(MIDDLE), np.uint8)
        top, left = (rows - height) // 2, (columns - width) // 2
        picture[0, 0, top : top + height, left : left + width] = even
        x = self.model.preprocess(picture)
        (maps,) = self.engine.scores(self.model.theta, x)
        return _peaks(maps.astype(np.float64), np.array([left, top]), least)


def _peaks(maps: NDArray[np.float64], start: NDArray[np.integer], least: float) -> Candidates:
    """Return where the network sees something more clearly than at the eight places around.

    Parameters
    ----------
    maps : ndarray, float64, 19×h×w
        Probabilities, and four numbers for a box.
    start : ndarray, int, 2
        x and y of the picture in what the network was shown.
    least : float
        As `Sight.see` has it.

    Returns
    -------
    Candidates
        Means over the nine places; clearer ones weigh more.
    """
    seen = 1 - maps[NONE]
    most = cv2.dilate(seen, np.ones((3, 3), np.uint8))
    down, right = np.nonzero((seen > least) & (seen >= most))
    _, height, width = maps.shape
    rows = np.clip(down[:, None] + np.repeat([-1, 0, 1], 3), 0, height - 1)
    columns = np.clip(right[:, None] + np.tile([-1, 0, 1], 3), 0, width - 1)
    weights = seen[rows, columns] ** 2
    weights /= weights.sum(axis=1, keepdims=True)
    near = maps[:, rows, columns]
    places = np.stack([columns, rows], axis=2) + 0.5
    numbers = near[NONE + 1 :].transpose(1, 2, 0)
    centres = STRIDE * places + UNIT * numbers[..., :2] - start
    half = UNIT * np.exp(np.clip(numbers[..., 2:], -3, 3)) / 2
    corners = np.concatenate([centres - half, centres + half], axis=2)
    boxes = np.einsum("nk,nkc->nc", weights, corners)
    return Candidates(boxes, np.einsum("nk,cnk->nc", weights, near[: NONE + 1]))


def _starts(side: int, tile: int) -> list[int]:
    """Return where parts start that cover a side, `2·MARGIN` of them shared by neighbours."""
    return [0, *range(tile - 2 * MARGIN, side - 2 * MARGIN, tile - 2 * MARGIN)]


assert len(CLASSES) == len(SIGNS) + 1
