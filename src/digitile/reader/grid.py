"""Grids of printed lines: sudokus, tables, the boxes of a form.

Printed lines enclose paper. A piece of paper with four corners may be a cell; cells of one height
side by side, and cells of one width one above the other, belong to one grid. The upper and lower
sides of all cells meet in one vanishing point, the left and right sides in another: these two make
the grid level, and then its cells fall into rows and columns.
"""

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.reader.candidates import Boxes
from digitile.reader.components import connected_components
from digitile.reader.search import scaled
from digitile.reader.sight import Gray
from digitile.reader.tuned import (
    ALIGNED,
    APART,
    AROUND_LINES,
    CUT,
    ENLARGED,
    FILLED,
    FOUND,
    GRID_SIDE,
    LINE_CONTRASTS,
    MOST_PIECES,
    MOST_ROWS,
    OUTGROWN,
    SMALLEST_CELL,
    SMOOTH,
    SQUARE,
    STIFF,
    WIDER,
)

Points = NDArray[np.float64]


class _Pieces(NamedTuple):
    """Pieces of paper that lines enclose.

    Attributes
    ----------
    corners : ndarray, float64, n×4×2
        Of those with four corners, as `find_grid` returns them.
    cut : int
        How many others the picture's edge cuts.
    """

    corners: Points
    cut: int


def find_grid(gray: Gray, digits: Boxes) -> Points | None:
    """Return the grid of most cells on a picture.

    Parameters
    ----------
    gray : ndarray, uint8, H×W
        The grid is level, or aslant by up to 20°.
    digits : ndarray, float64, n×4
        Boxes of the digits that were read: where they are taller than the cells, these are the
        squares of squared paper, or the insides of zeros.

    Returns
    -------
    ndarray, float64, rows×columns×4×2, or None
        The corners of each cell: upper left, upper right, lower right, lower left; x and y in
        pixels. None where no row has two cells, where there are more than 50 rows or columns, and
        where the lines go on beyond the picture all around.
    """
    smooth, scale = _smoothed(gray)
    found: list[Points] = []
    for dark in (smooth, 255 - smooth):
        for contrast in LINE_CONTRASTS:
            ink = _ink(dark, contrast)
            found += [cells for cells in _grids(_pieces(ink)) if not _solid(cells, dark, ink)]
    found = [cells / scale for cells in found if not _outgrown(cells / scale, digits)]
    return max(found, key=np.size, default=None)


def find_boxes(gray: Gray) -> Points:
    """Return every box that lines darker than the paper enclose, each once, in or out of a grid.

    Parameters
    ----------
    gray : ndarray, uint8, H×W

    Returns
    -------
    ndarray, float64, n×4×2
        The corners of the paper inside, as `find_grid` returns them.
    """
    smooth, scale = _smoothed(gray)
    found = np.zeros((0, 4, 2))
    for contrast in reversed(LINE_CONTRASTS):  # noise adds boxes where the contrast is low
        for corners in _pieces(_ink(smooth, contrast)).corners:
            if len(found) == MOST_PIECES:
                break
            side = 0.2 * float(np.linalg.norm(np.roll(corners, 1, axis=0) - corners, axis=1).min())
            if not (abs(found - corners).max(axis=(1, 2)) < side).any():
                found = np.concatenate([found, corners[None]])
    return found / scale


def printed_ink(gray: Gray) -> tuple[Gray, float]:
    """Return what is darker than its surroundings, 255 or 0, and at which scale of the picture."""
    smooth, scale = _smoothed(gray)
    return _ink(smooth, LINE_CONTRASTS[-2]), scale


def _smoothed(gray: Gray) -> tuple[Gray, float]:
    """Return a picture in the size in which lines are looked for, and its scale."""
    scale = min(ENLARGED, GRID_SIDE / max(gray.shape))
    return np.asarray(cv2.GaussianBlur(scaled(gray, scale), (0, 0), SMOOTH), np.uint8), scale


def _ink(dark: Gray, contrast: float) -> Gray:
    """Return what is darker than its surroundings by a contrast: 255, or 0."""
    how = cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV
    return np.asarray(cv2.adaptiveThreshold(dark, 255, *how, AROUND_LINES, contrast), np.uint8)


def _pieces(ink: Gray) -> _Pieces:
    """Return the pieces of paper that ink, 255 or 0, encloses."""
    height, width = ink.shape
    contours, tree = cv2.findContours(255 - ink, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    corners, cut = [], 0
    for contour, (_, _, _, parent) in zip(contours, tree[0] if contours else (), strict=True):
        x, y, w, h = cv2.boundingRect(contour)
        if parent >= 0 or min(w, h) < SMALLEST_CELL:
            continue
        if x == 0 or y == 0 or x + w == width or y + h == height:
            cut += 1
            continue
        four = _four_corners(contour)
        if four is not None:
            corners.append(four)
    return _Pieces(np.array(corners, np.float64).reshape(-1, 4, 2), cut)


def _four_corners(contour: NDArray[Any]) -> Points | None:
    """Return the corners of a contour, from the upper left one clockwise, if it has four."""
    hull = cv2.convexHull(contour)
    four = cv2.approxPolyDP(hull, 0.04 * cv2.arcLength(hull, True), True).reshape(-1, 2)
    if len(four) != 4:
        return None
    area, own = cv2.contourArea(four), cv2.contourArea(hull)
    if area < SQUARE * own or own < SQUARE * area or cv2.contourArea(contour) < 0.5 * own:
        return None
    down, across = four.sum(axis=1), four[:, 0] - four[:, 1]
    order = [down.argmin(), across.argmax(), down.argmax(), across.argmin()]
    return four[order].astype(np.float64) if len(set(order)) == 4 else None


def _grids(pieces: _Pieces) -> list[Points]:
    """Return the cells of all grids of some pieces, as `find_grid` returns them."""
    if not 2 <= len(pieces.corners) <= MOST_PIECES:
        return []
    in_row, in_column = _beside(pieces.corners)
    rows, columns = connected_components(in_row), connected_components(in_column)
    group = connected_components(in_row | in_column)
    own = [np.flatnonzero(group == one) for one in np.flatnonzero(np.bincount(group) > 1)]
    grids = [_grid(pieces.corners[one], rows[one], columns[one]) for one in own]
    # the lines of squared paper go on beyond the picture
    return [
        cells
        for cells in grids
        if cells is not None and pieces.cut < CUT * 2 * sum(cells.shape[:2])
    ]


def _beside(corners: Points) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which pieces are neighbours in a row, and which in a column, n×n."""
    upper = corners[:, 1] - corners[:, 0]
    angle = float(np.median(np.arctan2(upper[:, 1], upper[:, 0])))
    c, s = np.cos(angle), np.sin(angle)
    low, high = _sides(corners @ np.array([[c, -s], [s, c]]))
    near = [_near(low, high, one) for one in range(len(low))]
    return np.array([row for row, _ in near]), np.array([column for _, column in near])


def _near(low: Points, high: Points, one: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which level pieces stand beside a piece, and which above or below it, n each."""
    size = high - low
    shared = np.minimum(high[one], high) - np.maximum(low[one], low)
    least, most = np.minimum(size[one], size), np.maximum(size[one], size)
    same = shared > ALIGNED * most
    near = (shared < 0.1 * least) & (-shared < APART * least[:, ::-1])
    return same[:, 1] & near[:, 0], same[:, 0] & near[:, 1]


def _sides(corners: Points) -> tuple[Points, Points]:
    """Return left and upper sides, right and lower sides of level pieces, n×2 each."""
    x, y = corners[..., 0], corners[..., 1]
    low = np.stack([x[:, [0, 3]].mean(axis=1), y[:, [0, 1]].mean(axis=1)], axis=1)
    high = np.stack([x[:, [1, 2]].mean(axis=1), y[:, [2, 3]].mean(axis=1)], axis=1)
    return low, high


def _grid(
    corners: Points, row_chains: NDArray[np.int64], column_chains: NDArray[np.int64]
) -> Points | None:
    """Return the cells of the grid that pieces are of, those that were not found included."""
    middle = corners.mean(axis=(0, 1))
    reach = float(np.abs(corners - middle).max())
    own = (corners - middle) / reach
    across = _vanishing(own[:, [0, 1]], own[:, [3, 2]], _ends(own, row_chains, 0))
    down = _vanishing(own[:, [0, 3]], own[:, [1, 2]], _ends(own, column_chains, 1))
    back = np.stack([across * np.sign(across[0]), down * np.sign(down[1]), (0, 0, 1.0)], axis=1)
    if abs(np.linalg.det(back)) < 0.5:  # far from a right angle
        return None
    low, high = _sides(_mapped(own, np.linalg.inv(back)))
    columns, column = _tracks(low[:, 0], high[:, 0])
    rows, row = _tracks(low[:, 1], high[:, 1])
    if not (2 <= len(columns) <= MOST_ROWS and 1 <= len(rows) <= MOST_ROWS):
        return None
    single = (row >= 0) & (column >= 0)
    count = len(np.unique(row[single] * len(columns) + column[single]))
    if count < FOUND * len(rows) * len(columns):
        return None
    x, y = columns[None, :, [0, 1, 1, 0]], rows[:, None, [0, 0, 1, 1]]
    cells = np.stack(np.broadcast_arrays(x, y), axis=-1)
    return np.asarray(_mapped(cells, back) * reach + middle)


def _ends(corners: Points, chains: NDArray[np.int64], axis: int) -> Points:
    """Return the middles of each chain's first and last piece along x or y, n×2×2."""
    middle = corners.mean(axis=1)
    ends = []
    for one in np.unique(chains):
        own = middle[chains == one]
        ends.append(own[[own[:, axis].argmin(), own[:, axis].argmax()]])
    return np.array(ends)


def _vanishing(*lines: Points) -> NDArray[np.float64]:
    """Return where lines, n×2×2 from point to point, meet, in homogeneous coordinates.

    The directions of longer ones are known better: each weighs as much as it is long, squared.
    """
    every = np.concatenate(lines)
    along = every[:, 1] - every[:, 0]
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1)
    through = np.column_stack([normal, -(normal * every.mean(axis=1)).sum(axis=1)])
    moment = through.T @ through
    moment[2, 2] += STIFF * (normal**2).sum()
    return np.asarray(np.linalg.eigh(moment)[1][:, 0])


def _mapped(points: Points, to: NDArray[np.float64]) -> Points:
    """Return points, …×2, where a homography takes them."""
    moved = points @ to[:, :2].T + to[:, 2]
    return np.asarray(moved[..., :2] / moved[..., 2:])


def _tracks(start: Points, end: Points) -> tuple[Points, NDArray[np.int64]]:
    """Sort the intervals of level pieces into columns, or rows.

    Returns
    -------
    ndarray, float64, t×2
        Start and end of each.
    ndarray, int64, n
        Which of them each piece is in; −1 for a piece that lies across several.
    """
    middle = (start + end) / 2
    within = (start[:, None] < middle) & (middle < end[:, None])
    first = np.where(within, middle, np.inf).min(axis=1)
    last = np.where(within, middle, -np.inf).max(axis=1)
    single = np.flatnonzero(last - first < WIDER * (end - start))
    track = np.full(len(start), -1)
    if not len(single):
        return np.zeros((0, 2)), track
    order = single[np.argsort(middle[single], kind="stable")]
    step = 0.5 * float(np.quantile((end - start)[single], 0.1))
    track[order] = np.cumsum(np.diff(middle[order], prepend=middle[order[0]]) > step)
    own = [track == one for one in range(track.max() + 1)]
    return np.array([(np.median(start[one]), np.median(end[one])) for one in own]), track


def _solid(cells: Points, dark: Gray, ink: Gray) -> bool:
    """Return whether cells are bars: the paper around a grid is as light as its cells."""
    side = float(np.median(cells[:, :, 3, 1] - cells[:, :, 0, 1]))
    whole = np.rint(cells).astype(np.int32)
    hull = cv2.convexHull(whole.reshape(-1, 2))
    own, ring = np.zeros_like(ink), np.zeros_like(ink)
    cv2.fillPoly(own, list(whole.reshape(-1, 4, 2)), 1)
    cv2.polylines(ring, [hull], True, 1, max(24, round(side)))
    near = cv2.fillConvexPoly(ring.copy(), hull, 1)
    cv2.fillConvexPoly(ring, hull, 0)
    grays = dark[ring > 0], dark[(near > 0) & (ink > 0)], dark[(own > 0) & (ink == 0)]
    if any(gray.size == 0 for gray in grays):
        return False
    around, lines, light = (float(np.median(gray)) for gray in grays)
    return abs(around - light) > min(abs(around - lines), abs(lines - light))


def _outgrown(cells: Points, digits: Boxes) -> bool:
    """Return whether the digits within a grid are taller than its cells, or fill them."""
    low, high = cells.min(axis=(0, 1, 2)), cells.max(axis=(0, 1, 2))
    middle = (digits[:, :2] + digits[:, 2:]) / 2
    inside = digits[((middle > low) & (middle < high)).all(axis=1)]
    if not len(inside):
        return False
    side = np.median(cells.max(axis=2) - cells.min(axis=2), axis=(0, 1))
    share = np.median(inside[:, 2:] - inside[:, :2], axis=0) / side
    return bool(share[1] > OUTGROWN or share.min() > FILLED)
