"""The pictures of a training, before it begins: which of a data set.

How many steps that makes is said here too, for those who only plan a training.
"""

import math
from dataclasses import dataclass

from digitile.data.dataset import Dataset
from digitile.errors import SettingError
from digitile.nn.network import Network
from digitile.training.chance import Purpose, generator
from digitile.training.settings import Settings
from digitile.training.source import Pictures


@dataclass(frozen=True, eq=False)
class Parts:
    """The pictures of one training, from a data set: `digitile.training.source.Source`.

    Attributes
    ----------
    training : Dataset
        Those that steps are made of, the same in every epoch.
    held_out : Dataset
        Those that progress is watched by; there may be none.
    """

    training: Dataset
    held_out: Dataset

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

    Parameters
    ----------
    settings : Settings
    dataset : Dataset
        The training part of a data set.
    seed : int

    Raises
    ------
    SettingError
        Where settings and data do not fit, or no pictures are left to train on.
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
    if settings.validation >= len(chosen):
        raise SettingError(
            f"validation={settings.validation} leaves nothing of {len(chosen)} pictures to "
            "train on. Set validation lower."
        )
    order = generator(seed, Purpose.SPLIT).permutation(len(chosen))
    held_out, training = order[: settings.validation], order[settings.validation :]
    return Parts(chosen.take(training), chosen.take(held_out))


def subset(dataset: Dataset, count: int, seed: int) -> Dataset:
    """Return `count` pictures drawn at random, or all where `count` is 0.

    Raises
    ------
    SettingError
        Where the data set has fewer.
    """
    if count == 0:
        return dataset
    if count > len(dataset):
        raise SettingError(f"{count} pictures wanted, but {dataset.name} has {len(dataset)}.")
    return dataset.take(generator(seed, Purpose.SUBSET).permutation(len(dataset))[:count])


def pictures_trained_on(settings: Settings, given: int) -> int:
    """Return how many pictures `prepare_pictures` gives to train on, of so many in a data set."""
    return (settings.train_pictures or given) - settings.validation


def steps_per_epoch(settings: Settings, pictures: int) -> int:
    """Return the mini-batches of an epoch, the last of which may be smaller.

    Parameters
    ----------
    settings : Settings
    pictures : int
        Those trained on.
    """
    return math.ceil(pictures / settings.batch_size)


def steps_planned(settings: Settings, pictures: int) -> int:
    """Return the steps of a training, at most; parameters as `steps_per_epoch`."""
    planned = steps_per_epoch(settings, pictures) * settings.epochs
    return min(planned, settings.iterations or planned)
