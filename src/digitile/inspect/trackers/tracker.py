"""What all trackers have in common: which steps they show."""

import math

from digitile.training.callbacks import Callback
from digitile.training.loop import Trainer
from digitile.training.outcome import Outcome
from digitile.training.progress import Record

POINTS = 1000
"""About so many steps of a training are shown: TensorBoard draws no more points of a curve."""

SECONDS = 10
"""What a step has shown can be seen after so many seconds."""


class Tracker(Callback):
    """Shows some steps, and all after which something was measured; a subclass says how."""

    def on_start(self, trainer: Trainer) -> None:
        """Begin where the training is."""
        self._trainer = trainer
        self._interval = math.ceil(trainer.total / POINTS)

    def on_step(self, record: Record) -> None:
        """Show a step, if it is one of those."""
        values = record.as_json()
        iteration, _epoch = values.pop("iteration"), values.pop("epoch")
        measured = record.epoch_loss is not None or record.validation_accuracy is not None
        if measured or iteration % self._interval == 0:
            self.show(values, iteration)

    def on_end(self, outcome: Outcome | None) -> None:
        """Show what the test measured, unless training was interrupted."""
        if outcome is not None and outcome.model is not None:
            test = outcome.model.about["test"]
            values = {f"test_{name}": float(value) for name, value in test.items()}
            self.show(values, self._trainer.progress.iteration)

    def show(self, values: dict[str, float], iteration: int) -> None:
        """Show some values, by name, of the network after an iteration."""
        raise NotImplementedError
