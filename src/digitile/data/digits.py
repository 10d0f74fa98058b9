"""1,797 real handwritten digits of 8×8 pixels that come with scikit-learn: no download.

They are the test part of the "Optical Recognition of Handwritten Digits" set of the UCI archive:
32×32 bitmaps, counted in blocks of 4×4, so that a pixel is 0 (no ink) to 16.
"""

import cv2
import numpy as np

from digitile.data.dataset import Dataset, Splits
from digitile.data.pen import as_ink, box_of
from digitile.data.split import split_by_class
from digitile.normalise import SIDE, normalise

BLOCK = 4
"""Pixels of the bitmaps to each of the digits', along both sides."""


def load_digits() -> Splits:
    """Return the digits, 1×8×8, scaled from 0 … 16 to 0 … 255; a fixed fifth is the test set."""
    from sklearn import datasets

    values, labels = datasets.load_digits(return_X_y=True)
    images = np.rint(values.reshape(-1, 1, 8, 8) * (255 / 16)).astype(np.uint8)
    whole = Dataset("digits", images, labels.astype(np.int64), tuple("0123456789"))
    train, test = split_by_class(whole.labels)
    return Splits(whole.take(train), whole.take(test))


def load_normalised_digits() -> Splits:
    """Return the digits as MNIST would hold them, 1×28×28: for networks trained on such."""
    splits = load_digits()
    return Splits(_normalised(splits.train), _normalised(splits.test))


def _normalised(digits: Dataset) -> Dataset:
    images = np.zeros((len(digits), 1, SIDE, SIDE), np.uint8)
    for (digit,), (image,) in zip(digits.images, images, strict=True):
        size = (BLOCK * digit.shape[1], BLOCK * digit.shape[0])
        ink = as_ink(cv2.resize(digit, size, interpolation=cv2.INTER_CUBIC).astype(np.uint8))
        box = box_of(ink)
        if box is not None:
            image[:] = normalise(ink[box])
    return Dataset(digits.name, images, digits.labels, digits.classes)
