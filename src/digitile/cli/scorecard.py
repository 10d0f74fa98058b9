"""digitile evaluate --data scenes: what a model makes of drawn pages."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digitile.cli.console import WorkBar, model_file, print_json, table
from digitile.processors import processors

if TYPE_CHECKING:
    from digitile.training.scorecard import EmptyRow, Row

SEED = 0
"""Of the pictures: the same for every model."""


def print_scorecard(
    model: Path, folder: Path | None, count: int, engine: str, processes: int | None, as_json: bool
) -> None:
    """Have a model read drawn pictures, and print the table of what was right."""
    from digitile.data import default_folder
    from digitile.model import load_model
    from digitile.reader.sight import check_model
    from digitile.training.lines import read_drawn
    from digitile.training.scorecard import scorecard

    loaded = load_model(model_file(model))
    check_model(loaded)
    with WorkBar("reading") as bar:
        results = read_drawn(
            loaded,
            folder or default_folder(),
            count,
            seed=SEED,
            engine=engine,
            processes=processes or processors(),
            on_progress=bar.show,
        )
    rows, empty = scorecard(results, count)
    if as_json:
        lines, nothing = ([asdict(row) for row in part] for part in (rows, empty))
        print_json({"model": str(model), "pictures": count, "lines": lines, "empty": nothing})
        return
    click.echo(f"{model} on {count:,} drawn pictures of what no training sees\n\n{_lines(rows)}")
    click.echo(f"\n{_empty(empty)}")


def _lines(rows: Sequence["Row"]) -> str:
    cells = [
        (
            row.name,
            row.lines,
            _share(row.right, row.lines),
            _share(row.right_accepted, row.right),
            row.accepted,
            _share(row.wrong, row.accepted),
        )
        for row in rows
    ]
    header = ("", "lines", "right", "of these accepted", "accepted", "of these wrong")
    return table(header, cells)


def _empty(rows: Sequence["EmptyRow"]) -> str:
    cells = [(row.name, row.pictures, _share(row.refused, row.pictures)) for row in rows]
    pictures, refused = (
        sum(getattr(row, name) for row in rows) for name in ("pictures", "refused")
    )
    cells.append(("all", pictures, _share(refused, pictures)))
    return table(("nothing to read", "pictures", "no line accepted"), cells)


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"
