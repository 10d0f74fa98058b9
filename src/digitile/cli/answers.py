"""digitile evaluate, of a model that sees pages: photos with texts, and a data set's digits."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digitile.cli.console import WorkBar, print_json, share, table

if TYPE_CHECKING:
    from digitile.data import Dataset
    from digitile.reader import Reader
    from digitile.training.answers import ReadAnswer, Tally


def print_photos(
    model: Path, reader: "Reader", folder: Path, processes: int | None, as_json: bool
) -> None:
    """Have a reader read the labelled photos of a folder, and print what was right and what not."""
    from digitile.training.answers import evaluate_photos, tallies

    with WorkBar("reading") as bar:
        found = evaluate_photos(reader, folder, processes=processes, on_progress=bar.show)
    rows, failures = tallies(found), [one for one in found if not one.right]
    if as_json:
        told = {"photos": str(folder), "rows": [asdict(row) for row in rows]}
        print_json({"model": str(model), **told, "failures": [asdict(one) for one in failures]})
        return
    click.echo(f"{model} on {len(found):,} photos of {folder}\n\n{_tallies(rows)}")
    if failures:
        click.echo(f"\n{_failures(failures)}")


def print_singles(
    model: Path,
    reader: "Reader",
    dataset: "Dataset",
    processes: int | None,
    as_json: bool,
) -> None:
    """Have a reader read the digits of a data set, each as a page, and print what was right."""
    from digitile.training.singles import evaluate_singles

    with WorkBar("reading") as bar:
        rows = evaluate_singles(reader, dataset, processes=processes, on_progress=bar.show)
    count = len(dataset)
    if as_json:
        told = {"data": dataset.name, "pictures": count, "rows": [asdict(row) for row in rows]}
        print_json({"model": str(model), **told})
        return
    click.echo(f"{model} on {count:,} pictures of {dataset.name}, each read as a page\n")
    click.echo(_tallies(rows))


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


def _failures(failures: Sequence["ReadAnswer"]) -> str:
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
