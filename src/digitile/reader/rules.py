"""Takes ruled lines, table grids and form boxes out of an ink map; writing across them stays.

A rule is straight, or bends a little, runs along a side of the picture, and is long: much longer
than it is thick and across most of the picture, or from border to border, or from one rule to
another (the sides of a box). Of it, only columns are taken in which nothing crosses it.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.reader.ink import InkMap, quantile

Mask = NDArray[np.bool_]

INK = 0.2
"""Of the strongest ink: what is stronger may belong to a rule."""

LENGTH, SLENDER = 0.6, 50
"""A rule is this share of the picture's width or height long, and this many times its thickness."""

TILT = 0.12
"""A rule rises by this share of its length or less."""

BEND = 0.04
"""It leaves the straight line between its ends by this share of its length or less."""

RUN = 0.08
"""Pieces of a rule are found where this share of the picture's width, and 5 strokes, is inked."""

POINTS = 300
"""So many of its pixels, or up to twice as many, tell a rule's curve."""

HOLE_OF = 3
"""Where OpenCV says of a contour which component it is a hole of."""

CROSSED = 1.7
"""What is thicker than so many times the rule holds a stroke as well, and stays."""


@dataclass(frozen=True, eq=False)
class Rule:
    """A level line: its middle for each column from `left` on, and its thickness, in pixels."""

    left: int
    middle: NDArray[np.float64]
    thick: float

    @property
    def right(self) -> int:
        """The column after the last."""
        return self.left + len(self.middle)


def without_rules(found: InkMap) -> InkMap:
    """Return the ink map without its rules, its strongest ink at 1 again."""
    mask = found.ink > max(INK, 4 * found.noise)
    height, width = mask.shape
    level = [
        rule
        for rule in find_level_rules(mask, found.stroke, LENGTH * width)
        if _is_long(rule, mask.shape)
    ]
    # the sides of boxes are short, but stand between two level rules
    least = 0 if len(level) > 1 else LENGTH * height
    across = find_level_rules(np.ascontiguousarray(mask.T), found.stroke, least)
    upright = [r for r in across if _is_long(r, mask.T.shape) or _joins(r, level)]
    if not level and not upright:
        return found
    rest = mask.copy()
    for rule in level:
        _take(rest, mask, rule)
    for rule in upright:
        _take(rest.T, mask.T, rule)
    gone = mask & ~rest
    soft = cv2.dilate(gone.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    ink = np.where(soft & ~rest, 0, found.ink)
    if not rest.any():
        return found  # nothing else is there: a 1, perhaps
    return replace(found, ink=np.minimum(ink / quantile(ink[rest], 0.95), 1))


def find_level_rules(mask: Mask, stroke: float, least: float = 0) -> list[Rule]:
    """Return what may be level rules in a mask, h×w: thin, straight, and not short.

    Parameters
    ----------
    mask : ndarray, bool, h×w
    stroke : float
        Width of most strokes, in pixels.
    least : float
        Pixels that a rule is long, or more.
    """
    width = mask.shape[1]
    run = max(round(RUN * width), round(5 * stroke), 9)
    least = max(least, run)
    if run > width:
        return []
    inked = mask.astype(np.uint8)
    spread = 1 + 2 * round(TILT * run / 4)
    tall = np.asarray(cv2.dilate(inked, np.ones((spread, 1), np.uint8)), np.uint8)
    # upright strokes stand on a rule or cross it: of each column only thin runs count
    upright = _opened(inked, max(3, round(2.5 * stroke)), 1)
    thin = _opened(tall, 1, run) & inked & ~upright
    closed = cv2.dilate(thin, np.ones((3, run | 1), np.uint8))
    _, labels = cv2.connectedComponents(closed, connectivity=8)
    # boxes by contours: OpenCV measures components in five times the time
    contours, nested = cv2.findContours(closed, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    rules = []
    for index, contour in enumerate(contours):
        left, top, w, h = cv2.boundingRect(contour)
        if w < least or nested[0][index][HOLE_OF] >= 0:
            continue
        (x, y), *_ = contour[0]
        box = slice(top, top + h), slice(left, left + w)
        rule = _fitted((thin[box] > 0) & (labels[box] == labels[y, x]), left, top, stroke, least)
        if rule is not None:
            rules.append(rule)
    return rules


def _fitted(part: Mask, left: int, top: int, stroke: float, least: float) -> Rule | None:
    """Return the rule through a component's pixels, or None where they lie on no smooth line.

    Also None where it is shorter than `least` pixels, or more of it gap than ink.
    """
    ys, xs = np.nonzero(part)
    if len(xs) < 9:
        return None
    first, last = int(xs.min()), int(xs.max())
    length = last - first + 1
    columns = np.bincount(xs, minlength=last + 1)
    if length < least or (columns[first:] > 0).mean() < 0.5:
        return None
    thick = float(np.median(columns[columns > 0]))
    # a curve of three numbers needs no more points than this
    some = slice(None, None, max(1, len(xs) // POINTS))
    xs, ys = xs[some], ys[some]
    at = np.arange(first, last + 1)
    middle = _parabola(xs, ys, at)
    for _ in range(2):
        near = np.abs(ys - middle[xs - first]) <= thick + 1
        if near.sum() < 0.7 * len(xs):
            return None
        middle = _parabola(xs[near], ys[near], at)
    straight = middle[0] + (middle[-1] - middle[0]) * (at - first) / max(last - first, 1)
    if np.abs(middle - straight).max() > max(stroke, BEND * length) or np.ptp(middle) > max(
        2 * stroke, TILT * length
    ):
        return None
    return Rule(left + first, middle + top, thick)


def _parabola(
    x: NDArray[np.intp], y: NDArray[np.intp], at: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Return the values at `at` of the parabola through points with the least squares.

    Of points that lie above fewer than three places, the one nearest to a level line.
    """
    half = max((at[-1] - at[0]) / 2, 1)
    u, v = (x - at[0]) / half - 1, (at - at[0]) / half - 1
    powers = np.stack([np.ones_like(u), u, u * u])
    _, fit = cv2.solve(powers @ powers.T, powers @ y[:, None], flags=cv2.DECOMP_SVD)
    a, b, c = fit.ravel()
    return np.asarray(a + b * v + c * v * v)


def _is_long(rule: Rule, shape: tuple[int, ...]) -> bool:
    width = shape[1]
    length = rule.right - rule.left
    edge = max(1, round(0.01 * width))
    from_side_to_side = rule.left <= edge and rule.right >= width - edge
    return from_side_to_side or length >= max(LENGTH * width, SLENDER * rule.thick)


def _joins(upright: Rule, level: list[Rule]) -> bool:
    """Return whether both ends of an upright rule lie on level ones."""
    thick = max((rule.thick for rule in level), default=0.0)
    if upright.thick > CROSSED * thick:
        return False
    slack = 3 + thick
    ends = (upright.left, upright.middle[0]), (upright.right - 1, upright.middle[-1])
    return all(
        any(
            rule.left - slack <= x < rule.right + slack
            and abs(rule.middle[int(np.clip(x - rule.left, 0, len(rule.middle) - 1))] - y) <= slack
            for rule in level
        )
        for y, x in ends
    )


def _take(rest: Mask, mask: Mask, rule: Rule) -> None:
    """Clear the rule's columns of `rest`, but where the run of `mask` there is too tall."""
    height = mask.shape[0]
    reach = int(np.ceil(CROSSED * rule.thick)) + 2
    xs = np.arange(rule.left, rule.right)
    offsets = np.arange(-reach, reach + 1)
    ys = np.rint(rule.middle).astype(int)[None] + offsets[:, None]
    seen = mask[np.clip(ys, 0, height - 1), xs] & (ys >= 0) & (ys < height)
    # the run that holds the middle, or begins within half the thickness of it
    slack = int(np.ceil(rule.thick / 2))
    distance = np.where(seen, np.abs(offsets)[:, None], reach + 1)
    holds = distance.min(axis=0) <= slack
    # from the pixel nearest to the middle up and down to the last before one without ink
    start = distance.argmin(axis=0)[None]
    at = np.arange(2 * reach + 1)[:, None]
    up = np.where(~seen & (at < start), at, -1).max(axis=0) + 1
    down = np.where(~seen & (at > start), at, 2 * reach + 1).min(axis=0) - 1
    clear = holds & (down - up + 1 <= CROSSED * rule.thick + 1)
    inside = (at >= up) & (at <= down)
    gone = seen & inside & clear
    rest[ys[gone], np.broadcast_to(xs, ys.shape)[gone]] = False


def _opened(mask: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """Return only what bars of `height`×`width` pixels can cover."""
    box = np.ones((height, width), np.uint8)
    # opposite anchors: OpenCV's own opening shifts what it keeps where a side is even
    kept = cv2.erode(mask, box, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    opened = cv2.dilate(kept, box, anchor=(width - 1, height - 1))
    return np.asarray(opened, np.uint8)
