"""A callback that remembers how far a training is."""

from digitile.training.callbacks import Callback
from digitile.training.progress import Record


class Seen(Callback):
    iteration = 0

    def on_step(self, record: Record) -> None:
        self.iteration = record.iteration
