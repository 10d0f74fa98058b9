"""digitile adapt: a model that also reads one person's handwriting."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

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
    table,
)

if TYPE_CHECKING:
    from digitile.training.adapt import Adapted


@click.command()
@click.argument("model", type=PATH)
@click.argument("examples", metavar="EXAMPLES", type=PATH)
@data_folder
@engine
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True)
@click.option(
    "--out",
    type=FILE,
    help="The adapted model's file.  [default: MODEL-adapted.safetensors]",
)
@overwrite
@as_json
def adapt(
    model: Path,
    examples: Path,
    data_folder: Path | None,
    engine: str,
    seed: int,
    out: Path | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Adapt a MODEL to a handwriting in a few minutes, from a few dozen photos with their texts.

    MODEL is a model file that sees pages, or "digits" for the bundled one. EXAMPLES is the zip file
    of corrected digits that digitile serve's page saves, or a folder of photos. Each photo is named
    after what is written on it: 2024.jpg, 12,50_receipt.jpg. Or the folder has a table texts.csv
    with the columns file and text; if the text fills only a part of the photo, the columns x, y,
    width and height say which part. A picture in a folder 0 to 9 shows that digit at its centre.

    The model finds where each text is. Examples that do not fit are listed and not learnt from. The
    model also trains on synthetic pages, so MNIST and pen strokes are needed (digitile data fetch).
    Prints how many examples are right before and after, each read by a network that was adapted
    without it. For digits on synthetic pages it prints the same, place by place: what was
    forgotten. MODEL itself is never changed, and Ctrl-C leaves nothing behind. Then use digitile
    calibrate to measure the confidences again.
    """
    from digitile.data.examples import load_examples
    from digitile.model import load_model, save_model
    from digitile.training.adapt import adapt as go

    source = model_file(model)
    loaded = load_model(source)
    target = out or Path(f"{model.stem}-adapted.safetensors")
    check_target(target, source, overwrite)
    own = load_examples(examples)
    with WorkBar("adapting") as bar:
        result = go(loaded, own, data_folder, engine=engine, seed=seed, on_progress=bar.show)
    save_model(result.model, target)
    if as_json:
        print_json({"model": str(target), **result.model.about["adapted"][-1]})
    else:
        click.echo(_text(target, result))


def _text(target: Path, result: "Adapted") -> str:
    """Return what came of it, for a reader."""
    count, places = len(result.before), result.old_places
    before, after = int(result.before.sum()), int(result.after.sum())
    rows = [
        (f"your {count} texts", _share(before, count), _share(after, count)),
        (
            f"{places:,} places with digits on synthetic pages",
            _share(result.old_before, places),
            _share(result.old_after, places),
        ),
    ]
    less = 100 * (result.old_before - result.old_after) / max(1, places)
    forgot = f"{less:.2f} points fewer" if less > 0 else "no fewer"
    verdict = "It helps" if result.helps else "It does not help"
    told = f"{verdict}: {result.gained} texts gained, {result.lost} lost; {forgot} of others right."
    if not result.helps:
        told += " Keep the model as it was, or collect more of what it misreads."
    skipped = "".join(f"\nnot learnt from: {name}: {why}" for name, why in result.skipped)
    return f"{table(('right', 'before', 'after'), rows)}\n{skipped}\n{told}\n{target} is written."


def _share(right: int, count: int) -> str:
    return f"{100 * right / max(1, count):.2f} %"
