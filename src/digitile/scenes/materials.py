"""What scenes are drawn from, in two parts that share nothing: to train on, and kept apart."""

import zlib
from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.data import Dataset, load_data
from digitile.data.fonts import FOLDER, SYSTEM, Font, find_fonts
from digitile.data.strokes import Strokes
from digitile.data.unipen import load_unipen
from digitile.errors import DataError

Key = TypeVar("Key", bound=Hashable)

EVERY = 8
"""One of so many writers and fonts is kept apart."""

LIKE_DIGITS = frozenset("OoQDIil|!/\\()[]{}ZzSsBbqg9GYyJj'`,.:;-_~^\"")
"""Signs that digits or their marks look like."""

SCRIPTS_APART = frozenset({"greek", "thai", "telugu", "armenian", "ethiopic"})
"""Scripts that are kept apart as a whole."""

WIDEST = 1.5
"""Digits wider than so many of their heights are left out."""

NARROWEST = 0.17
"""So are digits but 1 that are narrower, along whichever direction: 40 of 13,128, each a single
stroke that is called 0 or 4. Few others are narrower than 0.2."""

LAST = 5000
"""So many of MNIST's training pictures, the last ones, are kept apart."""


@dataclass(frozen=True, eq=False)
class Materials:
    """Digits, letters, words and fonts that scenes are drawn from.

    Attributes
    ----------
    mnist : Dataset
        1×28×28, of the classes ``0`` … ``9``.
    digits, signs, words : Strokes
        Of a pen: digits, single letters and signs, words without digits.
    fonts : list of Font
        Any number of them.
    kept_apart : bool
        Which of the two parts this is; the textures of paper follow it, too.

    Raises
    ------
    DataError
        Where digits of some class are missing, or there are no signs or words.
    """

    mnist: Dataset
    digits: Strokes
    signs: Strokes
    words: Strokes
    fonts: list[Font]
    kept_apart: bool

    def __post_init__(self) -> None:
        missing = set("0123456789") - set(self.digits.texts.tolist())
        if missing or len(np.unique(self.mnist.labels)) < 10:
            raise DataError(
                f"scenes need digits of each class, but pen strokes lack {sorted(missing)} and "
                f"MNIST has {len(np.unique(self.mnist.labels))} classes. Use the whole data sets."
            )
        if not len(self.signs) or not len(self.words):
            raise DataError(
                f"scenes need letters and words, but there are {len(self.signs)} signs and "
                f"{len(self.words)} words. Use the whole collection."
            )

    @classmethod
    def load(cls, folder: str | PathLike[str], kept_apart: bool) -> "Materials":
        """Read MNIST and the pen strokes of a data folder, and return one part of them.

        Parameters
        ----------
        folder : path-like
        kept_apart : bool
            True for the writers and pictures that no training sees.

        Raises
        ------
        DataError
            For files that are missing or broken.
        DownloadError
            Where MNIST is missing and no mirror delivers it.
        """
        folder = Path(folder)
        mnist, pen = load_data("mnist", folder=folder).train, load_unipen(folder)
        apart = np.arange(len(mnist)) >= len(mnist) - LAST
        pictures = mnist.take(np.flatnonzero(apart == kept_apart))
        digits, signs, words = (
            _of_writers(part, kept_apart) for part in (pen.digits, pen.signs, pen.words)
        )
        return cls(
            pictures.take(np.flatnonzero(_tall_enough(pictures))),
            digits.take(np.flatnonzero(_are_digits(digits))),
            signs,
            words.take([place for place, text in enumerate(words.texts) if is_word(str(text))]),
            [font for font in find_fonts(folder / FOLDER, SYSTEM) if _is_apart(font) == kept_apart],
            kept_apart,
        )

    @cached_property
    def mnist_of(self) -> list[NDArray[np.int64]]:
        """Which pictures of MNIST show each digit."""
        return [np.flatnonzero(self.mnist.labels == digit) for digit in range(10)]

    @cached_property
    def writers(self) -> NDArray[np.int64]:
        """The numbers of those who wrote digits with a pen."""
        return np.unique(self.digits.writers)

    @cached_property
    def digits_of(self) -> dict[tuple[int, str], NDArray[np.int64]]:
        """Which pen strokes are each writer's of each digit."""
        return _places(zip(self.digits.writers.tolist(), self.digits.texts.tolist(), strict=True))

    @cached_property
    def signs_of(self) -> dict[str, NDArray[np.int64]]:
        """Which pen strokes are each sign."""
        return _places(self.signs.texts.tolist())


def has_scripts_apart(folder: str | PathLike[str]) -> bool:
    """Return whether a data folder or the system has a font of `SCRIPTS_APART`."""
    folder = Path(folder)
    return any(font.script in SCRIPTS_APART for font in find_fonts(folder / FOLDER, SYSTEM))


def is_word(text: str) -> bool:
    """Return whether less than half of a text's letters are digits to the eye."""
    return 2 * sum(letter in LIKE_DIGITS for letter in text) < len(text) and len(text) > 1


def _is_apart(font: Font) -> bool:
    """Return whether a font is kept apart, as all of its family and style or of its script."""
    return font.script in SCRIPTS_APART or zlib.crc32(font.name.encode()) % EVERY == EVERY - 1


def _of_writers(strokes: Strokes, kept_apart: bool) -> Strokes:
    apart = strokes.writers % EVERY == EVERY - 1
    return strokes.take(np.flatnonzero(apart == kept_apart))


def _are_digits(digits: Strokes) -> NDArray[np.bool_]:
    """Return which are neither too wide nor too narrow for what they are said to be.

    Too wide are several digits, other strokes, a 1 that may be a 7; too narrow is one stroke of
    any digit but 1.
    """
    starts = digits.strokes[digits.characters[:-1]]
    high = np.maximum.reduceat(digits.points, starts).astype(np.float64)
    width, height = (high - np.minimum.reduceat(digits.points, starts)).T
    is_one = digits.texts == "1"
    fits = width <= np.where(is_one, 0.7, WIDEST) * height
    slimness = np.array([_slimness(own) for own in np.split(digits.points, starts[1:])])
    return np.asarray(fits & (is_one | (slimness > NARROWEST)), np.bool_)


def _slimness(points: NDArray[np.int16]) -> float:
    """Return the width of the narrowest rectangle around points, in its lengths."""
    _, sides, _ = cv2.minAreaRect(points.astype(np.float32))
    return min(sides) / max(sides)


def _tall_enough(pictures: Dataset) -> NDArray[np.bool_]:
    """Return which pictures show no digit that is flat as a dash."""
    ink = pictures.images[:, 0] > 127
    width, height = (ink.any(axis=axis).sum(axis=1) for axis in (1, 2))
    return np.asarray(width <= WIDEST * height, np.bool_)


def _places(keys: Iterable[Key]) -> dict[Key, NDArray[np.int64]]:
    """Return where each key is."""
    places: defaultdict[Key, list[int]] = defaultdict(list)
    for place, key in enumerate(keys):
        places[key].append(place)
    return {key: np.array(found) for key, found in places.items()}
