"""How far a training is, and what its steps have shown."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Record:
    """What one iteration, validation or epoch has shown.

    Attributes
    ----------
    iteration : int
        Steps taken, from 1.
    epoch : int
        The epoch it belongs to, from 1.
    loss : float
        Mean loss of the batch, before the step.
    smoothed : float
        rL ← c·rL + (1 − c)·L, from the first L.
    lr : float
        The learning rate of the step.
    accuracy : float
        Share of the batch's answers that was right, before the step.
    validation_accuracy : float or None
        Share of the held-out pictures' answers that is right, after the step, when it was measured.
    validation_numbers : float or None
        Share of the held-out pictures' whole numbers that was read right, where that is measured.
    epoch_loss : float or None
        Mean loss of the epoch, at its last iteration.
    """

    iteration: int
    epoch: int
    loss: float
    smoothed: float
    lr: float
    accuracy: float
    validation_accuracy: float | None = None
    validation_numbers: float | None = None
    epoch_loss: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Return what is not None."""
        return {key: value for key, value in vars(self).items() if value is not None}


@dataclass
class Progress:
    """What changes while training, but for the optimiser's state: JSON values.

    Attributes
    ----------
    iteration : int
        Steps taken.
    smoothed : float or None
        As in `Record`.
    epoch_sum : float
        Sum of the pictures' losses in this epoch.
    epoch_loss : float or None
        Mean loss of the last whole epoch.
    errors : list of float
        All validation error rates.
    stopped : str or None
        Why training ended.
    """

    iteration: int = 0
    smoothed: float | None = None
    epoch_sum: float = 0.0
    epoch_loss: float | None = None
    errors: list[float] = field(default_factory=list)
    stopped: str | None = None

    def add(self, loss: float, pictures: int, smoothing: float) -> float:
        """Take a step into account: the mean loss of so many pictures. Return the smoothed loss."""
        self.iteration += 1
        before = loss if self.smoothed is None else self.smoothed
        self.smoothed = smoothing * before + (1 - smoothing) * loss
        self.epoch_sum += loss * pictures
        return self.smoothed

    def end_epoch(self, pictures: int) -> float:
        """Return the mean loss of an epoch of so many pictures, and begin the next."""
        self.epoch_loss, self.epoch_sum = self.epoch_sum / pictures, 0.0
        return self.epoch_loss
