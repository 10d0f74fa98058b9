"""How a training ended."""

from dataclasses import dataclass

from digitile.model import Model
from digitile.training.metrics import Evaluation


@dataclass(frozen=True)
class Outcome:
    """How a training ended.

    Attributes
    ----------
    stopped : str
        Why.
    model : Model or None
        None where it was interrupted.
    test : Evaluation or None
        None also where scenes were drawn: ``about["test"]`` has what validation measured.
    """

    stopped: str
    model: Model | None = None
    test: Evaluation | None = None
