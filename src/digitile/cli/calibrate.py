"""digitile calibrate: how far a model's lines can be trusted, measured and kept in its file."""

from pathlib import Path

import click
import msgspec

from digitile.cli.console import (
    FILE,
    PATH,
    WorkBar,
    as_json,
    check_target,
    data_folder,
    engine,
    model_file,
    overwrite,
    print_json,
    processes,
    table,
)


@click.command()
@click.argument("model", type=PATH)
@click.option(
    "--count",
    type=click.IntRange(8),
    default=3000,
    show_default=True,
    help="Pictures to generate.",
)
@data_folder
@engine
@processes
@click.option(
    "--out",
    type=FILE,
    help="The calibrated model's file.  [default: MODEL-calibrated.safetensors]",
)
@overwrite
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
    """Measure how reliable a MODEL that sees pages is, on synthetic pictures.

    MODEL is a model file, or "digits" for the bundled one. It reads pictures of held-out writers,
    fonts and scripts. The results give the confidences of lines and the error rates behind
    --max-error. A training on scenes with --set calibration=N ends with the same measurement.
    Repeat it after digitile adapt.
    """
    from digitile.model import load_model, save_model
    from digitile.reader.sight import check_model
    from digitile.training.line_trust import calibrate as go

    source = model_file(model)
    loaded = load_model(source)
    check_model(loaded)
    target = out or Path(f"{model.stem}-calibrated.safetensors")
    check_target(target, source, overwrite)
    with WorkBar("reading") as bar:
        result = go(
            loaded,
            data_folder,
            count,
            engine=engine,
            processes=processes,
            on_progress=bar.show,
        )
    save_model(result, target)
    assert result.line_trust is not None
    if as_json:
        trust = msgspec.structs.asdict(result.line_trust)
        measured = {"temperature": result.temperature, "line_trust": trust}
        print_json({"model": str(target), **measured, "error_rates": result.error_rates})
        return
    rows = [
        (f"{least:g}", f"{100 * error:.2f} %", f"{100 * kept:.2f} %")
        for least, error, kept in result.error_rates
    ]
    click.echo(table(("confidence from", "wrong", "right ones accepted"), rows))
    click.echo(f"\n{target} is written.")
