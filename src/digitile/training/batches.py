"""Which pictures each step of a training takes, from its seed and the iteration alone."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from digitile.data.augment import Augment
from digitile.engines.engine import Batches
from digitile.nn.network import Network
from digitile.nn.preprocess import Preprocess
from digitile.training.augmented import AugmentedPictures
from digitile.training.chance import Purpose, generator
from digitile.training.prepare import steps_per_epoch
from digitile.training.settings import Settings
from digitile.training.source import Source


class MiniBatches:
    """The mini-batches of a training, one epoch after another."""

    def __init__(
        self,
        settings: Settings,
        source: Source,
        network: Network,
        preprocess: Preprocess,
        seed: int,
    ) -> None:
        self._source, self._network, self._preprocess = source, network, preprocess
        self._size, self._seed = settings.batch_size, seed
        self._augment = Augment.parse(settings.augment)
        self._per_epoch = steps_per_epoch(settings, len(source))

    def left(self, iteration: int) -> int:
        """Return how many mini-batches of its epoch are of the whole size, from an iteration on.

        At least 1: the last one of an epoch may be smaller.
        """
        return max(1, len(self._source) // self._size - iteration % self._per_epoch)

    def take(self, first: int, lr: list[float]) -> Batches:
        """Return the mini-batches from iteration `first` on, one for each rate, of one epoch."""
        epoch, place = divmod(first, self._per_epoch)
        images, target = self._source.epoch(epoch)
        order = _epoch_order(self._seed, epoch, len(self._source)) % len(images)
        order = order[place * self._size : (place + len(lr)) * self._size].reshape(len(lr), -1)
        augmented = None
        if self._augment != Augment():
            augmented = AugmentedPictures(self._augment, images, order, self._seed, first)
        noise = [
            self._network.draw(generator(self._seed, Purpose.NOISE, first + step), order.shape[1])
            for step in range(len(lr))
        ]
        return Batches(images, target, order, lr, noise, self._preprocess, augmented)


@lru_cache(maxsize=1)
def _epoch_order(seed: int, epoch: int, count: int) -> NDArray[np.int64]:
    """Return the order of `count` pictures in an epoch."""
    return generator(seed, Purpose.ORDER, epoch).permutation(count)
