"""digitile evaluate: how well a model does on labelled pictures."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from digitile.cli.console import (
    DownloadBar,
    as_json,
    data_folder,
    engine,
    print_json,
    processes,
    table,
)
from digitile.cli.scorecard import print_scorecard
from digitile.errors import UsageError

if TYPE_CHECKING:
    from digitile.data.dataset import Dataset
    from digitile.training.metrics import Evaluation
    from digitile.training.robustness import Robustness


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.option(
    "--data",
    default="digits",
    show_default=True,
    metavar="mnist|cifar10|digits|scenes|FOLDER",
    help="The labelled pictures; scenes are drawn, for a model that sees pages.",
)
@data_folder
@click.option(
    "--split",
    type=click.Choice(["test", "train", "all"]),
    default="test",
    show_default=True,
    help="Which part; of a folder without train and test, test is a fixed fifth.",
)
@engine
@click.option(
    "--worst",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="PICTURE",
    help="Write the surest wrong answers as one picture.",
)
@click.option(
    "--corruptions",
    is_flag=True,
    help="Measure the model on corrupted pictures, too (gray ones of 28 to 64 pixels a side).",
)
@click.option(
    "--count", type=click.IntRange(8), default=1600, show_default=True, help="Scenes to draw."
)
@processes
@as_json
def evaluate(
    model: Path,
    data: str,
    data_folder: Path | None,
    split: str,
    engine: str,
    worst: Path | None,
    corruptions: bool,
    count: int,
    processes: int | None,
    as_json: bool,
) -> None:
    """Print a MODEL's error rate and confusion matrix (rows: truth, columns: answer).

    With --data scenes, MODEL ("digits" for the one that comes with digitile) reads drawn pictures
    of writers, fonts and scripts that no training sees, and a table says how many whole numbers
    were read right, and how many of those accepted are wrong. Ordinary are pictures whose paper and
    ink are at least 0.35 of the full range apart, blurred by at most 0.12 of a stroke's width, with
    noise of at most 0.1 of the contrast; hard are all others that scenes are drawn with, down to a
    contrast of 0.15, up to a blur and noise of 0.2.
    """
    from digitile.data import join, load
    from digitile.model import load_model
    from digitile.training.metrics import evaluate as measure
    from digitile.training.robustness import measure_robustness

    if data == "scenes":
        if worst is not None or corruptions:
            raise UsageError("--worst and --corruptions are for data sets, not for scenes.")
        print_scorecard(model, data_folder, count, engine, processes, as_json)
        return
    loaded = load_model(model)
    shape = loaded.network.input_shape
    splits = load(data, data_folder, shape=shape, progress=DownloadBar())
    dataset = {
        "test": lambda: splits.test,
        "train": lambda: splits.train,
        "all": lambda: join(splits.train, splits.test),
    }[split]()
    result = measure(loaded, dataset, engine)
    if worst is not None:
        _write_sheet(result, dataset, worst)
    robustness = measure_robustness(loaded, dataset, engine) if corruptions else None
    if as_json:
        print_json(
            {
                **({"robustness": vars(robustness)} if robustness else {}),
                "model": str(model),
                "data": data,
                "split": split,
                "pictures": len(dataset),
                "errors": result.errors,
                "error_rate": result.error_rate,
                "classes": list(dataset.classes),
                "confusion": result.confusion.tolist(),
            }
        )
        return
    click.echo(
        f"{model} on {data} ({split}): {100 * result.error_rate:.2f} % wrong, {result.errors} of "
        f"{len(dataset):,} pictures\n"
    )
    rows = [(name, *row) for name, row in zip(dataset.classes, result.confusion, strict=True)]
    click.echo(table(("", *dataset.classes), rows))
    if robustness:
        click.echo(f"\n{_robustness_text(robustness)}")


def _robustness_text(robustness: "Robustness") -> str:
    rows = [(name, f"{100 * right:.2f} %") for name, right in robustness.corrupted.items()]
    rows += [("mean", f"{100 * robustness.corrupted_mean:.2f} %")]
    return (
        f"{table(('corrupted', 'right'), rows)}\n\n"
        f"expected calibration error: {100 * robustness.calibration_error:.2f} %"
    )


def _write_sheet(result: "Evaluation", dataset: "Dataset", path: Path) -> None:
    """Draw up to 48 of the surest wrong answers, each with truth → answer below it."""
    from PIL import Image, ImageDraw

    chosen, columns, cell, text = result.worst(48), 8, 96, 18
    rows = max(1, -(-len(chosen) // columns))
    sheet = Image.new("RGB", (columns * cell, rows * (cell + text)), "white")
    draw = ImageDraw.Draw(sheet)
    for place, index in enumerate(chosen):
        pixels = dataset.images[index].transpose(1, 2, 0).squeeze()
        picture = Image.fromarray(pixels).resize((cell - 8, cell - 8), Image.Resampling.NEAREST)
        x, y = place % columns * cell, place // columns * (cell + text)
        sheet.paste(picture, (x + 4, y + 4))
        truth = dataset.classes[int(dataset.labels[index])]
        answer = dataset.classes[int(result.answers[index])]
        draw.text((x + 6, y + cell - 2), f"{truth} > {answer}", fill="black")
    try:
        sheet.save(path)
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot write {path}: {error}. Give a name ending in .png.") from None
