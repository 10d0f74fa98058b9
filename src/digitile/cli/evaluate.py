"""digitile evaluate: how well a model does on labelled pictures."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from digitile.cli.answers import print_photos, print_singles
from digitile.cli.console import (
    FILE,
    FOLDER,
    PATH,
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


@click.command()
@click.argument("model", type=PATH)
@click.option(
    "--data",
    metavar="mnist|cifar10|digits|scenes|FOLDER",
    help="The labelled pictures; scenes are synthetic pages, for a model that sees pages.  "
    "[default: digits]",
)
@click.option(
    "--photos",
    type=FOLDER,
    metavar="FOLDER",
    help="Instead of --data: photos for a model that sees pages, with a table labels.csv of the "
    "columns file and text.",
)
@data_folder
@click.option(
    "--split",
    type=click.Choice(["test", "train", "all"]),
    default="test",
    show_default=True,
    help="Which part to use. A folder without train and test has a fixed fifth as test.",
)
@engine
@click.option(
    "--worst",
    type=FILE,
    metavar="PICTURE",
    help="Write the most confident wrong answers as one picture.",
)
@click.option(
    "--count",
    type=click.IntRange(8),
    help="Scenes to generate, or pictures to take from the start of a data set.  [default: 1600 "
    "scenes, all pictures]",
)
@processes
@as_json
def evaluate(  # noqa: PLR0913 - click gives each option as an argument
    model: Path,
    data: str | None,
    photos: Path | None,
    data_folder: Path | None,
    split: Literal["test", "train", "all"],
    engine: str,
    worst: Path | None,
    count: int | None,
    processes: int | None,
    as_json: bool,
) -> None:
    """Print a MODEL's error rate and confusion matrix (rows: truth, columns: answer).

    A MODEL that sees pages ("digits" for the bundled one) reads whole numbers instead. Tables show
    how many are right, and how many of the accepted ones are wrong.

    With --data scenes it reads synthetic pictures of held-out writers, fonts and scripts. For
    amounts and negative numbers, the value has to be right as well, if it is certain. A picture is
    ordinary if paper and ink differ by at least 0.35 of the full range, the blur is at most 0.12 of
    a stroke's width and the noise at most 0.1 of the contrast. All others are hard: contrast down
    to 0.15, blur and noise up to 0.2. Further tables show the errors at --max-error 0.01, with
    Wilson's interval; the digits and marks that were dropped, added or changed in lines that were
    accepted and wrong; and pictures with nothing to read, with photos of CIFAR-10 if that is there.

    With --data mnist or digits, it reads each digit as a picture of its own: MNIST's as they are,
    enlarged three times, as negatives, and cropped to the edge of the ink; those of 8×8 pixels
    (digits) enlarged six times.

    With --photos, it reads photos and lists each one that was not read right. Signs are digits and
    marks; one is right unless it was dropped, added or changed (edit distance).
    """
    from digitile.data import load_data
    from digitile.inspect.worst import draw_worst
    from digitile.model import load_model
    from digitile.pictures import write_picture
    from digitile.reader import Reader
    from digitile.reader.sight import sees_pages
    from digitile.training.metrics import evaluate as measure
    from digitile.training.singles import check_singles

    if photos is not None:
        _refuse({"--worst": worst, "--data": data, "--count": count}, "--photos")
        print_photos(model, Reader.load(model_file(model), engine), photos, processes, as_json)
        return
    data = data or "digits"
    if data == "scenes":
        _refuse({"--worst": worst}, "scenes")
        print_scorecard(model, data_folder, count, engine, processes, as_json)
        return
    loaded = load_model(model_file(model))
    pages = sees_pages(loaded)
    if pages:
        _refuse({"--worst": worst}, "a model that sees pages")
        check_singles(data)
    shape = None if pages else loaded.network.input_shape
    dataset = load_data(data, data_folder, shape=shape, progress=DownloadBar()).part(split)
    dataset = dataset if count is None else dataset.first(count)
    if pages:
        print_singles(model, Reader(loaded, engine), dataset, processes, as_json)
        return
    result = measure(loaded, dataset, engine)
    if worst is not None:
        write_picture(worst, draw_worst(result, dataset))
    asked = {"model": str(model), "data": data, "split": split}
    _print_classes(asked, dataset, result, as_json)


def _print_classes(
    asked: dict[str, str],
    dataset: "Dataset",
    result: "Evaluation",
    as_json: bool,
) -> None:
    """Print what a model of single digits answered."""
    if as_json:
        print_json(
            {
                **asked,
                "pictures": len(dataset),
                "errors": result.errors,
                "error_rate": result.error_rate,
                "classes": list(dataset.classes),
                "confusion": result.confusion.tolist(),
            }
        )
        return
    click.echo(
        f"{asked['model']} on {asked['data']} ({asked['split']}): {100 * result.error_rate:.2f} % "
        f"wrong, {result.errors} of {len(dataset):,} pictures\n"
    )
    rows = [(name, *row) for name, row in zip(dataset.classes, result.confusion, strict=True)]
    click.echo(table(("", *dataset.classes), rows))


def _refuse(options: Mapping[str, object], what: str) -> None:
    """Raise `UsageError` where an option is given that is not for what is measured."""
    given = [name for name, value in options.items() if value is not None]
    if given:
        raise UsageError(f"{given[0]} is not for {what}. Leave it out.")
