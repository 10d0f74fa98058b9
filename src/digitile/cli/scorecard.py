"""digitile evaluate --data scenes: what a model makes of drawn pages."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digitile.cli.console import WorkBar, model_file, print_json, share, table

if TYPE_CHECKING:
    from digitile.training.scorecard import EditRow, EmptyRow, LineRow, SureRow


def print_scorecard(
    model: Path,
    folder: Path | None,
    count: int | None,
    engine: str,
    processes: int | None,
    as_json: bool,
) -> None:
    """Have a model read drawn pictures, and print the tables of what was right."""
    from digitile.model import load_model
    from digitile.training.scorecard import MAX_ERROR, PICTURES, evaluate_scenes

    loaded = load_model(model_file(model))
    with WorkBar("reading") as bar:
        card = evaluate_scenes(
            loaded,
            folder,
            count or PICTURES,
            engine=engine,
            processes=processes,
            on_progress=bar.show,
        )
    if as_json:
        measured = asdict(card)
        measured["sure"] = {"max_error": MAX_ERROR, **measured["sure"]}
        print_json({"model": str(model), **measured})
        return
    click.echo(f"{model} on {card.pictures:,} synthetic pictures of held-out material\n")
    click.echo(f"{_lines(card.lines)}\n\n{_sure(card.sure, MAX_ERROR)}\n")
    click.echo(f"{_edits(card.edits, card.accepted_where_none_is)}\n\n{_empty(card.empty)}")


def _lines(rows: Sequence["LineRow"]) -> str:
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


def _sure(row: "SureRow", max_error: float) -> str:
    name = f"--max-error {max_error:g}"
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
