"""Tables of lines, counted by hand."""

from dataclasses import replace

import pytest

from digitile.training.lines import LineResult
from digitile.training.scorecard import (
    EditRow,
    EmptyRow,
    LineRow,
    SureRow,
    edit_rows,
    scorecard,
    sure_row,
)

BLANK = LineResult(0, "number", None, None, 0.0, False, 4, 20.0, None, "plain", False, None)


def read(truth: str | None, text: str, confidence: float = 0.9) -> LineResult:
    return replace(BLANK, truth=truth, text=text, confidence=confidence, accepted=True)


def test_the_table_by_hand() -> None:
    results = [
        read("12", "12"),
        replace(read("12", "12"), accepted=False),
        read("12", "13"),
        replace(BLANK, truth="12"),
        replace(read(None, "9"), picture=7, kind="words"),
        replace(read(None, "9"), picture=15, kind="print", accepted=False),
    ]
    rows, empty = scorecard(results, range(24))
    assert rows[0] == LineRow("all", lines=4, right=2, accepted=3, wrong=2, right_accepted=1)
    assert empty == [
        EmptyRow("words", 1, 0),
        EmptyRow("print", 1, 1),
        EmptyRow("drawings", 1, 1),
    ]


def test_only_pictures_that_were_read_count() -> None:
    _, empty = scorecard([], [7, 8, 71])  # 71 is the second picture of words
    assert empty == [EmptyRow("words", 2, 2)]


def test_lines_that_are_sure() -> None:
    """Wilson's interval of 1 wrong of 10 is (n·p + z²/2 ± z·√(n·p·(1−p) + z²/4)) / (n + z²)."""
    results = [read("12", "12", 0.99) for _ in range(9)]
    results += [read(None, "7", 0.98), read("12", "13", 0.97), BLANK]
    found = sure_row(results, 0.98)
    assert (found.accepted, found.wrong) == (10, 1)
    z = 1.959964
    half = z * (10 * 0.1 * 0.9 + z**2 / 4) ** 0.5
    bounds = [(1 + z**2 / 2 + sign * half) / (10 + z**2) for sign in (-1, 1)]
    assert [found.low, found.high] == pytest.approx(bounds, abs=1e-5)
    assert sure_row(results, float("inf")) == SureRow(0, 0, 0.0, 1.0)


def test_edits_of_accepted_lines() -> None:
    results = [
        read("1234", "134"),
        read("1234", "24"),
        read("1234", "12345678"),  # four added
        read("1234", "1294"),
        read("1234", "1234"),
        read(None, "77"),
        replace(read("1234", "1"), accepted=False),
    ]
    assert edit_rows(results) == [
        EditRow("dropped", (1, 1, 0), 3),
        EditRow("added", (0, 0, 1), 4),
        EditRow("changed", (1, 0, 0), 1),
    ]
