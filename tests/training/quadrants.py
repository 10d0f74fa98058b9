"""A small data set that a network can learn in a second: which quadrant is bright?"""

import numpy as np

from digitile.data.dataset import Dataset, Splits
from digitile.training.prepare import Parts, prepare_pictures
from digitile.training.settings import Settings

SETTINGS = Settings(
    network="1x8x8 - 3C3 - ReLU - SP2 - dropout(0.9) - 4N - softmax",
    epochs=4,
    batch_size=7,
    lr=0.1,
    schedule="plateau(2,1)",
    momentum=0.8,
    weight_decay=0.001,
    bias_lr=2.0,
    preprocess="standardize",
    augment="shift(1)",
    validation=20,
    validate_every=9,
)


def quadrants(count: int, seed: int) -> Dataset:
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 60, (count, 1, 8, 8), dtype=np.uint8)
    labels = rng.integers(0, 4, count)
    for image, label in zip(images, labels, strict=True):
        row, column = divmod(int(label), 2)
        image[0, 4 * row + 1 : 4 * row + 3, 4 * column + 1 : 4 * column + 3] += 150
    return Dataset("quadrants", images, labels, ("nw", "ne", "sw", "se"))


def parts(settings: Settings, seed: int = 0) -> Parts:
    return prepare_pictures(settings, splits().train, seed)


def splits() -> Splits:
    return Splits(quadrants(150, 1), quadrants(60, 2))
