"""digitile explain: how a network comes to its answer on one picture."""

from pathlib import Path

import click

from digitile.cli.console import model_file
from digitile.errors import PictureError, UsageError
from digitile.files import write_atomically
from digitile.model import Model, load_model
from digitile.nn.places import PlaceLoss
from digitile.pictures import load_pages, load_picture


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
    """Write a page that shows how a MODEL comes to its answer on one PICTURE.

    Of a network that answers once for a picture, it follows the picture through, layer by layer,
    and the error back. Of one that reads pages, it shows for each digit what the network is shown,
    what it sees there, and what else it could have been.

    MODEL is a model file, or "digits" for the one that comes with digitile. The page is one file
    that works offline.
    """
    loaded = load_model(model_file(model))
    reads = isinstance(loaded.network.loss, PlaceLoss)
    content, told = (_seen if reads else _followed)(loaded, picture, label, lang)
    write_atomically(out, content.encode())
    click.echo(f"{out}: {told}")


def _followed(model: Model, picture: Path, label: str | None, lang: str) -> tuple[str, str]:
    """Return the page of a network that gives one answer, and the answer."""
    from digitile.lab.explain import class_index, follow, prepare
    from digitile.lab.explain_page import explain_page

    place = None if label is None else class_index(model, label)
    pixels = load_picture(picture)
    walk = follow(model, prepare(pixels, model), place)
    told = f"{model.classes[walk.answer]} ({100 * walk.scores[walk.answer]:.1f} %)"
    return explain_page(walk, pixels, picture.name, lang), told


def _seen(model: Model, picture: Path, label: str | None, lang: str) -> tuple[str, str]:
    """Return the page of a network that reads pages, and what it has read."""
    from digitile.lab.seen_page import seen_page
    from digitile.reader import Reader
    from digitile.reader.sight import check_model

    check_model(model)
    if label is not None:
        raise UsageError(
            f"--label {label} is for networks that give one answer; this one reads whole pages. "
            "Leave it out."
        )
    page, reading = next(load_pages(picture)), Reader(model).read(picture)
    if not reading.lines:
        raise PictureError(f"no digit found: {reading.reason}. Use a picture with digits on it.")
    told = ", ".join(f"{line.text} ({100 * line.confidence:.1f} %)" for line in reading.lines)
    return seen_page(model, page, reading, picture.name, lang), told
