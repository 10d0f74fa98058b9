"""A data set's digits as pictures of their own, for a reader of pages.

MNIST's pictures are shown as they are and changed; those of 8×8 pixels are too small as they are.
"""

from collections.abc import Callable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.data.dataset import Dataset
from digitile.errors import SettingError
from digitile.parallel.worker import ignore
from digitile.reader import Reader
from digitile.training.answers import Tally, read_answers, tally

Picture = NDArray[np.uint8]

INK = 51
"""Brighter pixels are ink: a fifth of white."""


def _enlarged(picture: Picture, times: int) -> Picture:
    height, width = picture.shape
    size = times * width, times * height
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC), np.uint8)


def _cut(picture: Picture) -> Picture:
    """Return the part with ink, all of a picture without any."""
    left, top, width, height = cv2.boundingRect((picture > INK).astype(np.uint8))
    return picture[top : top + height, left : left + width] if width else picture


VERSIONS: Mapping[str, Mapping[str, Callable[[Picture], Picture]]] = {
    "mnist": {
        "bare": lambda picture: picture,
        "three times as large": lambda picture: _enlarged(picture, 3),
        "negative": lambda picture: 255 - picture,
        "cut to the edge of the ink": _cut,
    },
    "digits": {"six times as large": lambda picture: _enlarged(picture, 6)},
}
"""Of each data set, what is made of its pictures, uint8 H×W, bright on black."""


def check_singles(name: str) -> None:
    """Raise `SettingError` for a data set whose pictures a model that sees pages cannot read."""
    if name not in VERSIONS:
        raise SettingError(
            f"a model that sees pages is not measured on {name!r}. Give --data scenes, "
            f"{', '.join(VERSIONS)}, or --photos with a folder of photos."
        )


def evaluate_singles(
    reader: Reader,
    dataset: Dataset,
    *,
    processes: int | None = None,
    on_progress: Callable[[float], None] = ignore,
) -> list[Tally]:
    """Have a reader read the digits of a data set, each as a page, and count its answers.

    Raises `SettingError` for another data set.

    Parameters
    ----------
    dataset : Dataset
        A part of a data set of `VERSIONS`.
    processes, on_progress
        As for `read_answers`.

    Returns
    -------
    list of Tally
        One for each version of the pictures.
    """
    check_singles(dataset.name)
    versions = VERSIONS[dataset.name]
    truths = [dataset.classes[label] for label in dataset.labels]
    pictures = [
        (name, change(image), truth)
        for name, change in versions.items()
        for image, truth in zip(dataset.images[:, 0], truths, strict=True)
    ]
    answers = read_answers(reader, pictures, processes=processes, on_progress=on_progress)
    return [tally(name, [one for one in answers if one.name == name]) for name in versions]
