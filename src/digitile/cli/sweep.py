"""digitile sweep: many settings of a recipe, and the best of them."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

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
from digitile.errors import UsageError

if TYPE_CHECKING:  # this takes time to import, and only this command needs it
    from digitile.sweep.search import Tpe
    from digitile.sweep.sweep import Swept, Tried


@click.command()
@click.argument("recipe")
@click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="NAME=VALUES",
    help="Values with commas between (lr=0.01,0.1), whole numbers (seed=0..9), for --search a "
    "range (lr=0.01:1, lr=0.01:1:log), or one value for all runs.",
)
@click.option(
    "--search",
    type=click.Choice(["grid", "tpe"]),
    default="grid",
    show_default=True,
    help="Try every combination; or let Optuna's TPE choose settings by what earlier ones showed.",
)
@click.option(
    "--trials", type=click.IntRange(1, 10_000), help="Number of settings that tpe tries.  [20]"
)
@click.option(
    "--at-once",
    type=click.IntRange(1, 1000),
    help="Number of settings that tpe chooses at a time, to be tried in parallel.  [4]",
)
@click.option(
    "--search-seed", type=click.IntRange(0, 2**31 - 1), help="Seed of tpe's choices.  [0]"
)
@click.option(
    "--data",
    default="",
    metavar="mnist|cifar10|digits|FOLDER",
    help="What to train on.  [default: as digitile train]",
)
@data_folder
@engine
@results_folder
@on_ray
@as_json
@click.pass_context
def sweep(  # noqa: PLR0913 - click gives each option as an argument
    context: click.Context,
    recipe: str,
    assignments: tuple[str, ...],
    search: str,
    trials: int | None,
    at_once: int | None,
    search_seed: int | None,
    data: str,
    data_folder: Path | None,
    engine: str,
    out: Path,
    ray: str | None,
    as_json: bool,
) -> None:
    """Train a RECIPE with many settings, each with several seeds, and choose the best.

    The best setting is chosen by pictures held out of the training set (validation=N; a sixth of
    them if neither the recipe nor --set holds any out). The test pictures are used once, for the
    chosen setting. Ctrl-C keeps the finished work; rerun the command to resume. The runs are shared
    with digitile reproduce and other sweeps in the same folder, also while they run.
    """
    from digitile.sweep.sweep import Request
    from digitile.sweep.sweep import sweep as run

    tpe = _tpe(search, trials, at_once, search_seed)
    request = Request(recipe, assignments, data, engine, tpe)
    with (
        pool_of(ray) as pool,
        stop_on_signal() as stopped,
        RunsDisplay("validation_error") as display,
    ):
        swept = run(
            request, out, data_folder, pool, display.begin, lambda: bool(stopped), DownloadBar()
        )
    failures = [
        f"{' '.join(each.overrides)}, seed {failure.seed}: {failure.message}"
        for each in swept.tried
        for failure in each.failures
    ]
    picture = _picture(swept, out)
    if as_json:
        print_json({**swept.as_json(), "picture": picture and str(picture)})
    elif swept.tried:
        _show(swept, picture)
    end_runs(context, out, failures, interrupted=bool(stopped))


def _tpe(
    search: str, trials: int | None, at_once: int | None, search_seed: int | None
) -> "Tpe | None":
    asked = {"trials": trials, "at_once": at_once, "seed": search_seed}
    given = {name: value for name, value in asked.items() if value is not None}
    if search == "grid":
        if given:
            raise UsageError(
                "--trials, --at-once and --search-seed are for --search tpe; a grid tries every "
                "combination."
            )
        return None
    from digitile.sweep.search import Tpe

    return Tpe(**given)


def _show(swept: "Swept", picture: Path | None) -> None:
    from digitile.papers.numbers import NUMBERS

    accuracy = NUMBERS["accuracy"]
    names = swept.grid.varied
    diverged = any(each.diverged for each in swept.tried)
    header = [*names, "validation accuracy", *(["diverged"] if diverged else [])]
    rows = []
    for each in swept.tried:
        cells = [_value(each, name) for name in names]
        cells.append(each.accuracy.show(accuracy) if each.accuracy else "–")
        if diverged:
            cells.append(f"{each.diverged} of {len(each.runs)}" if each.diverged else "")
        rows.append(cells)
    click.echo(table(header, rows, left=len(names)))
    chosen = swept.chosen
    if chosen is None:
        return
    assert chosen.accuracy is not None
    held_out = f"{chosen.validation:,} held-out pictures"
    words = " ".join(f"{name}={_value(chosen, name)}" for name in names) or "the only setting"
    click.echo(f"\nchosen: {words}, by {held_out}: {chosen.accuracy.show(accuracy)}")
    if chosen.test is not None:
        seeds = f"{len(chosen.test.values)} seed" + "s" * (len(chosen.test.values) > 1)
        click.echo(f"its test accuracy, {seeds}: {chosen.test.show(accuracy)}")
    if picture is not None:
        click.echo(f"picture: {picture}")


def _value(tried: "Tried", name: str) -> str:
    text = tried.values[name]
    if len(text) <= 8:
        return text
    try:
        return f"{float(text):.4g}"  # a number that was drawn
    except ValueError:
        return text


def _picture(swept: "Swept", out: Path) -> Path | None:
    if swept.chosen is not None and find_spec("matplotlib") is None:
        click.echo("digitile: to draw the results: pip install 'digitile[figures]'", err=True)
        return None
    from digitile.sweep.figure import write_figure

    return write_figure(swept, out)
