"""What is called while a training goes on, and may end it."""

import math
from collections.abc import Sequence

from digitile.training.loop import Trainer
from digitile.training.outcome import Outcome
from digitile.training.progress import Record


class Callback:
    """Something that a training calls; a subclass overrides what it needs.

    `on_step` and `on_epoch` may return why training is to end: it ends as if all its iterations
    were done. The network is tested, and its model is written.

    An engine takes steps for about a tenth of a second before they are told of. So the trainer may
    be ahead of the record, and steps may follow the one that ends a training. Neither is so at the
    end of an epoch, and at the iterations that `every` divides: there, the same seed gives the same
    model.

    Attributes
    ----------
    every : int
        0 for none. Read once, after `on_start`.
    """

    every: int = 0

    def on_start(self, trainer: Trainer) -> None:
        """Begin, before the first step, or before the next one of a training that is resumed."""

    def on_step(self, record: Record) -> str | None:
        """Take note of a step."""

    def on_epoch(self, record: Record) -> str | None:
        """Take note of the end of an epoch, whose last step this is."""

    def on_end(self, outcome: Outcome | None) -> None:
        """End, when the model is written or training was interrupted; None stands for an error."""


class Callbacks(Callback):
    """Several, called in their order."""

    def __init__(self, callbacks: Sequence[Callback]) -> None:
        self._all = callbacks

    def on_start(self, trainer: Trainer) -> None:
        """Start all of them."""
        for each in self._all:
            each.on_start(trainer)
        self.every = math.gcd(*(each.every for each in self._all))

    def on_step(self, record: Record) -> str | None:
        """Tell all of them of a step, and of the epoch that ends with it."""
        reasons = [each.on_step(record) for each in self._all]
        if record.epoch_loss is not None:
            reasons += [each.on_epoch(record) for each in self._all]
        return next(filter(None, reasons), None)

    def on_end(self, outcome: Outcome | None) -> None:
        """End all of them."""
        for each in self._all:
            each.on_end(outcome)
