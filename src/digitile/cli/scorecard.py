"""digitile evaluate --data scenes: what a model makes of drawn pages."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digitile.cli.console import WorkBar, model_file, print_json, share, table
from digitile.processors import processors

if TYPE_CHECKING:
    from digitile.training.scorecard import EditRow, EmptyRow, Row, SureRow

SEED = 0
"""Of the pictures: the same for every model."""

MAX_ERROR = 0.01
"""The error rate that lines are also counted at."""


def print_scorecard(
    model: Path, folder: Path | None, count: int, engine: str, processes: int | None, as_json: bool
) -> None:
    """Have a model read drawn pictures, and print the tables of what was right."""
    from digitile.data import default_folder
    from digitile.model import load_model
    from digitile.reader.sight import check_model
    from digitile.reader.trust import threshold
    from digitile.training.lines import drawable, read_drawn
    from digitile.training.scorecard import edit_rows, scorecard, sure_row

    loaded = load_model(model_file(model))
    check_model(loaded)
    kept = folder or default_folder()
    numbers = drawable(kept, count)
    with WorkBar("reading") as bar:
        results = read_drawn(
            loaded,
            kept,
            numbers,
            seed=SEED,
            engine=engine,
            processes=processes or processors(),
            on_progress=bar.show,
        )
    rows, empty = scorecard(results, numbers)
    sure, edited = sure_row(results, threshold(loaded, MAX_ERROR)), edit_rows(results)
    none_there = sum(one.accepted and one.truth is None for one in results)
    if as_json:
        lines, edits, nothing = ([asdict(row) for row in part] for part in (rows, edited, empty))
        print_json(
            {
                "model": str(model),
                "pictures": len(numbers),
                "lines": lines,
                "sure": {"max_error": MAX_ERROR, **asdict(sure)},
                "edits": edits,
                "accepted_where_none_is": none_there,
                "empty": nothing,
            }
        )
        return
    click.echo(f"{model} on {len(numbers):,} drawn pictures of what no training sees\n")
    click.echo(f"{_lines(rows)}\n\n{_sure(sure)}\n\n{_edits(edited, none_there)}\n")
    click.echo(_empty(empty))


def _lines(rows: Sequence["Row"]) -> str:
    cells = [
        (
            row.name,
            row.lines,
            share(row.right, row.lines),
            share(row.right_accepted, row.right),
            row.accepted,
            share(row.wrong, row.accepted),
        )
        for row in rows
    ]
    header = ("", "lines", "right", "of these accepted", "accepted", "of these wrong")
    return table(header, cells)


def _sure(row: "SureRow") -> str:
    name = f"--max-error {MAX_ERROR:g}"
    interval = f"{100 * row.low:.2f} to {100 * row.high:.2f} %" if row.accepted else "–"
    cells = (name, row.accepted, row.wrong, share(row.wrong, row.accepted), interval)
    return table(("", "accepted", "wrong", "share", "95 % interval"), [cells])


def _edits(rows: Sequence["EditRow"], none_there: int) -> str:
    cells = [(row.name, *row.lines, row.signs) for row in rows]
    header = ("in lines accepted and wrong", "lines with 1", "with 2", "3 or more", "signs in all")
    shown = table(header, cells)
    return f"{shown}\naccepted where no line is: {none_there}"


def _empty(rows: Sequence["EmptyRow"]) -> str:
    cells = [(row.name, row.pictures, share(row.refused, row.pictures)) for row in rows]
    pictures, refused = (
        sum(getattr(row, name) for row in rows) for name in ("pictures", "refused")
    )
    cells.append(("all", pictures, share(refused, pictures)))
    return table(("nothing to read", "pictures", "no line accepted"), cells)
