"""The pictures of several steps, augmented when an engine asks for them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitile.data.augment import Augment
from digitile.training.chance import Purpose, generator


@dataclass(frozen=True, eq=False)
class AugmentedPictures:
    """`digitile.engines.engine.Augmented`: whoever asks, and how often, sees the same."""

    augment: Augment
    images: NDArray[np.uint8]  # N×C×H×W
    order: NDArray[np.int64]  # steps×batch: which pictures make each mini-batch
    # the training's seed, and the iteration of the first step
    seed: int
    first: int

    def pictures(self) -> NDArray[np.uint8]:
        """Return the augmented pictures one after the other, steps·batch×C×H×W."""
        batches = zip(self.order, self._draws(), strict=True)
        return np.concatenate([self.augment(self.images[chosen], rng) for chosen, rng in batches])

    def ways_back(self) -> NDArray[np.float32] | None:
        """Return where pixels come from, steps×batch×2×3; None where more happens to them."""
        if not self.augment.is_affine:
            return None
        (_, batch), (height, width) = self.order.shape, self.images.shape[2:]
        self.augment.check_size(height, width)
        drawn = [self.augment.draw(rng, batch, height, width) for rng in self._draws()]
        return np.stack([each.back(height, width) for each in drawn])

    def _draws(self) -> list[np.random.Generator]:
        iterations = range(self.first, self.first + len(self.order))
        return [generator(self.seed, Purpose.AUGMENT, iteration) for iteration in iterations]
