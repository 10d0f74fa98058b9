"""digitile export: a model in a format of other programs, or as a page that reads."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from digitile.cli.console import PATH, DownloadBar, check_target, data_folder, model_file
from digitile.extras import require

if TYPE_CHECKING:
    from digitile.model import Model


@click.command()
@click.argument("model", type=PATH)
@click.option(
    "--onnx",
    "target",
    type=PATH,
    metavar="FILE",
    help="The ONNX file to write, opset 17; replaced where it is there already.",
)
@click.option(
    "--page",
    type=PATH,
    metavar="FOLDER",
    help="The folder to write a page to that reads in the browser: new, empty, or with an older "
    "page, which is replaced.",
)
@click.option(
    "--runtime",
    type=PATH,
    metavar="FOLDER",
    help="With --page: the folder dist of the npm package onnxruntime-web.  [default: downloaded "
    "once, 33 MB]",
)
@data_folder
def export(
    model: Path,
    target: Path | None,
    page: Path | None,
    runtime: Path | None,
    data_folder: Path | None,
) -> None:
    """Write a MODEL as an ONNX file, for ONNX Runtime and other programs, or as a web page.

    MODEL is a model file, or "digits" for the one that comes with digitile.

    The ONNX file holds all from the pixels, uint8, to the probabilities, for any number of
    pictures. Its metadata says what input and outputs mean, and has the names of the classes. A
    network that reads pages takes gray pictures of any size, of evened contrast, and has the boxes
    as a second output.

    The page is a folder of static files, 15 MB, for any web server. It reads photos and drawings
    in the browser, by itself: no picture leaves it, and after the first visit it needs no network.
    It takes a model that reads pages.

    Needs pip install 'digitile[onnx]'.
    """
    from digitile.model import load_model

    if target is None and page is None:
        raise click.UsageError("Say what to write: --onnx FILE, --page FOLDER, or both.")
    if runtime is not None and page is None:
        raise click.UsageError("--runtime is part of a page. Give --page FOLDER, too.")
    source = model_file(model)
    loaded = load_model(source)
    if target is not None:
        check_target(target, source, overwrite=True)
        _write_onnx(loaded, target)
    if page is not None:
        _write_page(loaded, page, runtime, data_folder)


def _write_onnx(model: "Model", target: Path) -> None:
    from digitile.export import save_onnx

    save_onnx(model, target)
    size = target.stat().st_size / 1e6
    click.echo(f"digitile: wrote {target}, {size:.1f} MB: {model.network}", err=True)


def _write_page(
    model: "Model", folder: Path, runtime: Path | None, data_folder: Path | None
) -> None:
    from digitile.data import default_folder
    from digitile.export.runtime import fetch_runtime, load_runtime
    from digitile.export.static_page import check_folder, write_page
    from digitile.reader.sight import check_model

    require("onnx", "onnx", "pooch")
    check_model(model)
    check_folder(folder)  # before 33 MB are downloaded
    if runtime is None:
        files = fetch_runtime(data_folder or default_folder(), DownloadBar())
    else:
        files = load_runtime(runtime)
    size = write_page(model, folder, files) / 1e6
    look = f"python -m http.server --directory {folder}"
    click.echo(f"digitile: wrote {folder}, {size:.1f} MB. To see it: {look}", err=True)
