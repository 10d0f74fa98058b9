"""The results of one experiment, as they are kept: `Results` as JSON.

x of a training's curves is the iteration, from 1. Numbers have 5 significant digits.
"""

import json
import math
import platform
import re
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

import numpy as np
from msgspec import Meta

from digitile import __version__
from digitile.errors import DataError
from digitile.files import write_atomically
from digitile.papers.experiment import Text, Verdict
from digitile.processors import processor_name, processors
from digitile.typed_json import decode

T = TypeVar("T")

FORMAT: Final = 1
MAX_BYTES = 1 << 24
POINTS = 100
"""A kept curve has at most about this many points."""

Items = Annotated[list[T], Meta(max_length=10_000)]
"""A list of a file, which may be hostile."""


@dataclass(frozen=True)
class Curve:
    """Points of a curve, x rising."""

    x: Items[float]
    y: Items[float]

    def __post_init__(self) -> None:
        """Raise `ValueError` where a point lacks its x or y."""
        if len(self.x) != len(self.y):
            raise ValueError(f"a curve has {len(self.x)} x and {len(self.y)} y")


@dataclass(frozen=True)
class Run:
    """One run."""

    seed: int
    digest: str  # of everything that determines the run
    seconds: float
    stopped: str  # why it ended
    values: dict[str, float]  # numbers; see `digitile.papers.numbers`
    # of what the experiment's figure and numbers show: ``smoothed`` (by iteration), ``epoch_loss``,
    # ``train_error``, ``validation_error``; ``gradient/LAYER``, ``saturated/LAYER``, ``dead/LAYER``
    # where watched; ``f`` and ``df`` of a function
    curves: dict[str, Curve]


@dataclass(frozen=True)
class Failure:
    """A run that could not be done."""

    seed: int
    message: str


@dataclass(frozen=True)
class ArmResult:
    """All runs of one arm."""

    name: str
    parameters: int  # of the network; 0 where there is none
    # pictures in an iteration, iterations in an epoch; 0 where there are none
    batch_size: int
    per_epoch: int
    settings: dict[str, Any]
    runs: Items[Run]
    failures: Items[Failure] = field(default_factory=list)


@dataclass(frozen=True)
class ClaimResult:
    """What became of a claim."""

    id: str  # of the `Claim`
    claimed: str
    measured: str
    verdict: Verdict  # holds, trend, fails or undecided
    reason: Text


@dataclass(frozen=True)
class Provenance:
    """How the results came about."""

    version: str  # of digitile
    machine: str  # the processor's name
    cores: int
    python: str
    numpy: str
    engine: str
    seconds: float  # of all runs together, as if one after another
    date: str  # ISO 8601

    @classmethod
    def of(cls, engine: str, seconds: float) -> "Provenance":
        """Return how results come about that are measured here and now."""
        return cls(
            version=__version__,
            machine=processor_name(),
            cores=processors(),
            python=platform.python_version(),
            numpy=np.__version__,
            engine=engine,
            seconds=seconds,
            date=datetime.now(UTC).isoformat(timespec="seconds"),
        )


@dataclass(frozen=True)
class Results:
    """Everything one experiment has shown."""

    format: Literal[1] = field(default=FORMAT, kw_only=True)  # first, so that a file begins with it
    experiment: str
    quick: bool  # whether this was the smoke test, which decides nothing
    # what it was made on: ``mnist``, ``mnist, cifar10``; empty where no pictures are needed
    data: str
    provenance: Provenance
    arms: Items[ArmResult]
    claims: Items[ClaimResult]
    skipped: Text | None = None  # why some arms have no runs

    def arm(self, name: str) -> ArmResult | None:
        """Return the arm called `name`, if it is there."""
        return next((arm for arm in self.arms if arm.name == name), None)


def file_name(experiment: str) -> str:
    """Return the file that an experiment's results are kept in: ``ma2018-fig7.json``."""
    return f"{experiment.replace('/', '-')}.json"


def thin(x: list[float], y: list[float]) -> Curve:
    """Return a curve of at most about `POINTS` points, the first and the last among them."""
    step = max(1, math.ceil(len(x) / POINTS))
    kept = sorted({*range(0, len(x), step), *([len(x) - 1] if x else [])})
    return Curve([x[i] for i in kept], [y[i] for i in kept])


def write_results(results: Results, folder: str | PathLike[str]) -> Path:
    """Write one experiment's results to `folder`, atomically, and return where.

    Raises `UsageError` where the file cannot be written.
    """
    folder = Path(folder)
    path = folder / file_name(results.experiment)
    value = _rounded(asdict(results))
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    # Lists of numbers on one line: small files, and differences that can be read.
    text = re.sub(r"\[\s+([-+\d.e,\s]+?)\s+\]", lambda m: f"[{''.join(m[1].split())}]", text)
    write_atomically(path, f"{text}\n".encode())
    return path


def _rounded(value: Any) -> Any:
    """Return JSON values with 5 significant digits in each number that is not whole."""
    if isinstance(value, float):
        short = float(f"{value:.5g}")
        return int(short) if short.is_integer() and abs(short) < 1e15 else short
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return value


def read_results(path: str | PathLike[str]) -> Results:
    """Read one experiment's results.

    Raises `DataError` where the file is missing, broken or of another format.
    """
    path = Path(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DataError(f"{path} has more than {MAX_BYTES:,} bytes: these are no results.")
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}.") from None
    fix = "Write it again: digitile reproduce."
    return decode(content, Results, error=DataError, where=str(path), fix=fix)
