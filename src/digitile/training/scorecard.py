"""Tables of what a reader made of drawn pictures: what was right, by what makes it hard."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from digitile.data import default_folder
from digitile.engines import check_engine
from digitile.extras import require
from digitile.model import Model
from digitile.parallel.worker import ignore
from digitile.processors import processors as count_processors
from digitile.reader.sight import check_model
from digitile.reader.trust import threshold
from digitile.scenes.nothing import KINDS as EMPTY
from digitile.training.edits import Edits, edits
from digitile.training.lines import CONTRAST, LineResult, drawable, kind_of, read_drawn

Chosen = Callable[[LineResult], bool]

MANY = 3
"""Lines with so many edits of a kind or more are counted together."""

PICTURES = 1600
"""Drawn, unless told otherwise."""

SEED = 0
"""Of the pictures: the same for every model."""

MAX_ERROR = 0.01
"""The error rate that lines are also counted at."""


@dataclass(frozen=True)
class LineRow:
    """Lines of one kind."""

    name: str
    # those there, and those of them that were read right
    lines: int
    right: int
    # lines that were accepted, also where there is none, and those of them that are not right
    accepted: int
    wrong: int
    right_accepted: int  # lines that are right and accepted


@dataclass(frozen=True)
class EmptyRow:
    """Pictures with nothing to read: how many, and on how many no line was accepted."""

    name: str
    pictures: int
    refused: int


@dataclass(frozen=True)
class SureRow:
    """Lines that are sure enough for few errors, also where there is none."""

    # how many, and those of them that are not right
    accepted: int
    wrong: int
    # Wilson's 95 % confidence interval of the share that is wrong; 0 and 1 where no line is sure
    # enough
    low: float
    high: float


@dataclass(frozen=True)
class EditRow:
    """Accepted lines that are wrong, by how many signs were dropped, added or changed."""

    name: str  # of the edit
    lines: tuple[int, ...]  # how many have 1 of them, 2, and `MANY` or more
    signs: int  # edits in all


@dataclass(frozen=True)
class Scorecard:
    """What a model made of drawn pictures."""

    pictures: int
    lines: list[LineRow]  # lines, by what makes them hard
    sure: SureRow  # those accepted at `MAX_ERROR`
    edits: list[EditRow]  # how accepted lines that are wrong differ from what is there
    accepted_where_none_is: int
    empty: list[EmptyRow]  # pictures with nothing to read


def evaluate_scenes(
    model: Model,
    folder: str | PathLike[str] | None = None,
    count: int = PICTURES,
    *,
    engine: str = "tile",
    processes: int | None = None,
    on_progress: Callable[[float], None] = ignore,
) -> Scorecard:
    """Have a model read drawn pictures of what no training sees.

    Raises `UsageError` for a model that does not see pages, and where the extra ``train`` is not
    installed; `DataError` where what scenes are drawn from is missing or broken.

    Parameters
    ----------
    model : Model
        That sees pages.
    folder : path-like, optional
        Where data sets are kept; `default_folder` if not given.
    count : int
        Pictures; those that cannot be drawn for want of data are left out.
    processes : int, optional
        By default one for each processor; without influence on the result.
    on_progress : callable
        Called with the share that is done.
    """
    check_model(model)
    check_engine(engine)
    require("train", "scipy")
    kept = default_folder() if folder is None else Path(folder)
    numbers = drawable(kept, count)
    results = read_drawn(
        model,
        kept,
        numbers,
        seed=SEED,
        engine=engine,
        processes=processes or count_processors(),
        on_progress=on_progress,
    )
    rows, empty = scorecard(results, numbers)
    return Scorecard(
        len(numbers),
        rows,
        sure_row(results, threshold(model, MAX_ERROR)),
        edit_rows(results),
        sum(one.accepted and one.truth is None for one in results),
        empty,
    )


def scorecard(
    results: Sequence[LineResult], numbers: Sequence[int]
) -> tuple[list[LineRow], list[EmptyRow]]:
    """Return the table of lines, and that of pictures with nothing to read.

    Parameters
    ----------
    results : sequence of LineResult
        All lines of the pictures.
    numbers : sequence of int
        Of the pictures.
    """
    rows = [_row(name, [one for one in results if chosen(one)]) for name, chosen in _ROWS.items()]
    return [row for row in rows if row.lines or row.accepted], _empty(results, numbers)


def sure_row(results: Sequence[LineResult], least: float) -> SureRow:
    """Return what is wrong with the lines of a confidence of `least` or more."""
    from scipy.stats import binomtest

    sure = [one for one in results if one.text is not None and one.confidence >= least]
    wrong = sum(not one.right for one in sure)
    if not sure:
        return SureRow(0, 0, 0.0, 1.0)
    low, high = binomtest(wrong, len(sure)).proportion_ci(method="wilson")
    return SureRow(len(sure), wrong, float(low), float(high))


def edit_rows(results: Sequence[LineResult]) -> list[EditRow]:
    """Return how the lines differ that are accepted, and wrong, but not where there is none."""
    found = [
        edits(one.truth, one.text)
        for one in results
        if one.accepted and one.truth and one.text and one.text != one.truth
    ]
    rows = []
    for place, name in enumerate(Edits._fields):
        counts = [own[place] for own in found]
        lines = [sum(min(count, MANY) == many for count in counts) for many in range(1, MANY + 1)]
        rows.append(EditRow(name, tuple(lines), sum(counts)))
    return rows


def _row(name: str, own: list[LineResult]) -> LineRow:
    accepted = [one for one in own if one.accepted]
    right_accepted = sum(one.right for one in accepted)
    return LineRow(
        name,
        sum(one.truth is not None for one in own),
        sum(one.right for one in own),
        len(accepted),
        len(accepted) - right_accepted,
        right_accepted,
    )


def _empty(results: Sequence[LineResult], numbers: Sequence[int]) -> list[EmptyRow]:
    found = {one.picture for one in results if one.accepted and one.kind in EMPTY}
    rows = []
    for name in EMPTY:
        own = {number for number in numbers if kind_of(number) == name}
        rows.append(EmptyRow(name, len(own), len(own - found)))
    return [row for row in rows if row.pictures]


def _ordinary(one: LineResult) -> bool:
    return one.kind == "number" and one.tall and one.ordinary


def _angle(least: float, most: float) -> Chosen:
    return lambda one: (
        _ordinary(one) and one.conditions is not None and least <= abs(one.conditions.angle) < most
    )


def _is_light(one: LineResult) -> bool:
    return one.conditions is not None and one.conditions.light_on_dark


_ROWS: dict[str, Chosen] = {
    "all": lambda _: True,
    "numbers, ordinary, 12 pixels or more": _ordinary,
    "numbers, ordinary, 8 to 12 pixels": lambda one: one.kind == "small" and one.ordinary,
    "numbers, hard": lambda one: one.kind == "number" and not (one.tall and one.ordinary),
    "dates, amounts, negative numbers": lambda one: one.kind == "marks",
    "marks, ordinary, 12 pixels or more": lambda one: (
        one.kind == "marks" and one.tall and one.ordinary
    ),
    "ordinary: plain paper": lambda one: _ordinary(one) and one.paper == "plain",
    "ordinary: ruled paper": lambda one: _ordinary(one) and one.paper == "ruled",
    "ordinary: in cells": lambda one: _ordinary(one) and one.paper == "cells",
    "ordinary: dark on light": lambda one: _ordinary(one) and not _is_light(one),
    "ordinary: light on dark": lambda one: _ordinary(one) and _is_light(one),
    "ordinary: level, up to 3°": _angle(0, 3),
    "ordinary: aslant, 3° to 10°": _angle(3, 10),
    "ordinary: aslant, 10° to 20°": _angle(10, 90),
    "ordinary: touching": lambda one: _ordinary(one) and one.touching,
    "ordinary: apart": lambda one: _ordinary(one) and not one.touching,
    "hard: contrast": lambda one: (
        one.kind == "number" and one.conditions is not None and one.conditions.contrast < CONTRAST
    ),
}
