"""What trainings have noted, read from the histories that lie beside their models."""

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitile.errors import DataError
from digitile.training.progress import Record
from digitile.typed_json import decode

METRICS = {
    "loss": "loss of the batch",
    "smoothed": "loss, smoothed",
    "accuracy": "share of the batch right",
    "validation": "share of the held-out pictures right",
    "epoch-loss": "mean loss of the epoch",
    "lr": "learning rate",
}
"""What can be drawn, and what its axis says."""

_KEYS = {"validation": "validation_accuracy", "epoch-loss": "epoch_loss"}
SUFFIX = ".history.jsonl"
WATCHED = ".watch.jsonl"
MAX_LINE = 10_000
MAX_LINES = 20_000_000


@dataclass(frozen=True, eq=False)
class MetricCurve:
    """One metric of one training."""

    name: str  # the history's name without its ending
    x: NDArray[np.int64]  # points: iterations, increasing
    y: NDArray[np.float64]  # points


def read_curve(path: str | PathLike[str], metric: str) -> MetricCurve:
    """Read one metric out of a history, ``NAME.history.jsonl``.

    A last line without its end is one still being written, and left out.

    Raises `DataError` where the file is another one or cannot be read, a line is no `Record`
    (saying which), or no record holds the metric.

    Parameters
    ----------
    metric : str
        A key of `METRICS`.
    """
    path = Path(path)
    if path.name.endswith(WATCHED):
        raise DataError(
            f"{path} says what digitile train --watch saw in each layer, which has none of these "
            f"curves. Give {path.name.removesuffix(WATCHED)}{SUFFIX}, which lies beside it."
        )
    key = _KEYS.get(metric, metric)
    x, y, last = [], [], 0
    try:
        with path.open("rb") as file:
            for number in range(1, MAX_LINES + 1):
                line = file.readline(MAX_LINE)
                if not line.endswith(b"\n") and len(line) < MAX_LINE:
                    break
                record = _read_record(line, last, f"{path}, line {number}")
                last, value = record.iteration, getattr(record, key)
                if value is not None:
                    x.append(last)
                    y.append(value)
    except OSError as error:
        raise DataError(
            f"cannot read {path}: {error.strerror}. Give a {SUFFIX} file, as digitile train "
            "writes it beside the model."
        ) from error
    if not x:
        raise DataError(
            f"{path}: none of its records holds {metric!r}. Choose another metric, or train with "
            "it switched on."
        )
    return MetricCurve(path.name.removesuffix(SUFFIX), np.array(x), np.array(y))


def _read_record(line: bytes, last: int, where: str) -> Record:
    """Return a line's record, of an iteration above `last`."""
    fix = f"Give a {SUFFIX} file of digitile train."
    record = decode(line, Record, error=DataError, where=where, fix=fix)
    if not last < record.iteration < 2**63:
        raise DataError(
            f"{where}: iteration {record.iteration} follows {last}, but iterations increase. {fix}"
        )
    return record
