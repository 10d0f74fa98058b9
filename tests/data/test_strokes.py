from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from digitile.data import strokes
from digitile.data.strokes import Strokes
from digitile.errors import DataError

# a 4 of two strokes, a 1 of one, and a 7 of two
FIVE = [
    [[300, 0], [0, 600], [700, 600]],
    [[500, 300], [500, 1000]],
    [[0, 0], [0, 1000]],
    [[0, 0], [600, 0], [200, 1000]],
    [[100, 500], [500, 500]],
]


def some() -> Strokes:
    return Strokes(
        "some",
        np.array([point for stroke in FIVE for point in stroke], np.int16),
        np.array([0, 3, 5, 7, 10, 12]),
        np.array([0, 2, 3, 5]),
        np.array(["4", "1", "7"]),
        np.array([8, 8, 9]),
    )


def test_the_lines_of_a_character() -> None:
    four, one = some().lines(0), some().lines(1)
    assert [line.dtype for line in four] == [np.float32] * 2
    np.testing.assert_allclose(four[0], [[0.3, 0], [0, 0.6], [0.7, 0.6]], rtol=1e-6)
    np.testing.assert_allclose(four[1], [[0.5, 0.3], [0.5, 1]], rtol=1e-6)
    assert [line.tolist() for line in one] == [[[0, 0], [0, 1]]]


@pytest.mark.parametrize("index", [-1, 3])
def test_lines_outside(index: int) -> None:
    with pytest.raises(IndexError):
        some().lines(index)


def test_take_keeps_the_order_and_what_is_taken_twice() -> None:
    taken = some().take([2, 0, 2])
    assert (len(taken), taken.texts.tolist(), taken.writers.tolist()) == (
        3,
        ["7", "4", "7"],
        [9, 8, 9],
    )
    for index, source in enumerate([2, 0, 2]):
        for line, expected in zip(taken.lines(index), some().lines(source), strict=True):
            np.testing.assert_array_equal(line, expected)


def test_take_nothing() -> None:
    assert len(some().take([])) == 0


def test_take_outside() -> None:
    with pytest.raises(IndexError):
        some().take([3])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"points": np.zeros((12, 2))}, "int16, P×2, but are float64, 12×2"),
        ({"points": np.full((12, 2), -1, np.int16)}, "within 0 to 2000"),
        ({"points": np.full((12, 2), 2001, np.int16)}, "within 0 to 2000"),
        ({"points": np.zeros((13, 2), np.int16)}, "strokes must ascend from 0 to .* 13"),
        ({"strokes": np.array([0, 3, 3, 7, 10, 12])}, "strokes must ascend"),
        ({"strokes": np.array([0, 5, 3, 7, 10, 12])}, "strokes must ascend"),
        ({"strokes": np.array([1, 3, 5, 7, 10, 12])}, "strokes must ascend"),
        ({"strokes": np.array([], np.int64)}, "one start or more"),
        ({"strokes": np.array([0, 3, 5, 7, 10, 12], np.int32)}, "strokes must be int64"),
        ({"characters": np.array([0, 2, 3, 4])}, "characters must ascend from 0 to .* 5"),
        ({"texts": np.array(["4", "1"])}, "3 characters need as many texts"),
        ({"texts": np.array([4, 1, 7])}, "texts"),
        ({"writers": np.array([1])}, "writers"),
        ({"writers": np.array([1.0, 2, 3])}, "writers"),
    ],
)
def test_what_does_not_fit_together(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        replace(some(), **changes)


def test_too_many_points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strokes, "MAX_POINTS", 11)
    with pytest.raises(DataError, match="12 points; at most 11"):
        some()
