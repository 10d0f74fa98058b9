"""Data sets: pictures as uint8, N×C×H×W, with their labels.

Read in this order: `dataset` (what a data set is), the readers `idx` (MNIST), `cifar` (CIFAR-10),
`digits`, `folder` and `examples` (a few, to adapt to), then `split`, `fit` (pictures to a network's
input), `intake` (pictures of one digit to it), `download`, `sources` (all of them by name), and
`augment` (more training pictures from those there are). `strokes`, `unipen` (its files:
`unipen_format`) and `fonts` are what pages are drawn with.
"""

from digitile.data.augment import Augment, Drawn
from digitile.data.dataset import Dataset, Splits, join
from digitile.data.download import Progress, fetch, is_there
from digitile.data.fit import fit_picture, fit_to
from digitile.data.folder import load_folder
from digitile.data.sources import NAMES, default_folder, load_data

__all__ = [
    "NAMES",
    "Augment",
    "Dataset",
    "Drawn",
    "Progress",
    "Splits",
    "default_folder",
    "fetch",
    "fit_picture",
    "fit_to",
    "is_there",
    "join",
    "load_data",
    "load_folder",
]
