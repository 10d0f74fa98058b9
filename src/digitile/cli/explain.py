"""digitile explain: how a network comes to its answer on one picture."""

from pathlib import Path

import click

from digitile.cli.console import PATH, model_file
from digitile.files import write_atomically
from digitile.model import load_model


@click.command()
@click.argument("model", type=PATH)
@click.argument("picture", type=PATH)
@click.option(
    "--out",
    type=PATH,
    default=Path("explain.html"),
    show_default=True,
    help="The page to write.",
)
@click.option(
    "--label",
    metavar="CLASS",
    help="The class that the error is measured against.  [default: the answer]",
)
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True)
def explain(model: Path, picture: Path, out: Path, label: str | None, lang: str) -> None:
    """Write a page that shows how a MODEL comes to its answer on one PICTURE.

    For a network that gives one answer per picture, the page follows the picture through, layer by
    layer, and the error back. For one that reads pages, it shows what the network is shown of each
    digit, what it sees there, and what else the digit could have been.

    MODEL is a model file, or "digits" for the bundled one. The page is one file that works offline.
    """
    from digitile.inspect.explanation import explain as go

    found = go(load_model(model_file(model)), picture, label, lang)
    write_atomically(out, found.page.encode())
    told = ", ".join(f"{answer} ({100 * confidence:.1f} %)" for answer, confidence in found.answers)
    click.echo(f"{out}: {told}")
