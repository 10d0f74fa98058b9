"""digitile sweep: many settings of a recipe, and the best of them."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

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
from digitile.errors import UsageError
from digitile.files import write_atomically

if TYPE_CHECKING:  # the lab takes time to import, and only this command needs it
    from digitile.lab.search import Tpe
    from digitile.lab.sweep import Swept, Tried


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
@click.option("--trials", type=click.IntRange(1, 10_000), help="Settings that tpe tries.  [20]")
@click.option(
    "--at-once",
    type=click.IntRange(1, 1000),
    help="Settings that tpe chooses together, to be tried side by side.  [4]",
)
@click.option("--search-seed", type=click.IntRange(0, 2**31 - 1), help="Of tpe's choices.  [0]")
@click.option(
    "--data",
    default="",
    metavar="mnist|cifar10|digits|FOLDER",
    help="What to train on.  [default: as digitile train]",
)
@data_folder
@engine
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("results"),
    show_default=True,
    help="Folder of the results; runs that are done are kept there and not repeated.",
)
@on_ray
@as_json
@click.pass_context
def sweep(
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

    The choice is made by pictures held out of the training part (validation=N; a sixth of them
    where neither the recipe nor --set holds any out); the test pictures are looked at once, for the
    chosen setting. Ctrl-C keeps the work; the same command goes on. The runs are shared with
    digitile reproduce and other sweeps in the same folder, also while they run.
    """
    from digitile.lab.sweep import Request
    from digitile.lab.sweep import sweep as run

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
    failures = [(each, failure) for each in swept.tried for failure in each.failures]
    for each, failure in failures:
        settings = " ".join(each.overrides)
        click.echo(f"digitile: {settings}, seed {failure.seed}: {failure.message}", err=True)
    picture = _picture(swept, out)
    if as_json:
        print_json({**swept.as_json(), "picture": picture and str(picture)})
    elif swept.tried:
        _show(swept, picture)
    if stopped:
        click.echo(
            f"digitile: interrupted; the work is safe in {out / 'runs'}. "
            "Go on with the same command.",
            err=True,
        )
        context.exit(INTERRUPTED)
    if failures:
        context.exit(1)


def _tpe(
    search: str, trials: int | None, at_once: int | None, search_seed: int | None
) -> "Tpe | None":
    asked = {"trials": trials, "at_once": at_once, "seed": search_seed}
    given = {name: value for name, value in asked.items() if value is not None}
    if search == "grid":
        if given:
            raise UsageError(
                "--trials, --at-once and --search-seed belong to --search tpe; a grid tries every "
                "combination."
            )
        return None
    from digitile.lab.search import Tpe

    return Tpe(**given)


def _show(swept: "Swept", picture: Path | None) -> None:
    from digitile.lab.numbers import NUMBERS

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
        click.echo(f"test accuracy of it, {seeds}: {chosen.test.show(accuracy)}")
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
    if swept.chosen is None:
        return None
    if find_spec("matplotlib") is None:
        click.echo("digitile: a picture of it wants pip install 'digitile[lab]'", err=True)
        return None
    from digitile.lab.drawing import save
    from digitile.lab.sweep_figure import draw_sweep

    figure = draw_sweep(swept)
    if figure is None:
        return None
    path = out / f"{swept.request.name}.png"
    write_atomically(path, save(figure, "png"))
    return path
