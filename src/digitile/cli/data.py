"""digitile data: the data sets."""

from pathlib import Path

import click

from digitile.cli.console import DownloadBar, data_folder


@click.group()
def data() -> None:
    """Fetch data sets.

    mnist and cifar10 are downloaded; digits (1,797 pictures of 8×8) is built in. A folder with one
    sub-folder of pictures for each class is a data set, too.
    """


@data.command()
@click.argument("name", type=click.Choice(["mnist", "cifar10"]))
@data_folder
def fetch(name: str, data_folder: Path | None) -> None:
    """Download a data set and check it; what is there already stays."""
    from digitile.data import default_folder
    from digitile.data.download import fetch as download

    click.echo(download(name, data_folder or default_folder(), DownloadBar()))
