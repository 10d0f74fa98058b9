"""Experiments, from their names to their results."""

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from digitile.data import Progress, default_folder, is_there
from digitile.errors import SettingError
from digitile.extras import require
from digitile.nn.network import Network
from digitile.papers import functions
from digitile.papers.experiment import Arm, Experiment, Function, Text, TrainingWork
from digitile.papers.results import ArmResult, Failure, Provenance, Results, Run, write_results
from digitile.papers.runs import Display, Outcome, RunJob, run_all, runs_folder
from digitile.papers.task import (
    QUICK_DATA,
    RunData,
    Task,
    data_of,
    load_source,
    settings_of,
    tasks_of,
)
from digitile.papers.verdict import judge
from digitile.parallel.pool import Pool
from digitile.training.prepare import pictures_trained_on, steps_per_epoch

QUICK_SEEDS = 2

NEEDS_CIFAR10 = Text("Skipped: needs CIFAR-10.", "已跳过：需要 CIFAR-10。")


@dataclass(frozen=True)
class Options:
    """How experiments are run."""

    out: Path  # folder of the results; single runs are kept in its sub-folder ``runs``
    data_folder: Path | None = None  # where data sets are kept
    engine: str = "tile"
    seeds: int = 0  # repetitions of each arm; 0 for as many as the experiment says
    quick: bool = False  # the smoke test: a few iterations on the built-in digits; decides nothing
    cifar10: bool = True  # whether to do what needs CIFAR-10, which takes hours


def choose(known: Sequence[Experiment], names: Sequence[str]) -> list[Experiment]:
    """Return experiments by name, or all of a paper; all that are known for no name.

    Raises `SettingError` for an unknown name, with the nearest known one.
    """
    chosen = []
    for name in names:
        found = [experiment for experiment in known if name in (experiment.name, experiment.paper)]
        if not found:
            words = [experiment.name for experiment in known]
            words += sorted({experiment.paper for experiment in known} - set(words))
            near = difflib.get_close_matches(name, words, n=1, cutoff=0.4)
            hint = f"Did you mean {near[0]}? " if near else ""
            raise SettingError(f"unknown experiment {name!r}. {hint}See digitile reproduce --list.")
        chosen += [experiment for experiment in found if experiment not in chosen]
    return chosen if names else list(known)


def sources(
    experiments: Sequence[Experiment], options: Options, progress: Progress
) -> dict[str, RunData]:
    """Load what the experiments need, by the names that papers use; what is left out is missing.

    In the smoke test the built-in digits stand for MNIST, and nothing stands for CIFAR-10: it is
    left out where it is not on disk.
    """
    needed = {data_of(arm) for experiment in experiments for arm in experiment.arms} - {""}
    found = {}
    for paper_name in sorted(needed):
        name = QUICK_DATA if options.quick and paper_name == "mnist" else paper_name
        if name == "cifar10":
            folder = options.data_folder or default_folder()
            if not options.cifar10 or (options.quick and not is_there(name, folder)):
                continue
        found[paper_name] = load_source(name, options.data_folder, None, progress)
    return found


def tasks_by_arm(
    experiment: Experiment, available: dict[str, RunData], options: Options
) -> dict[str, list[Task]]:
    """Return the runs of each arm; none for what needs no pictures or lacks them."""
    tasks = {}
    for arm in experiment.arms:
        source = available.get(data_of(arm))
        seeds = options.seeds or (QUICK_SEEDS if options.quick else arm.seeds or experiment.seeds)
        if arm.seeds:
            seeds = min(seeds, arm.seeds)
        tasks[arm.name] = (
            tasks_of(arm, range(seeds), source, options.engine, options.quick) if source else []
        )
    return tasks


def reproduce(
    experiments: Sequence[Experiment],
    available: dict[str, RunData],
    options: Options,
    pool: Pool[RunJob, Outcome],
    display: Callable[[list[Task]], Display],
    should_stop: Callable[[], bool],
) -> list[Results]:
    """Run experiments, and write the results of each.

    Raises `UsageError` where the folder cannot be made, or a library is missing.

    Parameters
    ----------
    available : dict
        From `sources`.
    pool : Pool
        What does the runs.
    display : callable
        Makes the display, of all runs.
    should_stop : callable
        Asked several times a second.

    Returns
    -------
    list of Results
        Of the experiments whose runs are all over.
    """
    require("train", "scipy", "sklearn")
    runs = runs_folder(options.out)
    plans = {
        experiment.name: tasks_by_arm(experiment, available, options) for experiment in experiments
    }
    tasks = {task.digest: task for plan in plans.values() for own in plan.values() for task in own}
    shown = display(list(tasks.values()))
    outcomes = run_all(tasks.values(), runs, options.data_folder, pool, shown, should_stop)
    done = []
    for experiment in experiments:
        plan = plans[experiment.name]
        if all(task.digest in outcomes for own in plan.values() for task in own):
            results = collect(experiment, plan, outcomes, available, options)
            write_results(results, options.out)
            done.append(results)
    return done


def collect(
    experiment: Experiment,
    plan: dict[str, list[Task]],
    outcomes: dict[str, Run | Failure],
    available: dict[str, RunData],
    options: Options,
) -> Results:
    """Return an experiment's results from its runs' outcomes."""
    arms = []
    for arm in experiment.arms:
        own = [outcomes[task.digest] for task in plan[arm.name]]
        if isinstance(arm.work, Function):
            own = [functions.draw(arm.work)]
        arms.append(_arm(experiment, arm, own, available, options))
    lacking = {data_of(arm) for arm in experiment.arms} - available.keys() - {""}
    skipped = NEEDS_CIFAR10 if lacking else None
    used = sorted({data_of(arm) for arm in experiment.arms} & available.keys())
    seconds = sum(run.seconds for arm in arms for run in arm.runs)
    return Results(
        experiment=experiment.name,
        quick=options.quick,
        data=", ".join(available[name].name for name in used),
        provenance=Provenance.of(options.engine, seconds),
        arms=arms,
        claims=judge(experiment, arms, options.quick, skipped),
        skipped=skipped,
    )


def _arm(
    experiment: Experiment,
    arm: Arm,
    outcomes: list[Run | Failure],
    available: dict[str, RunData],
    options: Options,
) -> ArmResult:
    wanted = _curves(experiment)
    runs = [
        replace(run, curves={name: curve for name, curve in run.curves.items() if wanted(name)})
        for run in outcomes
        if isinstance(run, Run)
    ]
    failures = [failure for failure in outcomes if isinstance(failure, Failure)]
    if not isinstance(arm.work, TrainingWork):
        return ArmResult(arm.name, 0, 0, 0, msgspec.structs.asdict(arm.work), runs, failures)
    settings = settings_of(arm.work, options.quick)
    source = available.get(data_of(arm))
    pictures = pictures_trained_on(settings, len(source.splits.train)) if source else 0
    return ArmResult(
        name=arm.name,
        parameters=Network.parse(settings.network).arena.size,
        batch_size=settings.batch_size,
        per_epoch=steps_per_epoch(settings, pictures),
        settings=settings.as_json(),
        runs=runs,
        failures=failures,
    )


def _curves(experiment: Experiment) -> Callable[[str], bool]:
    """Return which curves of the runs the results keep: those that are drawn or asked for."""
    kinds = {"curves": set(experiment.figure.measure), "functions": {"f", "df"}}
    names = kinds.get(experiment.figure.kind, set())
    asked = [*experiment.numbers]
    asked += [getattr(claim.check, "number", "") for claim in experiment.claims]
    names = names | {name.partition("@")[0] for name in asked if "@" in name}
    layers = experiment.figure.kind == "layers"
    return lambda name: name in names or (layers and "/" in name)
