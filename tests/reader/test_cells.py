"""What is in a grid's cells."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from digitile.model import bundled_model, load_model
from digitile.reader.cells import Sign, cell_of, cut_cell, gather, place_of
from digitile.reader.reading import Box, Cell

SIDE = 40
X, Y = np.meshgrid(np.arange(3) * SIDE, np.arange(2) * SIDE)
GRID = np.stack([X, Y], axis=-1)[:, :, None] + SIDE * np.array([[0, 0], [1, 0], [1, 1], [0, 1.0]])
"""Two rows of three cells, without gaps."""

MODEL = replace(load_model(bundled_model()), line_trust=None)


def sign(text: str, x: float, y: float, p: float = 0.9) -> Sign:
    return Sign(text, p, np.array([x - 5, y - 9, x + 5, y + 9]))


def test_the_cell_that_a_middle_is_in() -> None:
    assert place_of(GRID, sign("1", 20, 20).box) == (0, 0)
    assert place_of(GRID, sign("1", 119, 41).box) == (1, 2)
    assert place_of(GRID, sign("1", 121, 41).box) is None


def test_a_cell_of_a_grid_aslant() -> None:
    turn = cv2.getRotationMatrix2D((60, 40), 20, 1)
    aslant = cv2.transform(GRID.reshape(1, -1, 2), turn).reshape(GRID.shape)
    for place in np.ndindex(2, 3):
        x, y = aslant[place].mean(axis=0)
        assert place_of(aslant, sign("1", x, y).box) == place


def test_digits_of_a_cell_stand_from_left_to_right() -> None:
    signs = [sign("7", 70, 21), sign(".", 60, 25), sign("4", 48, 19), sign(",", 20, 60)]
    cells = gather(GRID, [*signs, sign("5", 200, 20)])
    assert {place: "".join(one.text for one in own) for place, own in cells.items()} == {
        (0, 1): "4.7"
    }


def test_a_cell_in_words() -> None:
    box = Box(0, 0, 40, 40)
    assert cell_of(None, box, 1.0, MODEL, 0.5) == Cell("", 1.0, True, box)
    assert cell_of([], box, 1.0, MODEL, 0.5) == Cell("", 0.0, False, box)
    two = [sign("1", 10, 20, 0.9), sign("2", 30, 20, 0.8)]
    known = cell_of(two, box, 1.0, MODEL, 0.5)
    assert known == Cell("12", pytest.approx(0.72), True, box)
    assert not cell_of(two, box, 1.0, MODEL, 0.73).accepted


@pytest.mark.parametrize("paper", [230, 20])
def test_the_ink_of_a_cell_without_its_lines(paper: int) -> None:
    ink = 250 - paper
    rng = np.random.default_rng(0)
    gray = np.full((80, 120), paper, np.uint8)
    for x in range(0, 121, SIDE):
        gray[:, max(x - 2, 0) : x + 2] = ink
    gray[38:42] = ink
    gray[10:30, 55:62] = ink  # in the second cell of the first row
    gray[55, 20] = ink  # a speck in the first of the second row
    gray = np.clip(gray + rng.normal(0, 4, gray.shape), 0, 255).astype(np.uint8)
    found = {place: cut_cell(GRID[place], gray) for place in np.ndindex(2, 3)}
    (place,) = [place for place, cut in found.items() if cut is not None]
    cut = found[place]
    assert place == (0, 1)
    assert cut is not None
    np.testing.assert_array_equal(cut.ink.boxes[0] + np.tile(cut.start, 2), [55, 10, 62, 30])
    height, width = cut.gray.shape
    assert height < SIDE
    assert width < SIDE
    assert abs(float(np.median(cut.gray)) - paper) < 5


def test_cells_beyond_the_picture_have_no_ink() -> None:
    gray = np.full((30, 30), 200, np.uint8)
    assert cut_cell(GRID[0, 2], gray) is None
    assert cut_cell(GRID[0, 0] - 60, gray) is None
