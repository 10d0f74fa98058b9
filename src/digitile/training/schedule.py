"""The learning rate over training (wu2016 §2.8; sjtu2025 p. 24; Loshchilov and Hutter 2017)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from digitile.errors import NotationError
from digitile.nn.calls import call_text, parse_call

ARITY = {
    "constant": (0, 0),
    "linear": (1, 1),
    "step": (2, 100),
    "half-life": (1, 1),
    "plateau": (2, 2),
    "cosine": (0, 2),
}


@dataclass(frozen=True)
class Schedule:
    """How the learning rate changes from its first value.

    =======================  ======================================================================
    ``constant``             not at all
    ``linear(end)``          in a straight line to `end` at the last iteration
    ``step(f, e1, e2, …)``   times f after e1, e2, … epochs
    ``half-life(h)``         halved every h epochs, a little at every iteration
    ``plateau(d, n)``        divided by d when n validations in a row brought no lower error rate
    ``cosine(end, warmup)``  up from 0 in a straight line over the share `warmup` of all iterations,
                             then down to `end` along half a cosine; both are 0 if not given
    =======================  ======================================================================
    """

    kind: str
    numbers: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.kind == "cosine":
            _, warmup = (*self.numbers, 0.0, 0.0)[:2]
            if min(self.numbers, default=0) < 0 or warmup >= 1:
                raise NotationError(
                    f"schedule {self}: end must be at least 0, warmup at least 0 and below 1."
                )
        elif self.kind != "linear" and any(number <= 0 for number in self.numbers):
            raise NotationError(f"schedule {self}: the numbers must be above 0.")

    @classmethod
    def parse(cls, text: str) -> "Schedule":
        """Read the notation above, or raise `NotationError`."""
        kind, numbers = parse_call(text, ARITY, "schedule")
        return cls(kind, tuple(numbers))

    def __str__(self) -> str:
        """Return the text that `parse` reads."""
        return call_text(self.kind, list(self.numbers))

    def lr(
        self, first: float, iteration: int, per_epoch: int, total: int, errors: Sequence[float]
    ) -> float:
        """Return the learning rate of one iteration.

        Parameters
        ----------
        first : float
            The rate to begin with, or after the warmup.
        iteration, per_epoch, total : int
            The iteration, from 0; iterations in an epoch; iterations planned.
        errors : sequence of float
            The validation error rates so far.
        """
        epochs = iteration / per_epoch
        if self.kind == "linear":
            return first + (self.numbers[0] - first) * iteration / max(1, total - 1)
        if self.kind == "step":
            factor, *milestones = self.numbers
            passed = sum(epochs >= milestone for milestone in milestones)
            return first * float(factor**passed)
        if self.kind == "half-life":
            return first * float(0.5 ** (epochs / self.numbers[0]))
        if self.kind == "plateau":
            divisor, patience = self.numbers
            return first / float(divisor ** plateaus(errors, patience))
        if self.kind == "cosine":
            return cosine(first, iteration / max(1, total - 1), *self.numbers)
        return first


def cosine(first: float, done: float, end: float = 0.0, warmup: float = 0.0) -> float:
    """Return end + ½(first − end)(1 + cos πp) where the share p of what follows warmup is done.

    (Loshchilov and Hutter 2017 (5), without restarts.) Before, first·done/warmup.

    Parameters
    ----------
    first, end : float
        The highest rate and the last one.
    done : float
        The share of all iterations that is done, 0 to 1.
    warmup : float
        The share of them with a rising rate, from 0 to below 1.
    """
    if done < warmup:
        return first * done / warmup
    p = (done - warmup) / (1 - warmup)
    return end + 0.5 * (first - end) * (1 + math.cos(math.pi * p))


def plateaus(errors: Sequence[float], patience: float) -> int:
    """Return how often `patience` validations in a row did not beat the lowest error before."""
    best, waited, count = float("inf"), 0, 0
    for error in errors:
        if error < best:
            best, waited = error, 0
        else:
            waited += 1
        if waited >= patience:
            waited, count = 0, count + 1
    return count
