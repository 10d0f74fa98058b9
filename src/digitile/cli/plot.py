"""digitile plot: curves of any trainings."""

from pathlib import Path

import click

from digitile.cli.console import PATH
from digitile.errors import UsageError
from digitile.files import write_atomically
from digitile.inspect.history import METRICS, read_curve


@click.command()
@click.argument("histories", metavar="HISTORY…", nargs=-1, required=True, type=PATH)
@click.option(
    "--out",
    type=PATH,
    default=Path("curves.png"),
    show_default=True,
    help="The picture to write, .png or .svg.",
)
@click.option(
    "--metric",
    type=click.Choice(list(METRICS)),
    default="smoothed",
    show_default=True,
)
@click.option("--log", is_flag=True, help="Use a logarithmic axis.")
@click.option(
    "--band", is_flag=True, help="Show the seeds of one setting as mean ± standard deviation."
)
def plot(histories: tuple[Path, ...], out: Path, metric: str, log: bool, band: bool) -> None:
    """Draw the curves of trainings from their HISTORY files (NAME.history.jsonl).

    The trainings may still be running.
    """
    from digitile.inspect.curves import draw_curves
    from digitile.inspect.drawing import save

    kind = out.suffix.lower().removeprefix(".")
    if kind not in ("png", "svg"):
        raise UsageError(f"{out}: the picture's name must end in .png or .svg.")
    curves = [read_curve(path, metric) for path in histories]
    write_atomically(out, save(draw_curves(curves, metric, log=log, band=band), kind))
    click.echo(str(out))
