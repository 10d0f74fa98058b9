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
from digitile.cli.runs import RunsDisplay, on_ray, pool_of

if TYPE_CHECKING:  # the lab takes time to import, and only this command needs it
    from digitile.lab.results import Results

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
@on_ray
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
    ray: str | None,
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
    with pool_of(ray) as pool, stop_on_signal() as stopped, RunsDisplay() as display:
        done = run(experiments, available, options, pool, display.begin, lambda: bool(stopped))
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
