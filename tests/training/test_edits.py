"""Edits between texts: worked by hand, and by a search that tries all ways."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitile.training.edits import Edits, edits


@pytest.mark.parametrize(
    ("truth", "text", "expected"),
    [
        ("1234", "1234", (0, 0, 0)),
        ("1234", "134", (1, 0, 0)),
        ("1234", "12334", (0, 1, 0)),
        ("1234", "7234", (0, 0, 1)),
        ("12", "21", (0, 0, 2)),  # not one dropped and one added
        ("12,50", "1250", (1, 0, 0)),
        ("12345", "234", (2, 0, 0)),
        ("7", "", (1, 0, 0)),
        ("", "77", (0, 2, 0)),
        ("1234", "9124", (1, 1, 0)),
    ],
)
def test_by_hand(truth: str, text: str, expected: tuple[int, int, int]) -> None:
    assert edits(truth, text) == Edits(*expected)


@given(st.text("012", max_size=7), st.text("012", max_size=7))
def test_the_distance_is_the_shortest(truth: str, text: str) -> None:
    @cache
    def distance(i: int, j: int) -> int:
        if i == 0 or j == 0:
            return i + j
        if truth[i - 1] == text[j - 1]:
            return distance(i - 1, j - 1)
        return 1 + min(distance(i - 1, j), distance(i, j - 1), distance(i - 1, j - 1))

    found = edits(truth, text)
    assert sum(found) == distance(len(truth), len(text))
    assert found.dropped - found.added == len(truth) - len(text)
