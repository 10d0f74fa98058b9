"""A table of what a reader made of drawn pictures: what was right, by what makes it hard."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from digitile.scenes.nothing import KINDS as EMPTY
from digitile.training.lines import CONTRAST, LineResult, kind_of

Chosen = Callable[[LineResult], bool]


@dataclass(frozen=True)
class Row:
    """Lines of one kind.

    Attributes
    ----------
    name : str
    lines, right : int
        Those there, and those of them that were read right.
    accepted, wrong : int
        Lines that were accepted, also where there is none, and those of them that are not right.
    right_accepted : int
        Lines that are right and accepted.
    """

    name: str
    lines: int
    right: int
    accepted: int
    wrong: int
    right_accepted: int


@dataclass(frozen=True)
class EmptyRow:
    """Pictures with nothing to read: how many, and on how many no line was accepted."""

    name: str
    pictures: int
    refused: int


def scorecard(results: Sequence[LineResult], count: int) -> tuple[list[Row], list[EmptyRow]]:
    """Return the table of lines, and that of pictures with nothing to read.

    Parameters
    ----------
    results : sequence of LineResult
        All lines of the pictures.
    count : int
        Pictures, from number 0.
    """
    rows = [_row(name, [one for one in results if chosen(one)]) for name, chosen in _ROWS.items()]
    return [row for row in rows if row.lines or row.accepted], _empty(results, count)


def _row(name: str, own: list[LineResult]) -> Row:
    accepted = [one for one in own if one.accepted]
    right_accepted = sum(one.right for one in accepted)
    return Row(
        name,
        sum(one.truth is not None for one in own),
        sum(one.right for one in own),
        len(accepted),
        len(accepted) - right_accepted,
        right_accepted,
    )


def _empty(results: Sequence[LineResult], count: int) -> list[EmptyRow]:
    found = {one.picture for one in results if one.accepted and one.kind in EMPTY}
    numbers = [(number, kind_of(number)) for number in range(count)]
    rows = []
    for name in EMPTY:
        own = {number for number, kind in numbers if kind == name}
        rows.append(EmptyRow(name, len(own), len(own - found)))
    return rows


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
