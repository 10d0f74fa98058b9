"""Classifiers of scikit-learn beside our networks (li2017, Table 1)."""

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.data.dataset import Splits
from digitile.papers.experiment import Classifier
from digitile.training.prepare import subset


def error_rate(work: Classifier, splits: Splits, seed: int) -> float:
    """Train a classifier, and return its share of wrong answers on the test pictures.

    Parameters
    ----------
    splits : Splits
        Of pictures with one channel.
    seed : int
        Which pictures are drawn: the same as a training of this seed draws.
    """
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.svm import SVC

    train = subset(splits.train, work.train_pictures, seed)
    test = subset(splits.test, work.test_pictures, seed)
    if work.method == "svm":
        model = SVC(C=work.c, gamma="scale", cache_size=1000)
    else:
        model = KNeighborsClassifier(work.neighbours, algorithm="brute")
    model.fit(_vectors(train.images, work.deskew), train.labels)
    answers = model.predict(_vectors(test.images, work.deskew))
    return float(np.mean(answers != test.labels))


def _vectors(images: NDArray[np.uint8], upright: bool) -> NDArray[np.float32]:
    """Return pictures, N×1×H×W, as vectors of 0 to 1, N×HW."""
    pictures = np.stack([deskew(image[0]) for image in images]) if upright else images
    return pictures.reshape(len(images), -1).astype(np.float32) / np.float32(255)


def deskew(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Put a slanted digit upright: shear it until x and y no longer vary together.

    Parameters
    ----------
    image : ndarray, uint8, H×W
        Ink is bright.

    Returns
    -------
    ndarray, uint8, H×W
        Each row moved sideways by (y − ȳ)·μ₁₁/μ₀₂, so that the ink's centre stays where it is; a
        picture without extent in y as it was.
    """
    m = cv2.moments(image)
    if m["mu02"] <= 1e-6 * m["m00"]:
        return image
    shear = m["mu11"] / m["mu02"]
    centre = m["m01"] / m["m00"]
    back = np.array([[1, shear, -shear * centre], [0, 1, 0]], np.float32)
    size = (image.shape[1], image.shape[0])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(image, back, size, flags=flags), np.uint8)
