"""digitile read: the digit on each picture."""

import dataclasses
from pathlib import Path
from typing import Any

import click

from digitile.cli.console import as_json, print_json
from digitile.errors import PictureError


@click.command()
@click.argument(
    "pictures", metavar="PICTURE…", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "--model",
    type=click.Path(path_type=Path),
    help="A model file trained on digits.  [default: the one that comes with digitile]",
)
@as_json
@click.pass_context
def read(
    context: click.Context, pictures: tuple[Path, ...], model: Path | None, as_json: bool
) -> None:
    """Read the handwritten digit on each PICTURE: one digit a picture, any common format.

    Dark on light or light on dark. A picture without a digit is answered with "no digit".
    """
    from digitile.model import bundled_model, load_model
    from digitile.pictures import load_picture
    from digitile.reader import read_digit

    loaded = load_model(model or bundled_model())
    results: list[dict[str, Any]] = []
    for path in pictures:
        try:
            reading = read_digit(load_picture(path), loaded)
        except PictureError as error:
            results.append({"path": str(path), "error": str(error)})
            click.echo(f"digitile: {error}", err=True)
            continue
        results.append({"path": str(path), **dataclasses.asdict(reading)})
        if not as_json:
            found = (
                f"no digit ({reading.reason})"
                if reading.digit is None
                else f"{reading.digit} ({100 * reading.confidence:.1f} %)"
            )
            click.echo(f"{path}: {found}")
    if as_json:
        print_json(results)
    if any("error" in result for result in results):
        context.exit(1)
