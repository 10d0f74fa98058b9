"""Pictures of what is no digit, drawn from a seed: the class `NONE`, beside 0 … 9.

A reader's cuts give it more than digits: parts of them, two that touch, letters, marks, lines,
noise. Each kind here draws one such piece as ink, which is then normalised as the reader does it.
Letters and marks that a digit may look like are left out (`LIKE_DIGITS`), and fragments that might
be a 1 or a 0.
"""

import string
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.data.dataset import Dataset, join
from digitile.data.pen import LARGE, Ink, Rng, as_ink, box_of, pen_width, strokes, warped
from digitile.data.spoil import smooth_fields
from digitile.errors import DataError
from digitile.normalise import SIDE, normalise

NONE = "none"
"""The class's name."""

LIKE_DIGITS = "OoQDIil|!/\\()[]{}1ZzSsBbqg9GYy'`,.:;-_~\""
"""Signs that are not drawn: digits look like these, or they are specks and dashes."""

Draw = Callable[[NDArray[np.uint8], Rng], Ink]

_SIGNS = sorted(set(string.ascii_letters + string.punctuation) - set(LIKE_DIGITS))
_HERSHEY = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)


def with_nondigits(digits: Dataset, count: int, rng: Rng, kinds: dict[str, Draw]) -> Dataset:
    """Return a data set with one class more, and `count` pictures of it.

    Parameters
    ----------
    digits : Dataset
        1×28×28; fragments and pairs are made of its pictures.
    count : int
        0 or more, divided evenly among the kinds.
    rng : numpy.random.Generator
    kinds : dict of str to function
        `TRAINED` or `HELD_OUT`.

    Raises
    ------
    DataError
        Where there are no digits, or they have another shape.
    """
    if digits.shape != (1, SIDE, SIDE) or len(digits) == 0:
        raise DataError(
            f"{digits.name} has {len(digits)} pictures of {'×'.join(map(str, digits.shape))}, but "
            f"what is no digit is drawn beside digits of 1×{SIDE}×{SIDE}. Use mnist."
        )
    images = draw_nondigits(digits.images, count, rng, kinds)
    classes = (*digits.classes, NONE)
    labels = np.full(count, len(digits.classes), np.int64)
    wider = Dataset(digits.name, digits.images, digits.labels, classes)
    return join(wider, Dataset(NONE, images, labels, classes))


def draw_nondigits(
    digits: NDArray[np.uint8], count: int, rng: Rng, kinds: dict[str, Draw]
) -> NDArray[np.uint8]:
    """Draw `count` pictures, uint8, N×1×28×28, one kind after the other in turn."""
    draws = list(kinds.values())
    images = np.zeros((count, 1, SIDE, SIDE), np.uint8)
    for place, image in enumerate(images):
        ink = draws[place % len(draws)](digits, rng)
        box = box_of(ink)
        if box is not None:
            image[0] = normalise(ink[box])
    return images


def _digit(digits: NDArray[np.uint8], rng: Rng) -> Ink:
    """Return one of the digits, cut out to its box."""
    ink = as_ink(digits[rng.integers(len(digits)), 0])
    box = box_of(ink)
    return ink if box is None else ink[box]


def _fragment(digits: NDArray[np.uint8], rng: Rng) -> Ink:
    """Return the part of a digit on one side of a straight cut, 30 to 50 % of its ink."""
    ink = _digit(digits, rng)
    y, x = np.mgrid[: ink.shape[0], : ink.shape[1]].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    along = x * np.float32(np.cos(angle)) + y * np.float32(np.sin(angle))
    order = np.argsort(along, axis=None)
    mass = np.cumsum(ink.ravel()[order])
    cut = order[np.searchsorted(mass, rng.uniform(0.3, 0.5) * mass[-1])]
    return np.where(along < along.ravel()[cut], ink, 0).astype(np.float32)


def _has_ring(ink: Ink) -> bool:
    """Return whether paper lies inside the ink, as in a 0."""
    mask = np.pad(ink > 0.3, 1)
    return cv2.connectedComponents((~mask).astype(np.uint8), connectivity=4)[0] > 2


def _is_bar(ink: Ink) -> bool:
    """Return whether the ink is one straight stroke, as a 1."""
    y, x = np.nonzero(ink > 0.3)
    spread = np.linalg.eigvalsh(np.cov(np.stack([y, x]))) if len(y) > 2 else np.zeros(2)
    return bool(spread[0] < 0.12 * spread[1])


def _but(draw: Draw, *unwanted: Callable[[Ink], bool]) -> Draw:
    """Return the kind without what a digit may look like; drawn anew so many times at most."""

    def drawn(digits: NDArray[np.uint8], rng: Rng) -> Ink:
        for _ in range(8):
            ink = draw(digits, rng)
            if not any(looks(ink) for looks in unwanted):
                return ink
        return np.zeros_like(ink)

    return drawn


def _beside(one: Ink, other: Ink, overlap: int) -> Ink:
    """Return two pieces side by side, their boxes sharing `overlap` columns."""
    height = max(one.shape[0], other.shape[0])
    width = one.shape[1] + other.shape[1] - overlap
    ink = np.zeros((height, max(width, one.shape[1], other.shape[1])), np.float32)
    for piece, left in ((one, 0), (other, max(0, one.shape[1] - overlap))):
        top = (height - piece.shape[0]) // 2
        place = ink[top : top + piece.shape[0], left : left + piece.shape[1]]
        np.maximum(place, piece[:, : place.shape[1]], out=place)
    return ink


def _pair(digits: NDArray[np.uint8], rng: Rng) -> Ink:
    """Return two digits that touch."""
    return _beside(_digit(digits, rng), _digit(digits, rng), int(rng.integers(0, 6)))


def _halves(digits: NDArray[np.uint8], rng: Rng) -> Ink:
    """Return the right part of one digit with the left part of the next."""
    one, other = _digit(digits, rng), _digit(digits, rng)
    left = int(one.shape[1] * rng.uniform(0.3, 0.7))
    right = int(np.ceil(other.shape[1] * rng.uniform(0.3, 0.7)))
    return _beside(one[:, left:], other[:, :right], int(rng.integers(-2, 3)))


def _sign(_: NDArray[np.uint8], rng: Rng) -> Ink:
    """Return a letter or mark in a plotter's font, warped, as if written."""
    ink = np.zeros((LARGE, LARGE), np.uint8)
    font = _HERSHEY[rng.integers(len(_HERSHEY))]
    slant = cv2.FONT_ITALIC if rng.random() < 0.3 else 0
    thick, scale = int(rng.integers(1, 7)), rng.uniform(1.2, 1.7)
    sign = _SIGNS[rng.integers(len(_SIGNS))]
    cv2.putText(ink, sign, (14, 46), font | slant, scale, 255, thick, cv2.LINE_AA)
    return warped(as_ink(ink), rng)


def _scribble(_: NDArray[np.uint8], rng: Rng) -> Ink:
    """Return a pen going to and fro: a smooth line through 6 to 14 random points."""
    corners = rng.random((rng.integers(6, 15), 2))
    places = np.linspace(0, len(corners) - 1, 60)
    smooth = np.stack([np.interp(places, np.arange(len(corners)), c) for c in corners.T], axis=1)
    kernel = np.ones(5) / 5
    inner = np.stack([np.convolve(c, kernel, "valid") for c in smooth.T], axis=1)
    return strokes(inner, pen_width(rng))


def _lines(_: NDArray[np.uint8], rng: Rng) -> Ink:
    """Return a dash, a cross, or three lines side by side."""
    ink = np.zeros((LARGE, LARGE), np.float32)
    count = int(rng.integers(1, 4))
    angle = rng.uniform(-0.35, 0.35) if count == 1 else rng.uniform(0, np.pi)
    for number in range(count):
        turned = angle + (np.pi / 2 + rng.normal(0, 0.2)) * (number if count == 2 else 0)
        along = np.array([np.cos(turned), np.sin(turned)])
        beside = 0.3 * (number - 1) * along[::-1] * [-1, 1] if count == 3 else rng.normal(0, 0.1, 2)
        half = rng.uniform(0.3, 0.5) * along
        ink = np.maximum(ink, strokes(0.5 + beside + np.stack([-half, half]), pen_width(rng)))
    return ink


def _boxes(_: NDArray[np.uint8], rng: Rng) -> Ink:
    """Return a box, a corner of one that is no 7, a cross in one, or a filled one."""
    sides = rng.uniform(0.35, 1, 2)
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * sides
    kind = rng.integers(4)
    if kind == 0:
        order = [0, 3, 2] if rng.random() < 0.5 else [3, 0, 1]
        return strokes(corners[order], pen_width(rng))
    ink = strokes(corners, pen_width(rng), closed=True)
    if kind == 1:
        ink = np.maximum(ink, strokes(corners[[0, 2]], pen_width(rng)))
        ink = np.maximum(ink, strokes(corners[[1, 3]], pen_width(rng)))
    elif kind == 2:
        ink = np.asarray(np.maximum.accumulate(ink, axis=0), np.float32)
        ink *= np.maximum.accumulate(ink[::-1], axis=0)[::-1]
        ink *= rng.uniform(0.5, 1, ink.shape).astype(np.float32)
    return warped(ink, rng)


def _noise(_: NDArray[np.uint8], rng: Rng) -> Ink:
    """Return grain, clouds or blots, of any coarseness."""
    field = smooth_fields(rng, 1, SIDE, SIDE, rng.uniform(0.4, 4))[0]
    level = rng.uniform(-0.5, 1.5)
    return np.asarray(np.clip((field - level) * rng.uniform(0.5, 4), 0, 1), np.float32)


def _faint(_: NDArray[np.uint8], rng: Rng) -> Ink:
    """Return paper with nothing on it, or a few specks."""
    ink = np.zeros((SIDE, SIDE), np.float32)
    for y, x in rng.integers(2, SIDE - 2, (rng.integers(0, 4), 2)).tolist():
        speck = np.float32(rng.uniform(0.3, 1))
        ink[y : y + rng.integers(1, 3), x : x + rng.integers(1, 3)] = speck
    return ink


def _printed(_: NDArray[np.uint8], rng: Rng) -> Ink:
    """Return a letter or mark as printed, in the font that comes with Pillow."""
    from PIL import Image, ImageDraw, ImageFont

    canvas = Image.new("L", (LARGE, LARGE))
    font = ImageFont.load_default(int(rng.integers(30, 44)))
    sign = _SIGNS[rng.integers(len(_SIGNS))]
    ImageDraw.Draw(canvas).text((14, 4), sign, fill=255, font=font)
    return as_ink(np.asarray(canvas))


def _loops(_: NDArray[np.uint8], rng: Rng) -> Ink:
    """Return a doodle of round strokes: a Lissajous figure of many turns."""
    t = np.linspace(0, 2 * np.pi, 120)
    a, b = rng.permutation([3, 4, 5, 7])[:2]
    phase = rng.uniform(0.3, 1.2)
    return strokes(
        np.stack([np.sin(a * t + phase), np.sin(b * t)], axis=1) / 2 + 0.5, pen_width(rng)
    )


def _texture(_: NDArray[np.uint8], rng: Rng) -> Ink:
    """Return a weave: waves along two directions."""
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    angle, period = rng.uniform(0, np.pi), rng.uniform(3, 8)
    u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    waves = np.sin(2 * np.pi * u / period) + rng.uniform(0, 1) * np.sin(2 * np.pi * v / period)
    return np.asarray(np.clip(waves, 0, 1), np.float32)


TRAINED: dict[str, Draw] = {
    "fragment": _but(_fragment, _has_ring, _is_bar),
    "pair": _but(_pair, _is_bar),
    "halves": _but(_halves, _is_bar),
    "sign": _sign,
    "scribble": _scribble,
    "sign again": _sign,
    "pair again": _but(_pair, _is_bar),
    "lines": _lines,
    "boxes": _but(_boxes, _is_bar),
    "noise": _noise,
    "sign once more": _sign,
    "faint": _but(_faint, _is_bar),
}
"""What a network learns; letters and pairs are met most, so there are more of them."""

HELD_OUT: dict[str, Draw] = {
    "printed": _printed,
    "loops": _loops,
    "texture": _texture,
}
"""What a network is tested with: kinds it has not learnt."""
