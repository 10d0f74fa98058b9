"""A sheet of paper that lies on something else is cut out and straightened.

A sheet is a convex quadrilateral with ground all around it, of another brightness or colour than
the ground everywhere along its four sharp edges, and in its middle as well: a frame drawn on paper
has paper on both sides. What is doubtful is no sheet.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.reader.gray import WORK_AREA, resized
from digitile.reader.place import Matrix, for_opencv, scaling, shift

Picture = NDArray[np.uint8]
Corners = NDArray[np.float64]

SMALLEST, LONGEST = 200, 4
"""A picture's shorter side is so many pixels or more, and its longer one so many times that, for a
sheet with ground around it to have room for writing."""

SIDE = 320
"""The size, of the longer side, at which sheets are looked for."""

LEAST_AREA = 0.2
"""A sheet covers this share of the picture, or more."""

AROUND = 2.0
"""So many pixels of ground are seen around it, at that size."""

FULL = 0.94
"""It fills its quadrilateral by this share, or more; a side is as long as the one opposite by the
share SKEWED, or more; its angles lie within BENT degrees of right ones."""
SKEWED, BENT = 0.35, 40.0

CONTRAST = 14.0
"""Sheet and ground differ by so many levels of 255, or more."""

NEAR, FAR = 2.5, (4.0, 7.0)
"""An edge is looked at so many pixels from it, to either side; farther off, frames are over."""

SHARP = 0.5
"""Near the edge, this share of the difference is there already; a shadow's grows slowly."""

SEEN = 0.85
"""This share of each side shows such an edge."""

MARGIN = 0.01
"""This share of the longer side is cut off around, so that no ground is left."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """A straightened sheet.

    Attributes
    ----------
    pixels : ndarray, uint8, h×w×C
    back : ndarray, float64, 3×3
        From places in it to places in the picture.
    """

    pixels: Picture
    back: Matrix


def straightened(picture: Picture) -> Sheet | None:
    """Return the sheet that is seen in a picture, H×W×C, or None where none surely is."""
    corners = find_sheet(picture)
    if corners is None:
        return None
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    width, height = max(sides[0], sides[2]), max(sides[1], sides[3])
    # OpenCV's warp takes single pixels: what is to become smaller is made so before
    scale = min(1.0, float(WORK_AREA / (width * height)) ** 0.5)
    back = scaling(1 / scale, 1 / scale)
    if scale < 1:
        picture = _scaled(picture, scale)
    width, height = scale * width, scale * height
    own = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    matrix = cv2.getPerspectiveTransform(own, (scale * corners).astype(np.float32))
    margin = round(MARGIN * max(width, height))
    matrix = matrix @ shift(margin, margin)
    size = max(round(width) - 2 * margin, 1), max(round(height) - 2 * margin, 1)
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    flat = cv2.warpPerspective(picture, for_opencv(matrix), size, flags=how)
    return Sheet(np.asarray(flat, np.uint8).reshape(size[1], size[0], -1), back @ matrix)


def find_sheet(picture: Picture) -> Corners | None:
    """Return a sheet's corners, 4×2 (x, y), clockwise from the top left, or None."""
    short, long = sorted(picture.shape[:2])
    if short < SMALLEST or long > LONGEST * short:
        return None
    scale = min(1.0, SIDE / long)
    small = _scaled(picture, scale)
    if small.shape[2] == 4 and small[:, :, 3].min() < 255:
        return None
    for channel in _channels(small):
        for quadrilateral in _quadrilaterals(channel):
            if _is_sheet(channel, quadrilateral):
                return np.asarray(quadrilateral / scale)
    return None


def _scaled(picture: Picture, scale: float) -> Picture:
    height, width = picture.shape[:2]
    return resized(picture, (max(1, round(scale * width)), max(1, round(scale * height))))


def _channels(small: Picture) -> list[Picture]:
    """Return brightness, and the least of red, green and blue: white paper has much of all."""
    if small.shape[2] == 1:
        return [np.asarray(cv2.medianBlur(small[:, :, 0], 5), np.uint8)]
    colours = np.ascontiguousarray(small[:, :, :3])
    both = cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY), colours.min(axis=2)
    return [np.asarray(cv2.medianBlur(one, 5), np.uint8) for one in both]


def _quadrilaterals(channel: Picture) -> list[Corners]:
    """Return quadrilaterals around what is lighter, or darker, than the ground."""
    height, width = channel.shape
    border = np.concatenate([channel[0], channel[-1], channel[:, 0], channel[:, -1]])
    middle = channel[height // 4 : -height // 4, width // 4 : -width // 4]
    ground, paper = float(np.median(border)), float(np.median(middle))
    if abs(paper - ground) < CONTRAST:
        return []
    otsu, _ = cv2.threshold(channel, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    found = []
    for level in ((ground + paper) / 2, otsu):
        mask = (channel > level) if paper > ground else (channel < level)
        opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
        contours, _ = cv2.findContours(opened, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        if not contours:
            continue
        largest = max(contours, key=cv2.contourArea)
        corners = _fitted(largest)
        if corners is not None and cv2.contourArea(largest) >= LEAST_AREA * channel.size:
            found.append(corners)
    return found


def _fitted(contour: NDArray[np.integer | np.floating]) -> Corners | None:
    """Return the corners of the quadrilateral that a contour is, or None where it is none."""
    hull = cv2.convexHull(contour)
    rough = cv2.approxPolyDP(hull, 0.02 * cv2.arcLength(hull, True), True)
    if len(rough) != 4:
        return None
    points = contour[:, 0].astype(np.float32)
    corners = _clockwise(rough[:, 0].astype(np.float64))
    lines = []
    for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        along = (points - a) @ (b - a) / ((b - a) @ (b - a))
        off = np.abs(_cross(b - a, points - a)) / np.linalg.norm(b - a)
        near = points[(along > 0.1) & (along < 0.9) & (off < 4)]
        if len(near) < 8:
            return None
        vx, vy, x, y = cv2.fitLine(near, cv2.DIST_HUBER, 0, 0.01, 0.01).ravel()
        lines.append(np.cross((x, y, 1.0), (x + vx, y + vy, 1.0)))
    crossings = np.array([np.cross(lines[i - 1], lines[i]) for i in range(4)])
    # the contour runs through the middles of pixels
    exact = crossings[:, :2] / crossings[:, 2:] + 0.5
    area = cv2.contourArea(exact.astype(np.float32))
    return exact if cv2.contourArea(contour) >= FULL * area else None


def _cross(one: NDArray[np.floating], others: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.asarray(one[0] * others[..., 1] - one[1] * others[..., 0])


def _clockwise(corners: Corners) -> Corners:
    """Return corners clockwise, from the one nearest to the top left."""
    away = corners - corners.mean(axis=0)
    order = np.argsort(np.arctan2(away[:, 1], away[:, 0]))
    turned = corners[order]
    return np.roll(turned, -int(turned.sum(axis=1).argmin()), axis=0)


def _is_sheet(channel: Picture, corners: Corners) -> bool:
    height, width = channel.shape
    inner = (corners > AROUND) & (corners < np.array([width, height]) - AROUND)
    if not inner.all() or not _is_like_a_rectangle(corners):
        return False
    inside = np.zeros(channel.shape, np.uint8)
    cv2.fillConvexPoly(inside, np.rint(corners).astype(np.int32), 1)
    difference = float(np.median(channel[inside > 0])) - float(np.median(channel[inside == 0]))
    if abs(difference) < CONTRAST:
        return False
    sign = np.sign(difference)
    for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        near = sign * (_beside(channel, a, b, NEAR) - _beside(channel, a, b, -NEAR))
        far = sign * np.array([_beside(channel, a, b, d) - _beside(channel, a, b, -d) for d in FAR])
        least = max(CONTRAST, SHARP * float(np.median(far)))
        if ((near >= least) & (far >= CONTRAST).all(axis=0)).mean() < SEEN:
            return False
    return True


def _is_like_a_rectangle(corners: Corners) -> bool:
    sides = np.roll(corners, -1, axis=0) - corners
    lengths = np.linalg.norm(sides, axis=1)
    turns = np.array([_cross(sides[i - 1], sides[i]) for i in range(4)])
    turns /= lengths * np.roll(lengths, 1)
    opposite = lengths[:2] / lengths[2:]
    fair = np.minimum(opposite, 1 / opposite) >= SKEWED
    return bool(fair.all() and (turns >= np.cos(np.radians(BENT))).all())


def _beside(channel: Picture, a: Corners, b: Corners, off: float) -> NDArray[np.float64]:
    """Return values along most of the side from a to b, `off` pixels from it towards the inside."""
    along = np.linspace(0.06, 0.94, 40)[:, None]
    normal = np.array([-(b - a)[1], (b - a)[0]]) / np.linalg.norm(b - a)
    at = np.floor(a + along * (b - a) + off * normal).astype(int)
    height, width = channel.shape
    x, y = np.clip(at[:, 0], 0, width - 1), np.clip(at[:, 1], 0, height - 1)
    return np.asarray(channel[y, x], np.float64)
