"""digitile reproduce: the papers' experiments, run, measured and judged."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digitile.cli.console import (
    DownloadBar,
    as_json,
    data_folder,
    engine,
    print_json,
    stop_on_signal,
    table,
)
from digitile.cli.runs import RunsDisplay, end_runs, on_ray, pool_of, results_folder
from digitile.extras import require

if TYPE_CHECKING:  # this takes time to import, and only this command needs it
    from digitile.papers.experiment import Experiment
    from digitile.papers.results import Results

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
    help="Seeds of each run.  [default: the experiment's]",
)
@click.option("--quick", is_flag=True, help="Smoke test of a few minutes, without verdicts.")
@click.option(
    "--without-cifar10",
    is_flag=True,
    help="Leave out the experiments on CIFAR-10, which take hours.",
)
@results_folder
@click.option(  # eager: listing needs no engine
    "--list", "list_only", is_flag=True, is_eager=True, help="List the experiments."
)
@data_folder
@engine
@on_ray
@as_json
@click.pass_context
def reproduce(  # noqa: PLR0913 - click gives each option as an argument
    context: click.Context,
    names: tuple[str, ...],
    seeds: int | None,
    quick: bool,
    without_cifar10: bool,
    out: Path,
    list_only: bool,
    data_folder: Path | None,
    engine: str,
    ray: str | None,
    as_json: bool,
) -> None:
    """Repeat the papers' experiments, and give a verdict on each claim.

    Without a name, repeat all of them. Each experiment's results go to OUT/PAPER-EXPERIMENT.json.
    Ctrl-C keeps the finished work; rerun the command to resume.
    """
    from digitile.papers import catalog
    from digitile.papers.reproduce import Options, choose, sources
    from digitile.papers.reproduce import reproduce as run

    experiments = choose(catalog.EXPERIMENTS, names)
    if list_only:
        _list(experiments, as_json)
        return
    require("figures,train", "jinja2", "matplotlib", "pooch", "scipy", "sklearn")
    from digitile.papers.report import write_report

    options = Options(out, data_folder, engine, seeds or 0, quick, not without_cifar10)
    if quick:
        click.echo(
            "digitile: smoke test: a few iterations on the built-in digits. It shows that "
            "everything runs, and gives no verdicts.",
            err=True,
        )
    available = sources(experiments, options, DownloadBar())
    with pool_of(ray) as pool, stop_on_signal() as stopped, RunsDisplay() as display:
        done = run(experiments, available, options, pool, display.begin, lambda: bool(stopped))
    if as_json:
        print_json([_as_json(results, out) for results in done])
    elif done:
        _show(done)
    if done:
        click.echo(f"digitile: the report is in {write_report(out, out)[0]}", err=True)
    end_runs(context, out, _failures(done), interrupted=bool(stopped))


def _list(experiments: "Sequence[Experiment]", as_json: bool) -> None:
    rows = [(experiment.name, experiment.title.en) for experiment in experiments]
    if as_json:
        print_json(dict(rows))
    else:
        click.echo(table(("experiment", "what"), rows, left=2))


def _failures(done: "Sequence[Results]") -> list[str]:
    """Return a line for each run that could not be done."""
    return [
        f"{results.experiment}, {arm.name}, seed {failure.seed}: {failure.message}"
        for results in done
        for arm in results.arms
        for failure in arm.failures
    ]


def _show(done: "list[Results]") -> None:
    rows = [
        (
            results.experiment,
            claim.id,
            claim.claimed,
            claim.measured,
            VERDICTS[claim.verdict] + (" (smoke test)" if results.quick else ""),
        )
        for results in done
        for claim in results.claims
    ]
    click.echo(table(("experiment", "claim", "claimed", "measured", "verdict"), rows, left=5))


def _as_json(results: "Results", out: Path) -> dict[str, Any]:
    from digitile.papers.results import file_name

    return {
        "experiment": results.experiment,
        "quick": results.quick,
        "file": str(out / file_name(results.experiment)),
        "claims": [asdict(claim) for claim in results.claims],
    }
