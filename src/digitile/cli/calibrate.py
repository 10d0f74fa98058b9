"""digitile calibrate: how far a model's lines can be trusted, measured and kept in its file."""

from dataclasses import asdict, replace
from pathlib import Path

import click

from digitile.cli.console import (
    WorkBar,
    as_json,
    check_target,
    data_folder,
    engine,
    model_file,
    print_json,
    processes,
    table,
)
from digitile.processors import processors as count_processors


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.option(
    "--count", type=click.IntRange(8), default=3000, show_default=True, help="Pictures to draw."
)
@data_folder
@engine
@processes
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The calibrated model's file.  [default: MODEL-calibrated.safetensors]",
)
@click.option("--overwrite", is_flag=True, help="Replace --out where it is there already.")
@as_json
def calibrate(
    model: Path,
    count: int,
    data_folder: Path | None,
    engine: str,
    processes: int | None,
    out: Path | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Measure how far a MODEL that sees pages can be trusted, on drawn pictures.

    MODEL is a model file, or "digits" for the one that comes with digitile. It reads pictures of
    writers, fonts and scripts that no training sees; from what was right, confidences of lines and
    the error rates of --max-error follow. digitile train does the same at its end, of scenes with
    --set calibration=N. Do it again after digitile adapt.
    """
    from digitile.data import default_folder
    from digitile.model import load_model, save_model
    from digitile.reader.sight import check_model
    from digitile.training.line_trust import calibrated

    source = model_file(model)
    loaded = load_model(source)
    check_model(loaded)
    target = out or Path(f"{model.stem}-calibrated.safetensors")
    check_target(target, source, overwrite)
    with WorkBar("reading") as bar:
        result = calibrated(
            loaded,
            data_folder or default_folder(),
            count,
            engine=engine,
            processes=processes or count_processors(),
            on_progress=bar.show,
        )
    save_model(replace(result, about={**loaded.about, "trust": {"pictures": count}}), target)
    assert result.line_trust is not None
    if as_json:
        measured = {"temperature": result.temperature, "line_trust": asdict(result.line_trust)}
        print_json({"model": str(target), **measured, "error_rates": result.error_rates})
        return
    rows = [
        (f"{least:g}", f"{100 * error:.2f} %", f"{100 * kept:.2f} %")
        for least, error, kept in result.error_rates
    ]
    click.echo(table(("confidence from", "wrong", "right ones accepted"), rows))
    click.echo(f"\n{target} is written.")
