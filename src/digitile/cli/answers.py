"""digitile evaluate, of a model that sees pages: photos with texts, and a data set's digits."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digitile.cli.console import WorkBar, print_json, share, table
from digitile.errors import SettingError
from digitile.processors import processors

if TYPE_CHECKING:
    from digitile.data import Dataset
    from digitile.reader import Reader
    from digitile.training.answers import Answer, Tally


def print_photos(
    model: Path, reader: "Reader", folder: Path, processes: int | None, as_json: bool
) -> None:
    """Have a reader read the labelled photos of a folder, and print what was right and what not."""
    from digitile.data.labels import load_labels
    from digitile.training.answers import read_answers, tally

    photos = [(one.name, one.source, one.text) for one in load_labels(folder)]
    with WorkBar("reading") as bar:
        answers = read_answers(
            reader, photos, processes=processes or processors(), on_progress=bar.show
        )
    groups = {
        "one digit": [one for one in answers if len(one.truth) == 1],
        "several": [one for one in answers if len(one.truth) > 1],
        "all": answers,
    }
    rows = [tally(name, some) for name, some in groups.items() if some]
    failures = [one for one in answers if not one.right]
    if as_json:
        told = {"photos": str(folder), "rows": [asdict(row) for row in rows]}
        print_json({"model": str(model), **told, "failures": [asdict(one) for one in failures]})
        return
    click.echo(f"{model} on {len(answers):,} photos of {folder}\n\n{_tallies(rows)}")
    if failures:
        click.echo(f"\n{_failures(failures)}")


def print_singles(
    model: Path,
    reader: "Reader",
    dataset: "Dataset",
    processes: int | None,
    as_json: bool,
) -> None:
    """Have a reader read the digits of a data set that `check_singles` allows, each as a page."""
    from digitile.training.answers import read_answers, tally
    from digitile.training.singles import VERSIONS

    count, versions = len(dataset), VERSIONS[dataset.name]
    truths = [dataset.classes[label] for label in dataset.labels]
    pictures = [
        (name, change(image), truth)
        for name, change in versions.items()
        for image, truth in zip(dataset.images[:, 0], truths, strict=True)
    ]
    with WorkBar("reading") as bar:
        answers = read_answers(
            reader, pictures, processes=processes or processors(), on_progress=bar.show
        )
    rows = [tally(name, [one for one in answers if one.name == name]) for name in versions]
    if as_json:
        told = {"data": dataset.name, "pictures": count, "rows": [asdict(row) for row in rows]}
        print_json({"model": str(model), **told})
        return
    click.echo(f"{model} on {count:,} pictures of {dataset.name}, each read as a page\n")
    click.echo(_tallies(rows))


def check_singles(data: str) -> None:
    """Raise `SettingError` for a data set whose pictures a model that sees pages cannot read."""
    from digitile.training.singles import VERSIONS

    if data not in VERSIONS:
        raise SettingError(
            f"a model that sees pages is not measured on {data!r}. Give --data scenes, "
            f"{', '.join(VERSIONS)}, or --photos with a folder of photos."
        )


def _tallies(rows: Sequence["Tally"]) -> str:
    header = ("", "pictures", "right", "right and accepted", "accepted and wrong", "signs right")
    cells = [
        (
            row.name,
            row.pictures,
            f"{row.right} ({share(row.right, row.pictures)})",
            row.right_accepted,
            row.wrong_accepted,
            share(max(0, row.signs - row.edits), row.signs),
        )
        for row in rows
    ]
    return table(header, cells)


def _failures(failures: Sequence["Answer"]) -> str:
    cells = [
        (
            one.name,
            one.truth,
            one.text or "nothing",
            f"{100 * one.confidence:.1f} %{'' if one.accepted else ' ?'}",
        )
        for one in failures
    ]
    return table(("wrong", "there", "read", "confidence"), cells, left=3)
