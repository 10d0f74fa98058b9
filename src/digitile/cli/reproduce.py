"""digitile reproduce: the papers' experiments, run, measured and judged."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digitile.cli.console import (
    INTERRUPTED,
    DownloadBar,
    as_json,
    data_folder,
    engine,
    print_json,
    stop_on_signal,
    table,
)

if TYPE_CHECKING:  # the lab takes time to import, and only this command needs it
    from digitile.lab.results import Failure, Results, Run
    from digitile.lab.task import Task

VERDICTS = {
    "holds": "holds",
    "trend": "holds in trend, not in value",
    "fails": "does not hold",
    "undecided": "cannot be decided",
}


@click.command()
@click.argument("names", nargs=-1, metavar="[PAPER[/EXPERIMENT]]…")
@click.option(
    "--seeds",
    type=click.IntRange(1, 1000),
    help="Repetitions of each run.  [default: as the experiment says]",
)
@click.option("--quick", is_flag=True, help="Smoke version in minutes; decides nothing.")
@click.option(
    "--without-cifar10", is_flag=True, help="Leave out what needs CIFAR-10, which takes hours."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("results"),
    show_default=True,
    help="Folder of the results; runs that are done are kept there and not repeated.",
)
@click.option("--list", "list_only", is_flag=True, help="Say what there is.")
@data_folder
@engine
@as_json
@click.pass_context
def reproduce(
    context: click.Context,
    names: tuple[str, ...],
    seeds: int | None,
    quick: bool,
    without_cifar10: bool,
    out: Path,
    list_only: bool,
    data_folder: Path | None,
    engine: str,
    as_json: bool,
) -> None:
    """Repeat the papers' experiments, and say what became of each claim.

    Without a name, all of them. Each experiment's results go to OUT/PAPER-EXPERIMENT.json. Ctrl-C
    keeps the work; the same command goes on.
    """
    from digitile.lab import catalog
    from digitile.lab.report import write_report
    from digitile.lab.reproduce import Options, choose, sources
    from digitile.lab.reproduce import reproduce as run

    experiments = choose(catalog.EXPERIMENTS, names)
    if list_only:
        rows = [(experiment.name, experiment.title.en) for experiment in experiments]
        if as_json:
            print_json(dict(rows))
        else:
            click.echo(table(("experiment", "what"), rows, left=2))
        return
    options = Options(out, data_folder, engine, seeds or 0, quick, not without_cifar10)
    if quick:
        click.echo(
            "digitile: smoke version: a few iterations on the built-in digits. It shows that "
            "everything runs, and decides nothing.",
            err=True,
        )
    available = sources(experiments, options, DownloadBar())
    with stop_on_signal() as stopped, _Display() as display:
        done = run(experiments, available, options, display.begin, lambda: bool(stopped))
    if as_json:
        print_json([_as_json(results, out) for results in done])
    elif done:
        _show(done)
    if done:
        click.echo(f"digitile: the report is in {write_report(out, out)[0]}", err=True)
    for results in done:
        for arm in results.arms:
            for failure in arm.failures:
                click.echo(
                    f"digitile: {results.experiment}, {arm.name}, seed {failure.seed}: "
                    f"{failure.message}",
                    err=True,
                )
    if stopped:
        click.echo(
            f"digitile: interrupted; the work is safe in {out / 'runs'}. "
            "Go on with the same command.",
            err=True,
        )
        context.exit(INTERRUPTED)
    if any(arm.failures for results in done for arm in results.arms):
        context.exit(1)


def _show(done: "list[Results]") -> None:
    rows = [
        (
            results.experiment,
            claim.id,
            claim.claimed,
            claim.measured,
            VERDICTS[claim.verdict] + (" (smoke version)" if results.quick else ""),
        )
        for results in done
        for claim in results.claims
    ]
    click.echo(table(("experiment", "claim", "claimed", "measured", "verdict"), rows, left=5))


def _as_json(results: "Results", out: Path) -> dict[str, Any]:
    from digitile.lab.results import file_name

    return {
        "experiment": results.experiment,
        "quick": results.quick,
        "file": str(out / file_name(results.experiment)),
        "claims": [asdict(claim) for claim in results.claims],
    }


class _Display:
    """The live display of all runs on standard error; a line for each where that is no terminal."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

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
        self._cost_done = 0.0
        self._shares: dict[str, float] = {}
        self._rows: dict[str, Any] = {}

    def __enter__(self) -> "_Display":
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def begin(self, tasks: "list[Task]") -> "_Display":
        self._total = len(tasks)
        self._all = self._progress.add_task(
            f"0 of {self._total} runs", total=sum(task.cost for task in tasks)
        )
        return self

    def share(self, task: "Task", share: float) -> None:
        row = self._rows.get(task.digest)
        if row is None:
            row = self._rows[task.digest] = self._progress.add_task(task.label, total=1.0)
        self._progress.update(row, completed=share)
        self._shares[task.digest] = share * task.cost
        self._progress.update(self._all, completed=self._cost_done + sum(self._shares.values()))

    def done(self, task: "Task", outcome: "Run | Failure", *, kept: bool) -> None:
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
            click.echo(f"{self._count}/{self._total}  {task.label}: {_outcome(outcome)}", err=True)


def _outcome(outcome: "Run | Failure") -> str:
    from digitile.lab.results import Run

    if not isinstance(outcome, Run):
        return outcome.message
    if "test_error" not in outcome.values:
        return outcome.stopped
    return f"test error {100 * outcome.values['test_error']:.2f} %, {outcome.seconds:.1f} s"
