"""Grids: rows, columns and cells are those that were drawn; most pictures have none."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitile.reader.grid import find_grid
from digitile.reader.sight import Gray
from digitile.scenes.page import ScenePage
from tests.scenes.scene_materials import SHAPES

NO_DIGITS = np.zeros((0, 4))
EDGE = 90
"""Paper around what is drawn."""

Points = NDArray[np.float64]


def grid_page(
    widths: Sequence[int], heights: Sequence[int], gap: int = 0, thick: int = 2
) -> tuple[ScenePage, Points]:
    """A page with a grid of printed cells, and their corners."""
    x = EDGE + np.cumsum([0, *widths]) + gap * np.arange(len(widths) + 1)
    y = EDGE + np.cumsum([0, *heights]) + gap * np.arange(len(heights) + 1)
    page = ScenePage.blank(int(y[-1]) + EDGE, int(x[-1]) + EDGE)
    corners = np.zeros((len(heights), len(widths), 4, 2))
    for row, height in enumerate(heights):
        for column, width in enumerate(widths):
            left, top, right, bottom = (
                *(x[column], y[row]),
                *(x[column] + width, y[row] + height),
            )
            page.frame((left, top, right, bottom), thick)
            corners[row, column] = [(left, top), (right, top), (right, bottom), (left, bottom)]
    return page, corners


def write(page: ScenePage, digit: str, x: float, y: float, height: float) -> tuple[float, ...]:
    """Write a digit with its upper left corner at x, y, and return its box."""
    strokes = [np.array(stroke) * height + (x, y) for stroke in SHAPES[digit]]
    for stroke in strokes:
        page.line(stroke, 0.1 * height)
    points, pen = np.concatenate(strokes), 0.05 * height
    return (*(points.min(axis=0) - pen).tolist(), *(points.max(axis=0) + pen).tolist())


def fill(page: ScenePage, corners: Points, every: int) -> Points:
    """Write a digit into each cell whose number `every` divides, and return the boxes."""
    boxes = []
    for number, cell in enumerate(corners.reshape(-1, 4, 2)):
        if number % every == 0:
            height = 0.6 * (cell[3, 1] - cell[0, 1])
            x, y = cell.mean(axis=0) - (0.3 * height, 0.5 * height)
            boxes.append(write(page, str(number * 7 % 10), x, y, height))
    return np.array(boxes).reshape(-1, 4)


def photo(page: ScenePage, seed: int = 0, light_on_dark: bool = False) -> Gray:
    """A page under light that falls off to the right, with noise."""
    rng = np.random.default_rng(seed)
    cover = np.maximum(page.ink / 255, 0.6 * page.rules / 255)
    light = np.linspace(1, 0.5, cover.shape[1])
    level = 0.1 + 0.8 * cover if light_on_dark else 0.9 - 0.8 * cover
    return np.clip(255 * light * level + rng.normal(0, 3, cover.shape), 0, 255).astype(np.uint8)


def agree(found: Points | None, corners: Points) -> None:
    """Cells are those drawn, to a tenth of the smallest side: they end where the lines begin."""
    assert found is not None
    assert found.shape == corners.shape
    sides = np.linalg.norm(np.roll(corners, -1, axis=2) - corners, axis=3)
    assert np.abs(found - corners).max() < 0.1 * sides.min() + 2


GRIDS = {
    "sudoku": ([56] * 9, [56] * 9, 0),
    "row of boxes": ([48] * 8, [60], 0),
    "two boxes": ([60] * 2, [60], 0),
    "boxes apart": ([48] * 6, [60], 18),
    "form": ([40] * 12, [50] * 3, 8),
    "table with header": ([150, 60, 90, 220], [70, 50, 50, 50, 50], 0),
}


@pytest.mark.parametrize("light_on_dark", [False, True])
@pytest.mark.parametrize("name", GRIDS)
def test_level_grids(name: str, light_on_dark: bool) -> None:
    page, corners = grid_page(*GRIDS[name])
    digits = fill(page, corners, 3)
    agree(find_grid(photo(page, light_on_dark=light_on_dark), digits), corners)


@pytest.mark.parametrize("angle", [-20, -7, 3, 20])
@pytest.mark.parametrize("tilt", [0.0, 3e-4])
@pytest.mark.parametrize("name", ["sudoku", "row of boxes", "table with header"])
def test_grids_aslant_and_in_perspective(name: str, angle: float, tilt: float) -> None:
    page, corners = grid_page(*GRIDS[name])
    fill(page, corners, 3)
    height, width = page.ink.shape
    size = round(1.4 * max(height, width))
    turn = np.eye(3)
    turn[:2] = cv2.getRotationMatrix2D((width / 2, height / 2), -angle, 1)
    shift = np.array([[1, 0, (size - width) / 2], [0, 1, (size - height) / 2], [0, 0, 1]])
    to = np.array([[1, 0, 0], [0, 1, 0], [tilt, tilt / 2, 1]]) @ shift @ turn
    page.ink, page.rules = (
        np.asarray(cv2.warpPerspective(layer, to, (size, size)), np.uint8)
        for layer in (page.ink, page.rules)
    )
    drawn = cv2.perspectiveTransform(corners.reshape(1, -1, 2), to).reshape(corners.shape)
    agree(find_grid(photo(page), NO_DIGITS), drawn)


def test_cells_that_digits_break_are_there_too() -> None:
    page, corners = grid_page(*GRIDS["sudoku"])
    for row, column in ((0, 0), (4, 4), (4, 5), (8, 2)):  # from one cell across the next line
        x, y = corners[row, column, 0]
        page.line(np.array([(x - 9, y + 9), (x + 66, y + 44)]), 6)
        page.line(np.array([(x + 30, y - 9), (x + 25, y + 64)]), 6)
    agree(find_grid(photo(page), NO_DIGITS), corners)


def test_of_two_grids_the_one_of_more_cells() -> None:
    page, corners = grid_page([48] * 7, [50] * 4)
    below = ScenePage.blank(400, page.ink.shape[1])
    for column in range(3):
        below.frame((100 + 60 * column, 200, 160 + 60 * column, 260), 2)
    page.rules = np.concatenate([page.rules, below.rules])
    page.ink = np.concatenate([page.ink, below.ink])
    agree(find_grid(photo(page), NO_DIGITS), corners)


def lines(pitch: int, across: bool, down: bool) -> ScenePage:
    page = ScenePage.blank(500, 700)
    if across:
        page.rules[pitch // 2 :: pitch] = 255
    if down:
        page.rules[:, pitch // 3 :: pitch] = 255
    return page


def test_blank_and_tiny_pictures_have_none() -> None:
    assert find_grid(photo(ScenePage.blank(300, 400)), NO_DIGITS) is None
    for shape in ((1, 1), (1, 3000), (2, 2)):
        assert find_grid(np.full(shape, 7, np.uint8), NO_DIGITS) is None


def test_ruled_paper_is_none() -> None:
    page = lines(60, across=True, down=False)
    page.rules[:, 80:83] = 255  # a margin
    boxes = [write(page, str(n % 10), 100 + 40 * n, 100, 40) for n in range(12)]
    assert find_grid(photo(page), np.array(boxes)) is None


@pytest.mark.parametrize("pitch", [20, 45, 70])
def test_squared_paper_is_none(pitch: int) -> None:
    page = lines(pitch, across=True, down=True)
    assert find_grid(photo(page), NO_DIGITS) is None
    boxes = [write(page, str(n % 10), 100 + 40 * n, 100, 50) for n in range(10)]
    assert find_grid(photo(page), np.array(boxes)) is None


def test_squares_smaller_than_digits_are_none() -> None:
    page, corners = grid_page([24] * 20, [24] * 12)  # the paper ends before the picture does
    agree(find_grid(photo(page), NO_DIGITS), corners)
    boxes = [write(page, str(n % 10), 120 + 50 * n, 150, 60) for n in range(8)]
    assert find_grid(photo(page), np.array(boxes)) is None


@pytest.mark.parametrize("underlined", [False, True])
def test_digits_alone_are_none(underlined: bool) -> None:
    for digits in ("0000000", "4848484", "8888", "1234567890"):
        page = ScenePage.blank(300, 800)
        boxes = [write(page, digit, 60 + 60 * n, 100, 80) for n, digit in enumerate(digits)]
        if underlined:
            page.line(np.array([(40, 195), (760, 200)]), 4)
        assert find_grid(photo(page), np.array(boxes)) is None


def test_square_zeros_are_none() -> None:
    page = ScenePage.blank(300, 800)
    boxes = []
    for left in range(100, 600, 90):
        page.frame((left, 100, left + 60, 190), 12)
        boxes.append((left - 6, 94, left + 66, 196))
    assert find_grid(photo(page), np.array(boxes, float)) is None


@pytest.mark.parametrize("light_on_dark", [False, True])
def test_solid_bars_are_none(light_on_dark: bool) -> None:
    page = ScenePage.blank(300, 500)
    for left in range(60, 400, 60):
        page.ink[100:180, left : left + 40] = 255
    assert find_grid(photo(page, light_on_dark=light_on_dark), NO_DIGITS) is None


def test_text_is_none() -> None:
    page = ScenePage.blank(400, 900)
    for row in range(5):
        cv2.putText(page.ink, "DOOB Total 8008 HODE", (30, 60 + 70 * row), 2, 1.6, 255, 3)
    assert find_grid(photo(page), NO_DIGITS) is None


def test_more_than_fifty_columns_are_none() -> None:
    page, corners = grid_page([24] * 50, [30])
    agree(find_grid(photo(page), NO_DIGITS), corners)
    assert find_grid(photo(grid_page([24] * 51, [30])[0]), NO_DIGITS) is None


def test_a_texture_is_none() -> None:
    rng = np.random.default_rng(0)
    assert find_grid(rng.integers(0, 256, (1000, 1000), np.uint8), NO_DIGITS) is None
