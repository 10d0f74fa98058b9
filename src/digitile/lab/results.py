"""The results of one experiment, as they are kept: JSON, format 1.

::

    {"format": 1, "experiment": "ma2018/fig7", "quick": false, "data": "mnist",
     "provenance": {"version", "machine", "cores", "python", "numpy", "engine", "seconds", "date"},
     "arms": [{"name", "parameters", "batch_size", "per_epoch", "settings": {…},
               "runs": [{"seed", "digest", "seconds", "stopped", "values": {name: number},
                         "curves": {name: {"x": […], "y": […]}}}],
               "failures": [{"seed", "message"}]}],
     "skipped": null or {"en", "zh"},
     "claims": [{"id", "claimed", "measured", "verdict", "reason": {"en", "zh"}}]}

x of a training's curves is the iteration, from 1. Numbers have 5 significant digits.
"""

import json
import math
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar, get_args

from digitile.errors import DataError
from digitile.files import write_atomically
from digitile.lab.experiment import Text, Verdict

T = TypeVar("T")

FORMAT = 1
MAX_BYTES = 1 << 24
MAX_ITEMS = 10_000
POINTS = 100
"""A kept curve has at most about this many points."""


@dataclass(frozen=True)
class Curve:
    """Points of a curve, x rising."""

    x: list[float]
    y: list[float]


@dataclass(frozen=True)
class Run:
    """One run.

    Attributes
    ----------
    seed : int
    digest : str
        Of everything that determines the run.
    seconds : float
    stopped : str
        Why it ended.
    values : dict of str to float
        Numbers; see `digitile.lab.numbers`.
    curves : dict of str to Curve
        Of what the experiment's figure and numbers show: ``smoothed`` (by iteration),
        ``epoch_loss``, ``train_error``, ``validation_error``; ``gradient/LAYER``,
        ``saturated/LAYER``, ``dead/LAYER`` where watched; ``f`` and ``df`` of a function.
    """

    seed: int
    digest: str
    seconds: float
    stopped: str
    values: dict[str, float]
    curves: dict[str, Curve]


@dataclass(frozen=True)
class Failure:
    """A run that could not be done."""

    seed: int
    message: str


@dataclass(frozen=True)
class ArmResult:
    """All runs of one arm.

    Attributes
    ----------
    name : str
    parameters : int
        Of the network; 0 where there is none.
    batch_size, per_epoch : int
        Pictures in an iteration, iterations in an epoch; 0 where there are none.
    settings : dict
        All settings.
    runs : list of Run
    failures : list of Failure
    """

    name: str
    parameters: int
    batch_size: int
    per_epoch: int
    settings: dict[str, Any]
    runs: list[Run]
    failures: list[Failure] = field(default_factory=list)


@dataclass(frozen=True)
class ClaimResult:
    """What became of a claim.

    Attributes
    ----------
    id : str
        Of the `Claim`.
    claimed, measured : str
    verdict : str
        holds, trend, fails or undecided.
    reason : Text
    """

    id: str
    claimed: str
    measured: str
    verdict: Verdict
    reason: Text


@dataclass(frozen=True)
class Provenance:
    """How the results came about.

    Attributes
    ----------
    version : str
        Of digitile.
    machine : str
        The processor's name.
    cores : int
    python, numpy, engine : str
    seconds : float
        Of all runs together, as if one after another.
    date : str
        ISO 8601.
    """

    version: str
    machine: str
    cores: int
    python: str
    numpy: str
    engine: str
    seconds: float
    date: str


@dataclass(frozen=True)
class Results:
    """Everything one experiment has shown.

    Attributes
    ----------
    experiment : str
    quick : bool
        Whether this was the smoke version, which decides nothing.
    data : str
        What it was made on: ``mnist``, ``mnist, cifar10``; empty where no pictures are needed.
    provenance : Provenance
    arms : list of ArmResult
    claims : list of ClaimResult
    skipped : Text or None
        Why some arms have no runs.
    """

    experiment: str
    quick: bool
    data: str
    provenance: Provenance
    arms: list[ArmResult]
    claims: list[ClaimResult]
    skipped: Text | None = None

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


def write_results(results: Results, folder: Path) -> Path:
    """Write one experiment's results to `folder`, atomically, and return where.

    Raises
    ------
    UsageError
        Where the file cannot be written.
    """
    path = folder / file_name(results.experiment)
    value = _rounded({"format": FORMAT, **asdict(results)})
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


def read_results(path: Path) -> Results:
    """Read one experiment's results.

    Raises
    ------
    DataError
        Where the file is missing, broken or of another format.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DataError(f"{path} has more than {MAX_BYTES:,} bytes: these are no results.")
        value = json.loads(path.read_bytes(), parse_constant=_no_constant)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}.") from None
    except (ValueError, RecursionError):
        raise DataError(f"{path} is no JSON file. Write it anew: digitile reproduce.") from None
    try:
        return results_of(value)
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"{path} holds no results of format {FORMAT} ({type(error).__name__}: {error}). "
            "Write it anew: digitile reproduce."
        ) from None


def results_of(value: Any) -> Results:
    """Return results from JSON values; `KeyError`, `TypeError` or `ValueError` where they are none.

    Parameters
    ----------
    value : JSON value
    """
    if value["format"] != FORMAT:
        raise ValueError(f"format is {value['format']!r}")
    provenance = value["provenance"]
    return Results(
        experiment=_of(str, value["experiment"]),
        quick=_of(bool, value["quick"]),
        data=_of(str, value["data"]),
        provenance=Provenance(
            **{key: _of(str, provenance[key]) for key in ("version", "machine", "python")},
            **{key: _of(str, provenance[key]) for key in ("numpy", "engine", "date")},
            cores=_of(int, provenance["cores"]),
            seconds=_number(provenance["seconds"]),
        ),
        arms=[_arm(arm) for arm in _list(value["arms"])],
        claims=[_claim(claim) for claim in _list(value["claims"])],
        skipped=None if value.get("skipped") is None else _text(value["skipped"]),
    )


def run_of(value: Any) -> Run:
    """Return one run from JSON values; raises as `results_of`."""
    return Run(
        seed=_of(int, value["seed"]),
        digest=_of(str, value["digest"]),
        seconds=_number(value["seconds"]),
        stopped=_of(str, value["stopped"]),
        values={_of(str, name): _number(x) for name, x in _of(dict, value["values"]).items()},
        curves={_of(str, name): _curve(c) for name, c in _of(dict, value["curves"]).items()},
    )


def _arm(value: Any) -> ArmResult:
    return ArmResult(
        name=_of(str, value["name"]),
        parameters=_of(int, value["parameters"]),
        batch_size=_of(int, value["batch_size"]),
        per_epoch=_of(int, value["per_epoch"]),
        settings=_of(dict, value["settings"]),
        runs=[run_of(run) for run in _list(value["runs"])],
        failures=[
            Failure(_of(int, failure["seed"]), _of(str, failure["message"]))
            for failure in _list(value["failures"])
        ],
    )


def _claim(value: Any) -> ClaimResult:
    verdict = value["verdict"]
    if verdict not in get_args(Verdict):
        raise ValueError(f"verdict is {verdict!r}")
    texts = {key: _of(str, value[key]) for key in ("id", "claimed", "measured")}
    return ClaimResult(**texts, verdict=verdict, reason=_text(value["reason"]))


def _curve(value: Any) -> Curve:
    x, y = ([_number(part) for part in _list(value[axis])] for axis in "xy")
    if len(x) != len(y):
        raise ValueError(f"a curve has {len(x)} x and {len(y)} y")
    return Curve(x, y)


def _text(value: Any) -> Text:
    return Text(_of(str, value["en"]), _of(str, value["zh"]))


def _list(value: Any) -> list[Any]:
    found: list[Any] = _of(list, value)
    if len(found) > MAX_ITEMS:
        raise ValueError(f"a list of {len(found):,}")
    return found


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{value!r} is no number")
    return float(value)


def _of(kind: type[T], value: Any) -> T:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueError(f"{value!r} is no {kind.__name__}")
    return value


def _no_constant(word: str) -> float:
    raise ValueError(word)
