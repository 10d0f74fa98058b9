"""From an ink map to connected pieces of ink, and which of them are one digit."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.reader.ink import InkMap, stroke_width

STRONG, WEAK = 0.5, 0.25
"""A piece is connected ink above WEAK that somewhere is above STRONG."""

MAX_NOISE = 4.0
"""WEAK is raised to this many standard deviations of the noise, up to STRONG."""

SPECK = 0.03
"""A piece of less than this share of the digit's area is a speck."""

NEAR = 0.3
"""Pieces of one digit are no farther apart than this share of the main one's longer side."""

MIN_SIDE, TINY = 5, 0.04
"""The longer side of a digit is this many pixels and this share of the picture's, or more."""

ALONE = 0.3
"""A digit has this share of all ink; noise has none that does."""

BLOT = 2.0
"""A digit's area is this many squares of its stroke width or more; a round spot's is 1.3."""

SOLID = 0.37
"""This share of a digit's pixels is above STRONG; of a patch of noise in shade, fewer are."""

MAX_HOLES = 6
"""A digit has no more holes than this, small ones by noise included."""

LINE_LEFT = 0.15
"""Something this share of the picture's side long must be left to tell a line from a 1."""

AT_BORDER = 0.3
"""What touches the picture's border counts as so much less to be the digit."""

MAX_PIECES = 300
"""Only this many pieces, the largest, are looked at."""


@dataclass(frozen=True, eq=False)
class Piece:
    """Connected ink, or several pieces that belong together.

    Attributes
    ----------
    left, top, right, bottom : int
        Its box in pixels of the ink map; right and bottom are outside.
    mask : ndarray, bool, (bottom − top)×(right − left)
        Where in the box the piece is.
    """

    left: int
    top: int
    right: int
    bottom: int
    mask: NDArray[np.bool_]

    @property
    def longest(self) -> int:
        """The longer side of the box."""
        return max(self.bottom - self.top, self.right - self.left)

    @property
    def width(self) -> int:
        """The box's width."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """The box's height."""
        return self.bottom - self.top

    @property
    def area(self) -> int:
        """The number of pixels."""
        return int(np.count_nonzero(self.mask))


def find_pieces(found: InkMap) -> list[Piece]:
    """Return the pieces of ink, largest area first, at most MAX_PIECES."""
    ink = found.ink
    weak = ink > max(WEAK, min(MAX_NOISE * found.noise, STRONG))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        weak.astype(np.uint8), connectivity=8
    )
    strong = np.zeros(count, bool)
    strong[labels[weak & (ink > STRONG)]] = True
    order = np.argsort(-stats[:, cv2.CC_STAT_AREA], kind="stable")
    pieces = []
    for index in order[strong[order]][:MAX_PIECES]:
        left, top, width, height = (int(v) for v in stats[index, :4])
        mask = labels[top : top + height, left : left + width] == index
        pieces.append(Piece(left, top, left + width, top + height, mask))
    return pieces


def find_digit(pieces: list[Piece], found: InkMap) -> Piece | None:
    """Return the pieces that make up the one digit of a picture, or None where none can.

    The largest piece, those that do not touch the picture's border first, and what lies close to
    it. Specks, blots and what lies along the picture's border are left out; so are frames and
    straight lines across the picture, unless there is nothing else: they may be a 0 or a 1.
    """
    shape = found.ink.shape
    inner = [p for p in pieces if not lies_along_border(p, shape)]
    writing = [p for p in inner if not (_crosses(p, shape) or _is_frame(p, shape))]
    if not writing or writing[0].longest < LINE_LEFT * max(shape):
        writing = inner
    if not writing:
        return None
    main = max(writing, key=lambda p: p.area * (AT_BORDER if _touches_border(p, shape) else 1))
    digit = join([p for p in writing if p.area >= SPECK * main.area and _is_near(p, main)])
    is_speck = digit.longest < max(MIN_SIDE, TINY * max(shape))
    is_one_of_many = digit.area < ALONE * sum(p.area for p in writing)
    return None if is_speck or is_one_of_many or not has_strokes(digit, found) else digit


def join(pieces: list[Piece]) -> Piece:
    """Return one piece that holds all the given ones, at least one."""
    left, top = min(p.left for p in pieces), min(p.top for p in pieces)
    right, bottom = max(p.right for p in pieces), max(p.bottom for p in pieces)
    mask = np.zeros((bottom - top, right - left), bool)
    for p in pieces:
        mask[p.top - top : p.bottom - top, p.left - left : p.right - left] |= p.mask
    return Piece(left, top, right, bottom, mask)


def _touches_border(p: Piece, shape: tuple[int, int]) -> bool:
    return p.left == 0 or p.top == 0 or p.right == shape[1] or p.bottom == shape[0]


def _crosses(p: Piece, shape: tuple[int, int]) -> bool:
    """Return whether a piece is a straight line from one side of the picture to the other."""
    height, width = p.mask.shape
    across = height >= 0.9 * shape[0] or width >= 0.9 * shape[1]
    return bool(across and min(height, width) <= 0.15 * max(height, width))


def lies_along_border(p: Piece, shape: tuple[int, int]) -> bool:
    """Return whether a piece touches the picture's border, and most of it lies close to that."""
    band = max(1, round(0.1 * min(shape)))
    inner = p.mask[
        max(band - p.top, 0) : max(shape[0] - band - p.top, 0),
        max(band - p.left, 0) : max(shape[1] - band - p.left, 0),
    ]
    return _touches_border(p, shape) and int(np.count_nonzero(inner)) < 0.4 * p.area


def _is_frame(p: Piece, shape: tuple[int, int]) -> bool:
    """Return whether a piece is large, and all of it lies along the sides of its own box."""
    side = min(p.mask.shape)
    band = round(0.1 * side)
    inner = np.count_nonzero(p.mask[band : p.mask.shape[0] - band, band : p.mask.shape[1] - band])
    return bool(side >= 0.3 * max(shape) and inner < 0.15 * p.area)


def has_strokes(p: Piece, found: InkMap) -> bool:
    """Return whether a piece looks drawn: no blot, no patch of shade, no web of noise."""
    strong = p.mask & (found.ink[p.top : p.bottom, p.left : p.right] > STRONG)
    area = int(np.count_nonzero(strong))
    outside = cv2.copyMakeBorder(
        (~p.mask).astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=1
    )
    holes = cv2.connectedComponents(outside, connectivity=8)[0] - 2
    most = MAX_HOLES * max(1.0, p.width / p.height)  # several digits may touch
    return area >= BLOT * stroke_width(strong) ** 2 and area >= SOLID * p.area and holes <= most


def _is_near(p: Piece, main: Piece) -> bool:
    """Return whether the boxes overlap or have a gap of up to NEAR of the main one's side."""
    across = max(p.left - main.right, main.left - p.right)
    down = max(p.top - main.bottom, main.top - p.bottom)
    return max(across, down) <= NEAR * main.longest
