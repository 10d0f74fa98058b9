"""The pictures of a training, before it begins: which of a data set.

How many steps that makes is said here too, for those who only plan a training.
"""

import logging
import math
from dataclasses import dataclass

from digitile.data.dataset import Dataset
from digitile.errors import SettingError
from digitile.nn.network import Network
from digitile.training.chance import Purpose, generator
from digitile.training.settings import Settings
from digitile.training.source import Pictures

HELD_OUT = 6
"""One of so many pictures is held out where settings would hold out more than half, and in a sweep
that says nothing: 10,000 of MNIST."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Parts:
    """The pictures of one training, from a data set: `digitile.training.source.Source`."""

    training: Dataset  # those that steps are made of, the same in every epoch
    held_out: Dataset  # those that progress is watched by; there may be none

    @property
    def classes(self) -> tuple[str, ...]:
        """What each class means."""
        return self.training.classes

    @property
    def validation(self) -> Pictures:
        """The pictures held out."""
        return Pictures(self.held_out.images, self.held_out.labels)

    def __len__(self) -> int:
        """Return how many pictures are trained on."""
        return len(self.training)

    def epoch(self, number: int) -> Pictures:
        """Return all pictures that are trained on."""
        return Pictures(self.training.images, self.training.labels)


def prepare_pictures(settings: Settings, dataset: Dataset, seed: int) -> Parts:
    """Choose pictures of a data set, and hold some of them out.

    Raises `SettingError` where settings and data do not fit.

    Parameters
    ----------
    dataset : Dataset
        The training part of a data set.
    """
    if settings.scenes:
        raise SettingError(
            f"scenes={settings.scenes} are drawn, but {dataset.name} is a data set. Train with "
            "--data scenes, or set scenes=0."
        )
    classes, outputs = len(dataset.classes), Network.parse(settings.network).classes
    if classes != outputs:
        raise SettingError(
            f"{dataset.name} has {classes} classes, but the network ends in {outputs} outputs. "
            "Set network=… with as many as classes."
        )
    chosen = subset(dataset, settings.train_pictures, seed)
    count = held_out_of(settings, len(chosen))
    if count < settings.validation:
        _log.info(
            "validation=%d is more than half of %d pictures: %d are held out",
            settings.validation,
            len(chosen),
            count,
        )
    order = generator(seed, Purpose.SPLIT).permutation(len(chosen))
    held_out, training = order[:count], order[count:]
    return Parts(chosen.take(training), chosen.take(held_out))


def subset(dataset: Dataset, count: int, seed: int) -> Dataset:
    """Return `count` pictures drawn at random, or all where `count` is 0.

    Raises `SettingError` where the data set has fewer.
    """
    if count == 0:
        return dataset
    if count > len(dataset):
        raise SettingError(
            f"{count} pictures wanted, but {dataset.name} has {len(dataset)}. Set train_pictures "
            "and test_pictures lower, or 0 for all."
        )
    return dataset.take(generator(seed, Purpose.SUBSET).permutation(len(dataset))[:count])


def pictures_trained_on(settings: Settings, given: int) -> int:
    """Return how many pictures `prepare_pictures` gives to train on, of so many in a data set."""
    chosen = settings.train_pictures or given
    return chosen - held_out_of(settings, chosen)


def held_out_of(settings: Settings, pictures: int) -> int:
    """Return how many of so many pictures `prepare_pictures` holds out.

    That is `validation`, unless it is made for larger data: the recipes' numbers are for MNIST.
    """
    return settings.validation if 2 * settings.validation <= pictures else pictures // HELD_OUT


def steps_per_epoch(settings: Settings, pictures: int) -> int:
    """Return the mini-batches of an epoch, the last of which may be smaller.

    Parameters
    ----------
    pictures : int
        Those trained on.
    """
    return math.ceil(pictures / settings.batch_size)


def steps_planned(settings: Settings, pictures: int) -> int:
    """Return the steps of a training, at most; parameters as `steps_per_epoch`."""
    planned = steps_per_epoch(settings, pictures) * settings.epochs
    return min(planned, settings.iterations or planned)
