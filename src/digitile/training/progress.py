"""How far a training is, and what its steps have shown."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Record:
    """What one iteration, validation or epoch has shown."""

    iteration: int  # steps taken, from 1
    epoch: int  # the epoch it belongs to, from 1
    loss: float  # mean loss of the batch, before the step
    smoothed: float  # rL ← c·rL + (1 − c)·L, from the first L
    lr: float  # the learning rate of the step
    accuracy: float  # share of the batch's answers that was right, before the step
    # share of the held-out pictures' answers that is right, after the step, when it was measured
    validation_accuracy: float | None = None
    epoch_loss: float | None = None  # mean loss of the epoch, at its last iteration

    def as_json(self) -> dict[str, Any]:
        """Return what is not None."""
        return {key: value for key, value in vars(self).items() if value is not None}


@dataclass
class TrainingProgress:
    """What changes while training, but for the optimiser's state: JSON values."""

    iteration: int = 0  # steps taken
    smoothed: float | None = None  # as in `Record`
    epoch_sum: float = 0.0  # sum of the pictures' losses in this epoch
    epoch_loss: float | None = None  # mean loss of the last whole epoch
    errors: list[float] = field(default_factory=list)  # all validation error rates
    stopped: str | None = None  # why training ended

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

    def why_stop(self, epoch_loss: float | None, bound: float, total: int) -> str | None:
        """Return why training ends here, or None.

        Parameters
        ----------
        epoch_loss : float or None
            Mean loss of an epoch that ends here.
        bound : float
            Below which that is low enough.
        total : int
            Iterations at most.
        """
        if epoch_loss is not None and epoch_loss < bound:
            return f"mean loss {epoch_loss:.6f} of the epoch is below {bound:g}"
        return f"all {total} iterations are done" if self.iteration == total else None
