"""Where there are lines of digits on a picture, and how tall: the network looks at several scales.

A network that knows digits of some size sees, at a scale too fine, parts of digits as digits. So
each line is taken from the scale at which its digits are likeliest and of the size that suits the
network best.
"""

from dataclasses import dataclass
from math import ceil, inf, log

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.reader.candidates import DIGITS, Boxes, Candidates, areas, shared
from digitile.reader.components import connected_components
from digitile.reader.gray import edge_gray
from digitile.reader.sight import Gray, Sight
from digitile.reader.tuned import (
    ALIKE,
    AROUND,
    BESIDE,
    BLOCK,
    CERTAIN_OF_FEW,
    DRIFT,
    EDGE,
    FEW,
    FEWEST_DIGITS,
    FIT,
    LARGEST,
    LEVEL,
    LIKELY,
    MOST_ENLARGED,
    PAGE,
    RANGE,
    RANGE_OF_PAGE,
    SLENDER,
    SMALLER,
    SMALLEST,
    STANDS_OUT,
    STEEPEST,
    STEP,
    SURE,
    TAKEN,
    TARGET,
)


@dataclass(frozen=True, eq=False)
class Found:
    """A line as it was found.

    Attributes
    ----------
    digits : Candidates
        In pixels of the picture.
    worth : float
        How likely and well-sized its digits are, weighed by their heights.
    """

    digits: Candidates
    worth: float

    @property
    def height(self) -> float:
        """The median of its digits' heights."""
        return float(np.median(self.digits.height))

    @property
    def is_sure(self) -> bool:
        """Whether nothing else passes for it: it has some digits, or they are certain."""
        return len(self.digits.p) > FEW or float(self.digits.digit.mean()) >= CERTAIN_OF_FEW

    def moved(self, by: int | NDArray[np.int64]) -> "Found":
        """Return the line where its boxes are moved by as much."""
        digits = self.digits._replace(boxes=self.digits.boxes + by)
        return Found(digits, self.worth)


def scales_of(height: int, width: int) -> list[float]:
    """Return the scales at which a picture is searched, coarsest first."""
    short, long = min(height, width), max(height, width)
    least = min(LARGEST / short, MOST_ENLARGED)
    most = max(least, min(MOST_ENLARGED, TARGET / max(SMALLEST, long / FEWEST_DIGITS)))
    return [least * STEP**n for n in range(ceil(log(most / least) / log(STEP)) + 1)]


def find_lines(
    gray: Gray, sight: Sight, finest: float = inf, blocks: NDArray[np.uint8] | None = None
) -> list[Found]:
    """Return the lines of digits of a picture, best first, none of which cover another.

    From coarse to fine, at each scale only where something stands out from the paper that was not
    read at a coarser one as digits of a size that suits the network, and no finer than digits on
    one page differ in height, nor than `finest`. Where nothing is found, a picture may be that of
    one digit that is taller than the picture is wide. `blocks` are those that stand out, where they
    are known.
    """
    tallest = min(gray.shape[0], SLENDER * gray.shape[1])
    around = ceil(EDGE * tallest / BLOCK)  # digits at the very edge are seen less well
    pad = around * BLOCK
    blocks = standing_out(gray) if blocks is None else blocks
    left = np.pad(blocks, around)  # the seam does not stand out
    gray = np.pad(gray, pad, constant_values=edge_gray(gray))
    found: list[Found] = []
    for scale in scales_of(*gray.shape):
        if scale > finest:
            break
        found += _search(gray, left, scale, sight)
        finest = min(finest, _finest(found, gray))
    found = found or _search(gray, left, min(MOST_ENLARGED, LARGEST / tallest), sight)
    lines = [one for one in found if not (_may_be_page(one, gray) and _is_page(one, found))]
    return [one.moved(-pad) for one in _apart(lines)]


def _apart(found: list[Found]) -> list[Found]:
    """Return the best of lines, best first, none of which cover another."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda own: -own.worth):
        if not any(covers(other.digits.boxes, one.digits.boxes) for other in kept):
            kept.append(one)
    return kept


def _may_be_page(one: Found, gray: Gray) -> bool:
    """Return whether what was taken for large digits may be lines of small ones, from afar."""
    return not one.is_sure and one.height > PAGE * min(gray.shape)


def _is_page(one: Found, found: list[Found]) -> bool:
    """Return whether lines were found where large digits were, and are worth more."""
    within = [
        other
        for other in found
        if other.is_sure
        and other.height * SMALLER < one.height
        and covers(one.digits.boxes, other.digits.boxes)
    ]
    return sum(other.worth for other in _apart(within)) > one.worth


def _search(gray: Gray, left: NDArray[np.uint8], scale: float, sight: Sight) -> list[Found]:
    """Return the lines at one scale, of what is left; those it suits are left out afterwards."""
    found = []
    for top, bottom, start, stop in _regions(left, ceil(AROUND / scale / BLOCK)):
        part = gray[top * BLOCK : bottom * BLOCK, start * BLOCK : stop * BLOCK]
        for own in _lines(part, scale, sight):
            found.append(own.moved(BLOCK * np.array([start, top, start, top])))
            suits = own.height * scale * STEP**0.5 >= TARGET  # better than the next scale would
            if suits and not _may_be_page(own, gray):
                _take_away(left, found[-1].digits.boxes)
    return found


def _finest(found: list[Found], gray: Gray) -> float:
    """Return the finest scale to search beside lines that have likely digits.

    Lines that are sure decide where there are some.
    """
    likely = [
        (one, float(np.median(one.digits.height[one.digits.digit > SURE])))
        for one in found
        if (one.digits.digit > SURE).any()
    ]
    sure = [RANGE * TARGET / height for one, height in likely if one.is_sure]
    unsure = [
        (RANGE_OF_PAGE if _may_be_page(one, gray) else RANGE) * TARGET / height
        for one, height in likely
    ]
    return min(sure or unsure, default=inf)


def finest_from_aside(found: list[Found]) -> float:
    """Return the finest scale to search a page at from other sides, after the lines found."""
    return max((RANGE_OF_PAGE * TARGET / one.height for one in found), default=inf)


def _lines(gray: Gray, scale: float, sight: Sight) -> list[Found]:
    """Return the lines of a picture at one scale, in pixels of the picture."""
    seen = sight.see(scaled(gray, scale), LIKELY)
    digits = seen.take(seen.p[:, :DIGITS].sum(axis=1) > LIKELY)
    fit = np.exp(-((np.log(digits.height / TARGET) / FIT) ** 2))
    worth = fit * digits.height * digits.digit * (digits.digit > 0.5) / scale
    return [
        Found(Candidates(digits.boxes[line] / scale, digits.p[line]), float(worth[line].sum()))
        for line in grouped(digits)
        if worth[line].any()
    ]


def standing_out(gray: Gray) -> NDArray[np.uint8]:
    """Return which blocks of a picture have something on them: 1, or 0."""
    rows, columns = (-(-side // BLOCK) for side in gray.shape)
    around = (0, rows * BLOCK - gray.shape[0], 0, columns * BLOCK - gray.shape[1])
    whole = cv2.copyMakeBorder(gray, *around, cv2.BORDER_REPLICATE)
    blocks = whole.reshape(rows, BLOCK, columns, BLOCK).astype(np.float32)
    return np.asarray(blocks.std(axis=(1, 3)) > STANDS_OUT, np.uint8)


def _take_away(left: NDArray[np.uint8], boxes: Boxes) -> None:
    """Leave out the blocks that a line's digits lie on, and half a digit around."""
    reach = 0.5 * np.median(boxes[:, 3] - boxes[:, 1])
    for x0, y0, x1, y1 in (boxes + reach * np.array([-1, -1, 1, 1])) / BLOCK:
        left[max(int(y0), 0) : ceil(max(y1, 0)), max(int(x0), 0) : ceil(max(x1, 0))] = 0


def _regions(left: NDArray[np.uint8], reach: int) -> list[tuple[int, int, int, int]]:
    """Return the rectangles of blocks, with `reach` around, that hold all that is left."""
    if not left.any():
        return []
    near = cv2.dilate(left, np.ones((2 * reach + 1,) * 2, np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(near)
    rectangles = [(y, y + h, x, x + w) for x, y, w, h, _ in stats[1:count].tolist()]
    if sum((b - a) * (d - c) for a, b, c, d in rectangles) > left.size:
        return [(0, left.shape[0], 0, left.shape[1])]
    return rectangles


def scaled(gray: Gray, scale: float) -> Gray:
    """Return a picture of another size, each pixel the mean of those it covers."""
    height, width = gray.shape
    size = max(1, round(width * scale)), max(1, round(height * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(gray, size, interpolation=how), np.uint8)


def grouped(digits: Candidates) -> list[NDArray[np.int64]]:
    """Return which candidates are beside each other, along lines of one direction, line by line."""
    if not len(digits.p):
        return []
    near, away, rise = _neighbours(digits)
    mean = (digits.height[:, None] + digits.height) / 2
    first = np.where(near.any(axis=1), np.where(near, away, inf).argmin(axis=1), -1)
    pairs = np.flatnonzero(first >= 0), first[first >= 0]
    slope = float(np.median(rise[pairs] / away[pairs])) if len(pairs[0]) else 0.0
    near &= np.abs(rise - slope * away) < LEVEL * mean + DRIFT * away
    line = connected_components(near)
    return [np.flatnonzero(line == own) for own in range(line.max() + 1)]


def _neighbours(
    digits: Candidates,
) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64]]:
    """Return which candidates may stand to the right of which, and how far right and down, n×n."""
    x, y = digits.centre.T
    away, rise = x - x[:, None], y - y[:, None]
    mean = (digits.height[:, None] + digits.height) / 2
    gap = away - (digits.width[:, None] + digits.width) / 2
    near = (away > 0) & (gap < BESIDE * mean) & (np.abs(rise) < STEEPEST * away)
    near &= np.abs(np.log(digits.height[:, None] / digits.height)) < log(ALIKE)
    return near, away, rise


def covered(first: Boxes, second: Boxes) -> float:
    """Return the share of the second line's digits that lie on digits of the first."""
    area, own = areas(second), areas(first)
    both = np.array([shared(box, second) for box in first])
    least = np.minimum(area[None], own[:, None])
    return float((both > TAKEN * least).any(axis=0).mean())


def covers(first: Boxes, second: Boxes) -> bool:
    """Return whether a half of the second line's digits lie on digits of the first."""
    return covered(first, second) >= 0.5
