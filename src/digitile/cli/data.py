"""digitile data: the data sets."""

from pathlib import Path

import click

from digitile.cli.console import PATH, DownloadBar, data_folder


@click.group()
def data() -> None:
    """Fetch data sets.

    mnist and cifar10 are downloaded; digits (1,797 pictures of 8×8) is built in. A folder with one
    sub-folder of pictures for each class is a data set, too.

    Synthetic pages are made from mnist, from the pen strokes of unipen, and from fonts. unipen is
    not downloaded: unpack train_r01_v07 of the International Unipen Foundation (Zenodo record
    1195803, CC BY 4.0) into the data folder's unipen/, and fetch reads it. Fonts are those in the
    data folder's fonts/ and in /usr/share/fonts; none is required.
    """


@data.command()
@click.argument("name", type=click.Choice(["mnist", "cifar10", "unipen"]))
@data_folder
def fetch(name: str, data_folder: Path | None) -> None:
    """Download a data set and check it; files that exist are kept."""
    from digitile.data.sources import fetch_data

    click.echo(fetch_data(name, data_folder, DownloadBar()))


@data.group("show")
def show_data() -> None:
    """Write pictures to look at."""


@show_data.command()
@click.option("--out", type=PATH, required=True, help="The PNG to write.")
@click.option("--count", type=click.IntRange(1, 400), default=32, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--kept-apart", is_flag=True, help="Use the held-out material.")
@data_folder
def scenes(out: Path, count: int, seed: int, kept_apart: bool, data_folder: Path | None) -> None:
    """Write synthetic training pictures with the boxes that a network should find."""
    from digitile.data import default_folder
    from digitile.pictures import write_picture
    from digitile.scenes import Materials, draw_block
    from digitile.scenes.gallery import draw_gallery

    materials = Materials.load(data_folder or default_folder(), kept_apart)
    write_picture(out, draw_gallery(draw_block(materials, seed, 0, count)))
    click.echo(out)
