"""digitile evaluate: how well a model does on labelled pictures."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digitile.cli.answers import check_singles, print_photos, print_singles
from digitile.cli.console import (
    DownloadBar,
    as_json,
    data_folder,
    engine,
    model_file,
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

SCENES = 1600
"""Drawn pictures, unless told otherwise."""


@click.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.option(
    "--data",
    metavar="mnist|cifar10|digits|scenes|FOLDER",
    help="The labelled pictures; scenes are drawn, for a model that sees pages.  [default: digits]",
)
@click.option(
    "--photos",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Photos for a model that sees pages, with a table labels.csv of the columns file and "
    "text, in place of --data.",
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
    "--count",
    type=click.IntRange(8),
    help=f"How many scenes to draw, or the first so many pictures of a data set.  [default: "
    f"{SCENES} scenes, all pictures]",
)
@processes
@as_json
def evaluate(
    model: Path,
    data: str | None,
    photos: Path | None,
    data_folder: Path | None,
    split: str,
    engine: str,
    worst: Path | None,
    corruptions: bool,
    count: int | None,
    processes: int | None,
    as_json: bool,
) -> None:
    """Print a MODEL's error rate and confusion matrix (rows: truth, columns: answer).

    A MODEL that sees pages ("digits" for the one that comes with digitile) reads whole numbers
    instead, and tables say how many are right, and how many of those accepted are wrong.

    With --data scenes it reads drawn pictures of writers, fonts and scripts that no training sees.
    Of amounts and negative numbers, the value has to be right as well, where it is certain.
    Ordinary are pictures whose paper and ink are at least 0.35 of the full range apart, blurred by
    at most 0.12 of a stroke's width, with noise of at most 0.1 of the contrast; hard are all others
    that scenes are drawn with, down to a contrast of 0.15, up to a blur and noise of 0.2. Further
    tables: the errors at --max-error 0.01, with Wilson's interval; the digits and marks that were
    dropped, added or changed in lines accepted and wrong; and pictures with nothing to read, photos
    of CIFAR-10 among them where that is there.

    With --data mnist or digits, it reads each digit as a picture of its own: MNIST's as they are,
    three times as large, as negatives, and cut to the edge of the ink; those of 8×8 pixels
    (digits) six times as large.

    With --photos, it reads photos, and each that was not read right is listed. Signs are digits and
    marks, and right unless dropped, added or changed (edit distance).
    """
    from digitile.model import load_model
    from digitile.reader import Reader
    from digitile.reader.sight import sees_pages
    from digitile.training.metrics import evaluate as measure
    from digitile.training.robustness import measure_robustness

    of_digits = {"--worst": worst, "--corruptions": corruptions or None}
    if photos is not None:
        _refuse(of_digits | {"--data": data, "--count": count}, "--photos")
        print_photos(model, Reader.load(model_file(model), engine), photos, processes, as_json)
        return
    data = data or "digits"
    if data == "scenes":
        _refuse(of_digits, "scenes")
        print_scorecard(model, data_folder, count or SCENES, engine, processes, as_json)
        return
    loaded = load_model(model_file(model))
    pages = sees_pages(loaded)
    if pages:
        _refuse(of_digits, "a model that sees pages")
        check_singles(data)
    shape = None if pages else loaded.network.input_shape
    dataset = _load(data, data_folder, shape, split, count)
    if pages:
        print_singles(model, Reader(loaded, engine), dataset, processes, as_json)
        return
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


def _load(
    data: str,
    folder: Path | None,
    shape: tuple[int, ...] | None,
    split: str,
    count: int | None,
) -> "Dataset":
    """Return a part of a data set, or the first `count` pictures of it."""
    from digitile.data import join, load

    splits = load(data, folder, shape=shape, progress=DownloadBar())
    dataset = {
        "test": lambda: splits.test,
        "train": lambda: splits.train,
        "all": lambda: join(splits.train, splits.test),
    }[split]()
    return dataset if count is None else dataset.take(range(min(count, len(dataset))))


def _refuse(options: Mapping[str, object], what: str) -> None:
    """Raise `UsageError` where an option is given that is not for what is measured."""
    given = [name for name, value in options.items() if value is not None]
    if given:
        raise UsageError(f"{given[0]} is not for {what}. Leave it out.")


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
