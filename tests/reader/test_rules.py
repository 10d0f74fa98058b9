"""Ruled lines go, the strokes that cross them stay."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitile.reader.ink import InkMap
from digitile.reader.rules import without_rules

STROKE = 12


def writing() -> NDArray[np.float32]:
    """Return an upright and a level stroke, 12 pixels wide, 240×300."""
    ink = np.zeros((240, 300), np.float32)
    ink[40:200, 140:152] = 1
    ink[188:200, 90:200] = 1
    return ink


def cleaned(ink: NDArray[np.float32], stroke: float = STROKE) -> NDArray[np.float32]:
    return without_rules(InkMap(ink, 0.0, stroke)).ink


def ruled(ink: NDArray[np.float32], thick: int, slope: float = 0.0) -> NDArray[np.float32]:
    """Return the ink with two level lines and an upright one across the whole picture."""
    height, width = ink.shape
    lines = np.zeros(ink.shape, np.uint8)
    for y in (70, 150):
        cv2.line(lines, (0, y), (width - 1, round(y + slope * width)), 1, thick)
    cv2.line(lines, (60, 0), (round(60 + slope * height), height - 1), 1, thick)
    return np.maximum(ink, lines.astype(np.float32))


@pytest.mark.parametrize("slope", [0.0, 0.015, -0.02])
@pytest.mark.parametrize("thick", [1, 3])
def test_lines_go_and_strokes_stay(thick: int, slope: float) -> None:
    before, strokes = ruled(writing(), thick, slope), writing() > 0
    after = cleaned(before)
    assert after[strokes].min() == 1
    assert after[~strokes].sum() < 0.1 * before[~strokes].sum()


def test_writing_without_lines_is_not_touched() -> None:
    np.testing.assert_array_equal(cleaned(writing()), writing())


def test_neither_short_nor_thick_bars_are_lines() -> None:
    short = np.zeros((240, 300), np.float32)
    short[100:103, 60:200] = 1  # less than LENGTH
    np.testing.assert_array_equal(cleaned(short), short)
    thick = np.zeros((240, 300), np.float32)
    thick[100:108] = 1  # more than half a stroke
    np.testing.assert_array_equal(cleaned(thick), thick)


def test_small_pictures_keep_their_thin_strokes() -> None:
    ink = np.zeros((28, 28), np.float32)
    ink[4:24, 14] = ink[8, 2:26] = 1
    np.testing.assert_array_equal(cleaned(ink, stroke=1.0), ink)
