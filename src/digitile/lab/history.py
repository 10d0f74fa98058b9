"""What trainings have noted, read from the histories that lie beside their models."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitile.errors import DataError

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
MAX_LINE = 10_000
MAX_LINES = 20_000_000


@dataclass(frozen=True, eq=False)
class Curve:
    """One metric of one training.

    Attributes
    ----------
    name : str
        The history's name without its ending.
    x : ndarray of int, points
        Iterations, increasing.
    y : ndarray, points
    """

    name: str
    x: NDArray[np.int64]
    y: NDArray[np.float64]


def read_curve(path: Path, metric: str) -> Curve:
    """Read one metric out of a history, ``NAME.history.jsonl``.

    A last line without its end is one still being written, and left out.

    Parameters
    ----------
    path : Path
    metric : str
        A key of `METRICS`.

    Raises
    ------
    DataError
        Where the file cannot be read, a line is no record (saying which), or no record holds the
        metric.
    """
    key = _KEYS.get(metric, metric)
    x, y, last = [], [], 0
    try:
        with path.open("rb") as file:
            for number in range(1, MAX_LINES + 1):
                line = file.readline(MAX_LINE)
                if not line.endswith(b"\n") and len(line) < MAX_LINE:
                    break
                last, value = _read_record(line, key, last, f"{path}, line {number}")
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
    return Curve(path.name.removesuffix(SUFFIX), np.array(x), np.array(y))


def _read_record(line: bytes, key: str, last: int, where: str) -> tuple[int, float | None]:
    """Return a record's iteration, above `last`, and its value of `key` where it has one."""
    try:
        record = json.loads(line)
        iteration, value = record["iteration"], record.get(key)
        if type(iteration) is not int or not last < iteration < 2**63:
            raise ValueError
        if value is not None and (type(value) not in (int, float) or not np.isfinite(value)):
            raise ValueError
        return iteration, None if value is None else float(value)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        start = line[:60].decode("utf-8", "replace").rstrip()
        raise DataError(
            f"{where} is no record of a training: {start!r}. Expected one JSON object with an "
            f"increasing iteration and finite numbers. Give a {SUFFIX} file of digitile train."
        ) from None
