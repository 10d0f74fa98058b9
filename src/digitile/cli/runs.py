"""What the commands share that do many runs: where they are done, and how it is shown."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digitile.cli.console import FOLDER, INTERRUPTED

if TYPE_CHECKING:  # this takes time to import
    from digitile.papers.results import Failure, Run
    from digitile.papers.runs import Outcome, RunJob
    from digitile.papers.task import Task
    from digitile.parallel.pool import Pool

on_ray = click.option(
    "--ray",
    metavar="[ADDRESS]",
    is_flag=False,
    flag_value="auto",
    help="Run on a Ray cluster: HOST:PORT, auto (the one that this machine belongs to; also "
    "without ADDRESS), or local (start one here). Without --ray, runs are done by local processes.",
)


results_folder = click.option(
    "--out",
    type=FOLDER,
    default=Path("results"),
    show_default=True,
    help="Folder for the results; finished runs are kept there and not repeated.",
)


def end_runs(
    context: click.Context, out: Path, failures: Sequence[str], *, interrupted: bool
) -> None:
    """Say which runs have failed, and end with the exit status of what became of all."""
    for failure in failures:
        click.echo(f"digitile: {failure}", err=True)
    if interrupted:
        click.echo(
            f"digitile: interrupted; the finished work is in {out / 'runs'}. "
            "Rerun the command to resume.",
            err=True,
        )
        context.exit(INTERRUPTED)
    if failures:
        context.exit(1)


def pool_of(ray: str | None) -> "Pool[RunJob, Outcome]":
    """Return what does the runs, for the value of `on_ray`."""
    from digitile.papers.runs import build_worker
    from digitile.parallel.pool import open_pool

    return open_pool(ray, build_worker, tries=1)


class RunsDisplay:
    """The live display of all runs on standard error; a line for each where that is no terminal.

    Parameters
    ----------
    number : str
        What the lines say of a run that is done (`digitile.papers.numbers`).
    """

    def __init__(self, number: str = "test_error") -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._number = number
        self._console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeRemainingColumn(),
            console=self._console,
            speed_estimate_period=600,
            disable=not self._console.is_terminal,
        )
        self._total = self._count = 0
        self._cost = self._cost_done = 0.0
        self._all = self._progress.add_task("", total=None)
        self._shares: dict[str, float] = {}
        self._rows: dict[str, Any] = {}

    def __enter__(self) -> "RunsDisplay":
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def begin(self, tasks: "Sequence[Task]") -> "RunsDisplay":
        """Show these runs too."""
        self._total += len(tasks)
        self._cost += sum(task.cost for task in tasks)
        self._progress.update(
            self._all, total=self._cost, description=f"{self._count} of {self._total} runs"
        )
        return self

    def share(self, task: "Task", share: float) -> None:
        """See `digitile.papers.runs.Display`."""
        row = self._rows.get(task.digest)
        if row is None:
            row = self._rows[task.digest] = self._progress.add_task(task.label, total=1.0)
        self._progress.update(row, completed=share)
        self._shares[task.digest] = share * task.cost
        self._progress.update(self._all, completed=self._cost_done + sum(self._shares.values()))

    def done(self, task: "Task", outcome: "Run | Failure", *, kept: bool) -> None:
        """See `digitile.papers.runs.Display`."""
        self._count += 1
        row = self._rows.pop(task.digest, None)
        if row is not None:
            self._progress.remove_task(row)
        self._shares.pop(task.digest, None)
        self._cost_done += task.cost
        self._progress.update(
            self._all,
            completed=self._cost_done + sum(self._shares.values()),
            description=f"{self._count} of {self._total} runs",
        )
        if not (self._console.is_terminal or kept):
            text = _outcome(outcome, self._number)
            click.echo(f"{self._count}/{self._total}  {task.label}: {text}", err=True)


def _outcome(outcome: "Run | Failure", name: str) -> str:
    from digitile.papers.numbers import describe
    from digitile.papers.results import Run

    if not isinstance(outcome, Run):
        return outcome.message
    if name not in outcome.values:
        return outcome.stopped
    number = describe(name)
    return f"{number.label.en} {number.show(outcome.values[name])}, {outcome.seconds:.1f} s"
