"""Where lines are looked for, and what makes a line."""

from itertools import product

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitile.reader.candidates import NONE, Boxes, Candidates
from digitile.reader.search import (
    Found,
    covered,
    find_lines,
    finest_from_aside,
    grouped,
    scaled,
    scales_of,
)
from digitile.reader.sight import Gray, Sight
from digitile.reader.tuned import (
    LARGEST,
    MOST_ENLARGED,
    RANGE_OF_PAGE,
    SMALLEST,
    STEP,
    TARGET,
)


@given(st.integers(1, 20_000), st.integers(1, 20_000))
def test_scales_go_from_coarse_to_fine(height: int, width: int) -> None:
    scales = scales_of(height, width)
    assert scales[0] <= LARGEST / min(height, width)
    assert len(scales) <= 16
    np.testing.assert_allclose(np.divide(scales[1:], scales[:-1]), STEP)
    assert scales[-1] < max(MOST_ENLARGED, scales[0]) * STEP


def test_small_digits_of_a_page_are_reached() -> None:
    finest = scales_of(60, 200)[-1]
    assert SMALLEST * finest >= 0.9 * TARGET


def candidates(boxes: list[tuple[float, ...]], sure: float = 0.9) -> Candidates:
    p = np.zeros((len(boxes), NONE + 1))
    p[:, 3], p[:, NONE] = sure, 1 - sure
    return Candidates(np.array(boxes, np.float64).reshape(-1, 4), p)


def row(
    x: float, y: float, count: int, size: float = 20, slope: float = 0
) -> list[tuple[float, ...]]:
    """Boxes in a row, as wide as they are apart."""
    return [
        (x + i * size, y + i * slope * size, x + (i + 0.6) * size, y + (1 + i * slope) * size)
        for i in range(count)
    ]


@pytest.mark.parametrize(
    ("boxes", "sizes"),
    [
        (row(0, 0, 5), [5]),
        (row(0, 0, 5) + row(0, 30, 4), [5, 4]),
        (row(0, 0, 3) + row(200, 0, 3), [3, 3]),
        (row(0, 0, 8, slope=0.3), [8]),
        (row(0, 0, 8, slope=-0.3), [8]),
        (row(0, 0, 4) + row(80, 0, 3, size=50), [4, 3]),
        (row(0, 0, 1), [1]),
        ([], []),
    ],
    ids=["a row", "two lines", "columns", "falling", "rising", "two sizes", "one", "none"],
)
def test_which_digits_are_a_line(boxes: list[tuple[float, ...]], sizes: list[int]) -> None:
    rng = np.random.default_rng(0)
    order = rng.permutation(len(boxes))
    lines = grouped(candidates([boxes[i] for i in order]))
    # as they were listed, each candidate in one line
    assert sorted(sorted(order[line].tolist()) for line in lines) == sorted(
        list(range(start, start + size))
        for start, size in zip(np.cumsum([0, *sizes[:-1]]), sizes, strict=False)
    )


def test_a_line_found_twice_is_covered() -> None:
    line, parts = np.array(row(0, 0, 4)), np.array(row(2, 8, 4, size=10))
    assert covered(line, parts) == 0.5  # two of them lie between
    assert covered(line, line) == 1
    assert covered(line, line[1:]) == 1
    assert covered(line[1:], line) == 0.75
    assert covered(line, np.array(row(0, 40, 4))) == 0
    assert covered(line[:1], line) == 0.25


def test_a_picture_is_averaged_or_enlarged() -> None:
    checks = np.indices((64, 80)).sum(axis=0).astype(np.uint8) % 2 * 200
    assert scaled(checks, 0.5).shape == (32, 40)
    assert (scaled(checks, 0.5) == 100).all()
    assert scaled(checks, 2).shape == (128, 160)
    assert scaled(checks, 0.001).shape == (1, 1)


class Eye:
    """Sees dark squares of the sizes that a network is taught."""

    def see(self, gray: np.ndarray, _least: float = 0) -> Candidates:
        dark = gray < 100
        lefts = np.flatnonzero(np.diff(dark.any(axis=0).astype(int), prepend=0, append=0))
        rows = np.flatnonzero(dark.any(axis=1))
        if not 14 < len(rows) < 56:
            return candidates([])
        return candidates(
            [(a, rows[0], b, rows[-1] + 1) for a, b in zip(lefts[0::2], lefts[1::2], strict=True)]
        )


@pytest.mark.parametrize("size", [12, 50, 200])
def test_a_line_is_found_once_at_its_place(size: int) -> None:
    picture = np.full((400, 1200), 240, np.uint8)
    boxes: Boxes = np.array(
        [(40 + 2 * i * size, 100, 40 + (2 * i + 1) * size, 100 + size) for i in range(3)]
    )
    for x, y, right, bottom in boxes.astype(int):
        picture[y:bottom, x:right] = 20
    sight: Sight = Eye()  # type: ignore[assignment]
    (line,) = find_lines(picture, sight)
    np.testing.assert_allclose(line.digits.boxes, boxes, atol=1 + size / 10)
    assert line.worth > 0
    assert find_lines(np.full((90, 80), 200, np.uint8), sight) == []


class FromAfar:
    """Sees dark squares, and one digit, for certain or less so, where they are small."""

    def __init__(self, sure: float) -> None:
        self.sure = sure

    def see(self, gray: np.ndarray, _least: float = 0) -> Candidates:
        _, _, stats, _ = cv2.connectedComponentsWithStats((gray < 100).astype(np.uint8))
        x, y, width, height = stats[1:, :4].T
        if not len(x) or np.median(height) > 56:
            return candidates([])
        if np.median(height) > 8:
            return candidates(list(zip(x, y, x + width, y + height, strict=True)))
        box = x.min(), y.min(), (x + width).max(), (y + height).max()
        return candidates([box] if 14 < box[3] - box[1] < 56 else [], self.sure)


@pytest.mark.parametrize(
    ("sure", "lines"), [(0.9, [(4, 60)] * 3), (0.98, [(1, 460)])], ids=["doubtful", "certain"]
)
def test_lines_seen_from_afar_are_no_digit(sure: float, lines: list[tuple[int, int]]) -> None:
    picture = np.full((600, 700), 240, np.uint8)
    for top, left in product((70, 270, 470), (100, 250, 400, 550)):
        picture[top : top + 60, left : left + 60] = 20
    sight: Sight = FromAfar(sure)  # type: ignore[assignment]
    found = find_lines(picture, sight)
    assert [len(one.digits.p) for one in found] == [count for count, _ in lines]
    np.testing.assert_allclose([one.height for one in found], [size for _, size in lines], rtol=0.1)


def test_a_line_is_searched_at_the_scale_that_suits_it() -> None:
    picture = np.full((120, 900), 240, np.uint8)
    for left in range(300, 580, 40):
        picture[40:60, left : left + 15] = 20
    sizes: list[float] = []

    class Watched(FromAfar):
        def see(self, gray: np.ndarray, least: float = 0) -> Candidates:
            seen = super().see(gray, least)
            sizes.extend(seen.height[:1])
            return seen

    sight: Sight = Watched(0.9)  # type: ignore[assignment]
    (line,) = find_lines(picture, sight)
    assert len(line.digits.p) == 7
    assert TARGET / STEP**0.5 < max(sizes) < TARGET * STEP**0.5


class BlindEye:
    """Sees nothing, and counts the pixels that it was shown."""

    shown = 0

    def see(self, gray: Gray, _least: float = 0) -> Candidates:
        self.shown += gray.size
        return candidates([])


def test_paper_that_is_darker_at_its_edge_is_not_looked_at() -> None:
    eye = BlindEye()
    x, y = np.meshgrid(np.linspace(-1, 1, 320), np.linspace(-1, 1, 240))
    paper = (220 - 60 * (x**2 + y**2)).astype(np.uint8)
    assert not find_lines(paper, eye)  # type: ignore[arg-type]
    assert eye.shown == 0


def test_a_page_aside_is_searched_for_no_smaller_digits_than_its_lines_allow() -> None:
    """Digits of 200 pixels, and of 20 and 50: the smallest say how far to go."""
    found = [Found(candidates(row(0, 0, 2, size)), 1.0) for size in (200, 20, 50)]
    assert finest_from_aside(found[:1]) == pytest.approx(RANGE_OF_PAGE * TARGET / 200)
    assert finest_from_aside(found) == pytest.approx(RANGE_OF_PAGE * TARGET / 20)
    assert finest_from_aside([]) == np.inf
    noisy = np.random.default_rng(0).integers(100, 200, (200, 300)).astype(np.uint8)
    bounded, free = BlindEye(), BlindEye()
    find_lines(noisy, bounded, 1.0)  # type: ignore[arg-type]
    find_lines(noisy, free)  # type: ignore[arg-type]
    assert 0 < bounded.shown < 0.2 * free.shown
