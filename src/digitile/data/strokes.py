"""What a pen wrote: the strokes of characters or words, with what each is and who wrote it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitile.errors import DataError

MAX_POINTS = 1 << 26
"""Most points that one `Strokes` may hold: 256 MiB of them."""

SIDE = 1000
"""The longer side of a character, as the points count."""

MAX_SIDE = 2 * SIDE
"""The longer side of a word; no point lies beyond it."""


@dataclass(frozen=True, eq=False)
class Strokes:
    """Characters, or words, that were written with a pen.

    Raises `DataError` where these do not fit together, or are more than `MAX_POINTS`.

    Attributes
    ----------
    name : str
        What messages call it: ``digits``.
    points : ndarray, int16, P×2
        x to the right, y down, from 0; a character's longer side is 1,000, a word's 2,000.
    strokes : ndarray, int64, S+1
        Where each stroke starts in `points`, and where the last one ends. None is empty.
    characters : ndarray, int64, N+1
        Where each character (or word) starts in `strokes`, and where the last one ends. Each has
        a stroke.
    texts : ndarray, str, N
        What each is: one sign, or a word.
    writers : ndarray, int64, N
        A number for each writer.
    """

    name: str
    points: NDArray[np.int16]
    strokes: NDArray[np.int64]
    characters: NDArray[np.int64]
    texts: NDArray[np.str_]
    writers: NDArray[np.int64]

    def __post_init__(self) -> None:
        points = self.points
        if points.dtype != np.int16 or points.ndim != 2 or points.shape[1] != 2:
            raise DataError(
                f"{self.name}: points must be int16, P×2, but are {_kind(points)}. {_AGAIN}"
            )
        if len(points) > MAX_POINTS:
            raise DataError(
                f"{self.name}: {len(points):,} points; at most {MAX_POINTS:,} are allowed. Use "
                "fewer characters."
            )
        if len(points) and not 0 <= points.min() <= points.max() <= MAX_SIDE:
            raise DataError(
                f"{self.name}: points must lie within 0 to {MAX_SIDE}, but go from "
                f"{points.min()} to {points.max()}. {_AGAIN}"
            )
        self._check_starts("strokes", self.strokes, len(points), "points")
        self._check_starts("characters", self.characters, len(self.strokes) - 1, "strokes")
        for what, array, kind in (("texts", self.texts, "U"), ("writers", self.writers, "i")):
            if array.dtype.kind != kind or array.shape != (len(self),):
                raise DataError(
                    f"{self.name}: {len(self)} characters need as many {what}, but these are "
                    f"{_kind(array)}. {_AGAIN}"
                )

    def _check_starts(self, what: str, starts: NDArray[Any], count: int, of: str) -> None:
        """Refuse starts that do not divide `count` things into parts of one or more."""
        if starts.dtype != np.int64 or starts.ndim != 1 or not len(starts):
            raise DataError(
                f"{self.name}: {what} must be int64 with one start or more, but are "
                f"{_kind(starts)}. {_AGAIN}"
            )
        if starts[0] != 0 or starts[-1] != count or (starts[1:] <= starts[:-1]).any():
            raise DataError(
                f"{self.name}: {what} must ascend from 0 to the number of {of}, {count}, but go "
                f"from {starts[0]} to {starts[-1]}, or not upwards. {_AGAIN}"
            )

    def __len__(self) -> int:
        """Return the number of characters, or words."""
        return len(self.characters) - 1

    def lines(self, index: int) -> list[NDArray[np.float32]]:
        """Return the strokes of a character.

        Raises `IndexError` where there is no such character.

        Returns
        -------
        list of ndarray, float32, N×2
            x and y from 0 to 1, of a word to 2.
        """
        if not 0 <= index < len(self):
            raise IndexError(f"{self.name} has {len(self)} characters, but not number {index}")
        first, last = self.characters[index : index + 2]
        starts = self.strokes[first : last + 1]
        points = self.points[starts[0] : starts[-1]] / np.float32(SIDE)
        return np.split(points, starts[1:-1] - starts[0])

    def take(self, indices: NDArray[np.integer[Any]] | Sequence[int]) -> "Strokes":
        """Return the characters at `indices`, in that order, as a copy.

        Raises `IndexError` for an index outside.
        """
        chosen = np.asarray(indices, np.int64)
        strokes, characters = _chosen(self.characters, chosen)
        points, starts = _chosen(self.strokes, strokes)
        return Strokes(
            self.name,
            self.points[points],
            starts,
            characters,
            self.texts[chosen],
            self.writers[chosen],
        )


_AGAIN = "Delete the file it was read from, and make it again."


def _chosen(
    starts: NDArray[np.int64], chosen: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the indices of the things in the chosen parts, and the parts' new starts."""
    lengths = np.diff(starts)[chosen]
    new = np.concatenate([[0], np.cumsum(lengths)])
    moved = np.repeat(starts[:-1][chosen] - new[:-1], lengths)
    return np.arange(new[-1]) + moved, new


def _kind(array: NDArray[Any]) -> str:
    return f"{array.dtype}, {'×'.join(map(str, array.shape))}"
