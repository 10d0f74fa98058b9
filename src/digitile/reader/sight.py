"""The network looks at a gray picture."""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from digitile.contrast import MIDDLE, even_contrast
from digitile.engines import Engine
from digitile.errors import SettingError
from digitile.model import Model
from digitile.nn.places import PlaceLoss
from digitile.reader.candidates import NONE, SIGNS, Candidates, joined, merged
from digitile.reader.tuned import MARGIN, SEEN, TILE

CLASSES = (*"0123456789", "point", "comma", "dash", "slash", "none")
"""What a model has to tell apart, in this order; see `digitile.scenes`."""

STRIDE, UNIT = 4, 16.0
"""Pixels between places, and those that a box's numbers are measured in; see `digitile.scenes`."""

FEWEST, MULTIPLE = 96, 32
"""The network is shown sides of no fewer pixels, and of a multiple: few sizes to prepare for."""

Gray = NDArray[np.uint8]


def check_model(model: Model) -> None:
    """Raise `SettingError` unless a model sees digits on pages."""
    loss = model.network.loss
    sees = isinstance(loss, PlaceLoss) and loss.box is not None and model.classes == CLASSES
    if not sees:
        raise SettingError(
            f"the model tells {', '.join(model.classes)} apart and sees no digits on pages. Use "
            "the one that comes with digitile, or one that digitile train page has made."
        )


@dataclass(frozen=True, eq=False)
class Sight:
    """A model that looks at pictures by an engine made for its network."""

    model: Model
    engine: Engine

    def see(self, gray: Gray) -> Candidates:
        """Return the candidates of a picture, uint8 H×W, boxes in its pixels."""
        even = even_contrast(gray)
        height, width = gray.shape
        tops, lefts = (_starts(side, tile) for side, tile in zip(even.shape, TILE, strict=True))
        parts = []
        for top, left in product(tops, lefts):
            part = even[top : top + TILE[0], left : left + TILE[1]]
            if len(tops) * len(lefts) > 1 and np.ptp(part) == 0:
                continue
            found = self._candidates(part)
            low = np.array([left + MARGIN * (left > 0), top + MARGIN * (top > 0)])
            right, bottom = left + part.shape[1], top + part.shape[0]
            high = np.array([right - MARGIN * (right < width), bottom - MARGIN * (bottom < height)])
            found = found._replace(boxes=found.boxes + np.array([left, top, left, top]))
            own = np.all((found.centre >= low) & (found.centre < high), axis=1)
            parts.append(found.take(own))
        return merged(joined(parts))

    def _candidates(self, even: Gray) -> Candidates:
        height, width = even.shape
        rows, columns = (max(FEWEST, -(-side // MULTIPLE) * MULTIPLE) for side in even.shape)
        picture = np.full((1, 1, rows, columns), int(MIDDLE), np.uint8)
        top, left = (rows - height) // 2, (columns - width) // 2
        picture[0, 0, top : top + height, left : left + width] = even
        x = self.model.preprocess(picture)
        (maps,) = self.engine.scores(self.model.theta, x)
        down, right = np.nonzero(1 - maps[NONE] > SEEN)
        p = maps[: NONE + 1, down, right].T.astype(np.float64)
        numbers = maps[NONE + 1 :, down, right].T.astype(np.float64)
        places = (np.stack([right, down], axis=1) + 0.5) * STRIDE - (left, top)
        centres = places + UNIT * numbers[:, :2]
        half = UNIT * np.exp(np.clip(numbers[:, 2:], -3, 3)) / 2
        return Candidates(np.concatenate([centres - half, centres + half], axis=1), p)


def _starts(side: int, tile: int) -> list[int]:
    """Return where parts start that cover a side, `2·MARGIN` of them shared by neighbours."""
    return [0, *range(tile - 2 * MARGIN, side - 2 * MARGIN, tile - 2 * MARGIN)]


assert len(CLASSES) == len(SIGNS) + 1
