"""Pictures with labels, and the two parts of a data set."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from digitile.errors import DataError

MAX_BYTES = 1 << 31
"""Most bytes that the pictures of one part of a data set may fill in memory."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Pictures and what they show.

    Attributes
    ----------
    name : str
        What messages call it: ``mnist``, or the name of a folder.
    images : ndarray, uint8, N×C×H×W
        C is 1 (gray) or 3 (red, green, blue); 0 is black.
    labels : ndarray, int64, N
        Indices into `classes`.
    classes : tuple of str
        What each label means.

    Raises
    ------
    DataError
        Where these do not fit together.
    """

    name: str
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        images, labels = self.images, self.labels
        if images.dtype != np.uint8 or images.ndim != 4 or 0 in images.shape[1:]:
            raise DataError(
                f"{self.name}: pictures must be uint8, N×C×H×W, but are {images.dtype}, "
                f"{'×'.join(map(str, images.shape))}."
            )
        if labels.dtype != np.int64 or labels.shape != images.shape[:1]:
            raise DataError(
                f"{self.name}: {len(images)} pictures need {len(images)} int64 labels, but the "
                f"labels are {labels.dtype}, {'×'.join(map(str, labels.shape))}."
            )
        if len(labels) and not 0 <= labels.min() <= labels.max() < len(self.classes):
            raise DataError(
                f"{self.name}: labels must be 0 to {len(self.classes) - 1}, one for each class, "
                f"but go from {labels.min()} to {labels.max()}."
            )

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.images)

    @property
    def shape(self) -> tuple[int, int, int]:
        """The shape of one picture, (C, H, W)."""
        _, channels, height, width = self.images.shape
        return channels, height, width

    def digest(self) -> str:
        """Return the SHA-256 of pictures and labels."""
        return hashlib.sha256(self.images.tobytes() + self.labels.tobytes()).hexdigest()

    def first(self, count: int) -> "Dataset":
        """Return the first pictures, or all where there are fewer."""
        return self.take(range(min(count, len(self))))

    def take(self, indices: NDArray[np.integer[Any]] | Sequence[int]) -> "Dataset":
        """Return the pictures at `indices`, in that order, as a copy.

        Raises
        ------
        IndexError
            For an index outside the data set.
        """
        chosen = np.asarray(indices, np.int64)
        return replace(self, images=self.images[chosen], labels=self.labels[chosen])


@dataclass(frozen=True)
class Splits:
    """The pictures to train on, and those to test with.

    Raises
    ------
    DataError
        Where the two differ in classes or in the size of their pictures.
    """

    train: Dataset
    test: Dataset

    def __post_init__(self) -> None:
        for what in ("shape", "classes"):
            one, other = getattr(self.train, what), getattr(self.test, what)
            if one != other:
                raise DataError(
                    f"{self.train.name}: the training part has {what} {one}, but the test part "
                    f"{other}. Use two parts of one data set."
                )

    def part(self, name: Literal["train", "test", "all"]) -> Dataset:
        """Return one of the two, or both together."""
        if name == "all":
            return join(self.train, self.test)
        return self.train if name == "train" else self.test


def join(first: Dataset, second: Dataset) -> Dataset:
    """Return the pictures of both, named as the first.

    Raises
    ------
    DataError
        Where the two differ in classes or in the size of their pictures.
    """
    Splits(first, second)  # raises where they do not fit
    images = np.concatenate([first.images, second.images])
    return replace(first, images=images, labels=np.concatenate([first.labels, second.labels]))


def check_size(name: str, count: int, shape: tuple[int, ...]) -> None:
    """Refuse, before anything is allocated, pictures that would fill too much memory.

    Parameters
    ----------
    name : str
        What the message calls them.
    count : int
        Number of pictures.
    shape : (C, H, W)
        Of each.

    Raises
    ------
    DataError
        Above `MAX_BYTES`.
    """
    size = count * math.prod(shape)
    if size > MAX_BYTES:
        raise DataError(
            f"{name}: {count} pictures of {'×'.join(map(str, shape))} would fill {size:,} bytes; "
            f"at most {MAX_BYTES:,} are allowed. Use fewer or smaller pictures."
        )
