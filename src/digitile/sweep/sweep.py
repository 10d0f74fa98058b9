"""A sweep: many settings of a recipe, each with several seeds, and the best of them.

The best is chosen by pictures that are held out of the training part. The runs are those of
`digitile.papers.runs`, which other sweeps and experiments in the same folder share; they are tested
too, but of the chosen setting only is that ever looked at.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digitile import recipes
from digitile.data import NAMES, Progress
from digitile.nn.network import Network
from digitile.papers.experiment import Arm, Text, TrainingWork
from digitile.papers.numbers import Statistic
from digitile.papers.results import Failure, Provenance, Run
from digitile.papers.runs import Display, Outcome, RunJob, run_all, runs_folder
from digitile.papers.task import RunData, Task, load_source, tasks_of
from digitile.parallel.pool import Pool
from digitile.sweep.grid import Choices, Overrides, Range, SettingGrid, read_grid
from digitile.training.prepare import HELD_OUT, held_out_of

if TYPE_CHECKING:
    from digitile.sweep.search import Tpe


@dataclass(frozen=True)
class Request:
    """What is asked for."""

    recipe: str
    assignments: tuple[str, ...]  # what varies, in the notation of `digitile.sweep.grid`
    data: str = ""  # a data set's name or folder; empty for the one that the recipe is trained on
    engine: str = "tile"
    tpe: "Tpe | None" = None  # None tries every combination

    @property
    def name(self) -> str:
        """What its files are called: the same request, the same name."""
        digest = hashlib.sha256(json.dumps(asdict(self)).encode()).hexdigest()
        return f"sweep-{self.recipe.replace('/', '-')}-{digest[:8]}"


@dataclass(frozen=True)
class Tried:
    """One setting that was tried."""

    overrides: Overrides
    validation: int  # pictures held out
    runs: list[Run]
    failures: list[Failure]

    @property
    def values(self) -> dict[str, str]:
        """The settings, by name."""
        return {name: text for name, _, text in (each.partition("=") for each in self.overrides)}

    @property
    def diverged(self) -> int:
        """How many trainings diverged."""
        return sum(bool(run.values.get("diverged")) for run in self.runs)

    @property
    def accuracy(self) -> Statistic | None:
        """Accuracy on held-out pictures, of the trainings that did not diverge."""
        return _accuracy(self.runs, "validation_error")

    @property
    def test(self) -> Statistic | None:
        """Accuracy on test pictures. To be asked of a setting that has been chosen."""
        return _accuracy(self.runs, "test_error")

    @property
    def score(self) -> float:
        """What settings are chosen by: the mean accuracy, a diverged training having none right."""
        if self.accuracy is None:
            return 0.0
        return sum(self.accuracy.values.values()) / len(self.runs)


@dataclass(frozen=True)
class Swept:
    """What a sweep has shown."""

    request: Request
    grid: SettingGrid
    data: str
    tried: list[Tried]
    # whether everything was tried that was asked for; else it was stopped, or a run failed
    whole: bool

    @property
    def chosen(self) -> Tried | None:
        """The setting with the best score, the first of equals; None before all is tried."""
        fit = [each for each in self.tried if each.accuracy is not None and not each.failures]
        return max(fit, key=lambda each: each.score) if self.whole and fit else None

    def as_json(self) -> dict[str, Any]:
        """Return all of it as JSON values."""
        chosen = self.chosen
        seconds = sum(run.seconds for each in self.tried for run in each.runs)
        return {
            "recipe": self.request.recipe,
            "data": self.data,
            "search": asdict(self.request.tpe) if self.request.tpe else None,
            "seeds": list(self.grid.seeds),
            "tried": [
                {
                    "set": each.values,
                    "validation": each.validation,
                    "validation_accuracy": _json(each.accuracy),
                    "diverged": each.diverged,
                    "failures": [asdict(failure) for failure in each.failures],
                }
                for each in self.tried
            ],
            "chosen": chosen
            and {
                "set": chosen.values,
                "validation_accuracy": _json(chosen.accuracy),
                "test_accuracy": _json(chosen.test),
            },
            "provenance": asdict(Provenance.of(self.request.engine, seconds)),
        }


def sweep(
    request: Request,
    out: str | PathLike[str],
    data_folder: str | PathLike[str] | None,
    pool: Pool[RunJob, Outcome],
    display: Callable[[Sequence[Task]], Display],
    should_stop: Callable[[], bool],
    progress: Progress,
) -> Swept:
    """Try settings, going on where an earlier sweep in the same folder was.

    Raises `SettingError` for a setting that is unknown or out of range, before anything is run;
    `UsageError` where the folder cannot be made; `DataError` where the data set is missing or
    broken.

    Parameters
    ----------
    out : path-like
        Folder of the results; single runs are kept in its sub-folder ``runs``.
    data_folder : path-like or None
        Where data sets are kept.
    pool : Pool
        What does the runs.
    display : callable
        Makes the display of runs; a search has some more from time to time.
    should_stop : callable
        Asked several times a second.
    progress : Progress
        Shows downloads.
    """
    found, _ = recipes.find(request.recipe)
    grid = read_grid(request.assignments)
    data = request.data or found.train_on
    kept = None if data_folder is None else Path(data_folder)
    planner = _Planner(request, grid.seeds, data, kept, progress)
    points = planner.distinct(grid.points() if request.tpe is None else _corners(grid))
    runs = runs_folder(Path(out))
    tried: list[Tried] = []

    def evaluate(points: Sequence[Overrides]) -> list[float] | None:
        plans = {point: planner.tasks(point) for point in points}
        tasks = {task.digest: task for plan in plans.values() for task in plan}
        shown = display(list(tasks.values()))
        outcomes = run_all(tasks.values(), runs, kept, pool, shown, should_stop)
        if not all(digest in outcomes for digest in tasks):
            return None
        new = [_tried(point, plans[point], outcomes) for point in points]
        tried.extend(new)
        # No setting is asked for because of what a failed run did not show.
        return None if any(each.failures for each in new) else [each.score for each in new]

    if request.tpe is None:
        evaluate(points)
        return Swept(request, grid, data, tried, bool(tried))
    from digitile.sweep.search import search

    search(request.tpe, grid.axes, evaluate)
    whole = len(tried) == request.tpe.trials
    return Swept(request, grid, data, tried, whole)


class _Planner:
    """Makes runs of settings."""

    def __init__(
        self,
        request: Request,
        seeds: tuple[int, ...],
        data: str,
        data_folder: Path | None,
        progress: Progress,
    ) -> None:
        self._request, self._seeds = request, seeds
        self._data, self._data_folder, self._progress = data, data_folder, progress
        self._sources: dict[tuple[int, ...], RunData] = {}

    def tasks(self, overrides: Overrides) -> list[Task]:
        """Return a run for each seed."""
        settings = recipes.find(self._request.recipe)[1].override(overrides)
        source = self._source(Network.parse(settings.network).input_shape)
        pictures = settings.train_pictures or len(source.splits.train)
        count = held_out_of(settings, pictures) or pictures // HELD_OUT
        if count != settings.validation:
            overrides = (*overrides, f"validation={count}")
        name = " ".join(overrides)
        arm = Arm(name, Text(name, name), TrainingWork(self._request.recipe, overrides))
        return tasks_of(arm, self._seeds, source, self._request.engine, quick=False)

    def distinct(self, points: Sequence[Overrides]) -> list[Overrides]:
        """Check settings, and leave out what is an earlier one, written in another way."""
        first: dict[str, Overrides] = {}
        for point in points:
            first.setdefault(self.tasks(point)[0].digest, point)
        return list(first.values())

    def _source(self, shape: tuple[int, ...]) -> RunData:
        key = () if self._data in NAMES else shape
        if key not in self._sources:
            self._sources[key] = load_source(self._data, self._data_folder, shape, self._progress)
        return self._sources[key]


def _corners(grid: SettingGrid) -> list[Overrides]:
    """Return settings that hold every value of the choices and both ends of the ranges."""
    columns = []
    for axis in grid.axes:
        if isinstance(axis, Range):
            ends = [int(axis.low), int(axis.high)] if axis.whole else [axis.low, axis.high]
            axis = Choices(axis.name, tuple(map(str, ends)))
        columns.append([f"{axis.name}={value}" for value in axis.values])
    longest = max(map(len, columns), default=1)
    return [tuple(column[min(i, len(column) - 1)] for column in columns) for i in range(longest)]


def _tried(point: Overrides, plan: list[Task], outcomes: dict[str, Run | Failure]) -> Tried:
    own = [outcomes[task.digest] for task in plan]
    settings = plan[0].settings
    assert settings is not None
    return Tried(
        overrides=point,
        validation=settings.validation,
        runs=[each for each in own if isinstance(each, Run)],
        failures=[each for each in own if isinstance(each, Failure)],
    )


def _accuracy(runs: list[Run], error: str) -> Statistic | None:
    values = {run.seed: round(1 - run.values[error], 10) for run in runs if error in run.values}
    return Statistic(values) if values else None


def _json(statistic: Statistic | None) -> dict[str, Any] | None:
    if statistic is None:
        return None
    return {
        "mean": statistic.mean,
        "std": statistic.std,
        "seeds": {str(seed): value for seed, value in statistic.values.items()},
    }
