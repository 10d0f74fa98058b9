"""digitile form: descriptions of forms."""

from pathlib import Path

import click

from digitile.cli.console import FILE, PATH
from digitile.errors import UsageError


@click.group()
def form() -> None:
    """Describe a form, whose fields digitile read --form then reads."""


@form.command()
@click.argument("blank", metavar="BLANK", type=PATH)
@click.option(
    "--out",
    type=FILE,
    metavar="FORM.toml",
    required=True,
    help="The description to write.",
)
@click.option(
    "--picture",
    type=FILE,
    metavar="PICTURE",
    help="Also draw the fields on the form.",
)
@click.option("--overwrite", is_flag=True, help="Replace a description that exists.")
def draft(blank: Path, out: Path, picture: Path | None, overwrite: bool) -> None:
    """Draft the description of a form from a level scan of an empty one.

    Each printed box becomes a field, and boxes for one digit each, side by side, become one. They
    are named field1, field2, …: rename them, delete what is none, and add rules.
    """
    from digitile.forms import draft_form, write_form
    from digitile.forms.drawing import draw_fields
    from digitile.pictures import write_picture

    if out.exists() and not overwrite:
        raise UsageError(f"{out} already exists. Give --overwrite, or another --out.")
    found = draft_form(blank)
    write_form(out, found)
    if picture is not None:
        write_picture(picture, draw_fields(blank, found))
    click.echo(f"{out}: {len(found.fields)} fields, anchored by {found.anchor}")
