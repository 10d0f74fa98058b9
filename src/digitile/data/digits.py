"""1,797 real handwritten digits of 8×8 pixels that come with scikit-learn: no download.

They are the test part of the "Optical Recognition of Handwritten Digits" set of the UCI archive:
32×32 bitmaps, counted in blocks of 4×4, so that a pixel is 0 (no ink) to 16.
"""

import numpy as np

from digitile.data.dataset import Dataset, Splits
from digitile.data.split import split_by_class
from digitile.extras import extra


def load_digits() -> Splits:
    """Return the digits, 1×8×8, scaled from 0 … 16 to 0 … 255; a fixed fifth is the test set."""
    with extra("train"):
        from sklearn import datasets

    values, labels = datasets.load_digits(return_X_y=True)
    images = np.rint(values.reshape(-1, 1, 8, 8) * (255 / 16)).astype(np.uint8)
    whole = Dataset("digits", images, labels.astype(np.int64), tuple("0123456789"))
    train, test = split_by_class(whole.labels)
    return Splits(whole.take(train), whole.take(test))
