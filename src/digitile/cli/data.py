"""digitile data: the data sets."""

from pathlib import Path

import click

from digitile.cli.console import DownloadBar, data_folder


@click.group()
def data() -> None:
    """Fetch data sets.

    mnist and cifar10 are downloaded; digits (1,797 pictures of 8×8) is built in. A folder with one
    sub-folder of pictures for each class is a data set, too.

    Pages are drawn with mnist, with unipen, a pen's strokes, and with fonts. Unpack train_r01_v07
    of the International Unipen Foundation (Zenodo record 1195803, CC BY 4.0) into the data folder's
    unipen/, and fetch reads it. Fonts are those of the data folder's fonts/ and of
    /usr/share/fonts; none is required.
    """


@data.command()
@click.argument("name", type=click.Choice(["mnist", "cifar10", "unipen"]))
@data_folder
def fetch(name: str, data_folder: Path | None) -> None:
    """Download a data set and check it; what is there already stays."""
    from digitile.data import default_folder
    from digitile.data.download import fetch as download
    from digitile.data.unipen import FOLDER, load_unipen

    kept = data_folder or default_folder()
    if name == FOLDER:
        load_unipen(kept)
        click.echo(kept / FOLDER)
    else:
        click.echo(download(name, kept, DownloadBar()))


@data.group("show")
def show_data() -> None:
    """Draw pictures to look at."""


@show_data.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The PNG to write.")
@click.option("--count", type=click.IntRange(1, 400), default=32, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--kept-apart", is_flag=True, help="Draw of what no training sees.")
@data_folder
def scenes(out: Path, count: int, seed: int, kept_apart: bool, data_folder: Path | None) -> None:
    """Draw training pictures, with the boxes that a network should find, to look at."""
    import io

    from PIL import Image

    from digitile.data import default_folder
    from digitile.files import write_atomically
    from digitile.scenes import Materials, draw_block
    from digitile.scenes.gallery import draw_gallery

    materials = Materials.load(data_folder or default_folder(), kept_apart)
    content = io.BytesIO()
    Image.fromarray(draw_gallery(draw_block(materials, seed, 0, count))).save(content, "PNG")
    write_atomically(out, content.getvalue())
    click.echo(out)
