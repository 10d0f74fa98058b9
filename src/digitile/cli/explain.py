"""digitile explain: one picture's way through a network, and its error's way back."""

from pathlib import Path

import click

from digitile.files import write_atomically
from digitile.model import bundled_model, load_model
from digitile.pictures import load_picture


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("picture", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("explain.html"),
    show_default=True,
    help="The page to write.",
)
@click.option(
    "--label", metavar="CLASS", help="What the error is measured against.  [default: the answer]"
)
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True)
def explain(model: Path, picture: Path, out: Path, label: str | None, lang: str) -> None:
    """Write a page that follows one PICTURE through a MODEL, layer by layer, and its error back.

    MODEL is a model file, or "digits" for the one that comes with digitile. The page is one file
    that works offline.
    """
    from digitile.lab.explain import class_index, follow, prepare
    from digitile.lab.explain_page import explain_page

    bundled = str(model) == "digits" and not model.exists()
    loaded = load_model(bundled_model() if bundled else model)
    place = None if label is None else class_index(loaded, label)
    pixels = load_picture(picture)
    walk = follow(loaded, prepare(pixels, loaded), place)
    write_atomically(out, explain_page(walk, pixels, picture.name, lang).encode())
    click.echo(f"{out}: {loaded.classes[walk.answer]} ({100 * walk.scores[walk.answer]:.1f} %)")
