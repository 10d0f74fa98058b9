"""Sheets that lie on something else are straightened; what only looks like one is not."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitile.pictures import Page
from digitile.reader import Reader
from digitile.reader.sheet import find_sheet, straightened
from digitile.reader.writing import find_writing
from tests.reader.photos import Picture, drawn, holds, ink_boxes, on_table, written

WIDTH, HEIGHT = 1000, 750
LYING = [(150, 120), (880, 90), (930, 640), (80, 590)]
TURNED = [(330, 60), (910, 250), (680, 700), (90, 480)]
STEEP = [(300, 150), (720, 140), (900, 660), (120, 680)]


def plain(level: int) -> Picture:
    rng = np.random.default_rng(2)
    rough = cv2.GaussianBlur(rng.normal(0, 40, (HEIGHT, WIDTH)), (0, 0), 1.5)
    return np.clip(np.rint(level + rough), 0, 255).astype(np.uint8)


def wood() -> Picture:
    rng = np.random.default_rng(3)
    grain = cv2.GaussianBlur(rng.normal(0, 1, (HEIGHT, WIDTH)), (0, 0), sigmaX=90, sigmaY=2)
    return np.clip(np.rint(125 + 15 * grain / grain.std()), 0, 255).astype(np.uint8)


def sheet() -> Picture:
    rows = [np.pad(written(t), ((10, 10), (0, 500), (0, 0)), mode="edge") for t in TEXTS]
    return np.pad(np.concatenate([r[:, :560] for r in rows]), ((30, 30), (20, 20), (0, 0)), "edge")


TEXTS = ["2047", "7142", "40217"]
TABLES: dict[str, Callable[[], Picture]] = {
    "black": lambda: plain(30),
    "gray": lambda: plain(140),
    "wood": wood,
}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("corners", [LYING, TURNED, STEEP], ids=["lying", "turned", "steep"])
def test_corners(corners: list[tuple[float, float]], table: str) -> None:
    photo, _ = on_table(sheet(), corners, TABLES[table]())
    found = find_sheet(photo)
    assert found is not None
    np.testing.assert_allclose(found, corners, atol=4)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("corners", [LYING, TURNED, STEEP], ids=["lying", "turned", "steep"])
def test_a_sheet_is_read_and_boxes_lie_around_the_digits_of_the_photo(
    corners: list[tuple[float, float]], table: str
) -> None:
    own = sheet()
    photo, matrix = on_table(own, corners, TABLES[table]())
    reading = Reader.load().read(photo)
    assert reading.text.split("\n") == TEXTS
    tall = own.shape[0] - 60
    for index, line in enumerate(reading.lines):
        row = np.full_like(own, 235)
        top = 30 + index * tall // 3
        row[top : top + tall // 3] = own[top : top + tall // 3]
        for digit, truth in zip(line.digits, ink_boxes(row, matrix), strict=True):
            assert holds(digit.box, truth, slack=30)
            middle = truth.x + truth.width / 2, truth.y + truth.height / 2
            assert digit.box.x < middle[0] < digit.box.x + digit.box.width
            assert digit.box.y < middle[1] < digit.box.y + digit.box.height


def test_colour_alone_tells_a_sheet() -> None:
    gray, _ = on_table(np.full((400, 600, 1), 235, np.uint8), LYING, np.zeros((HEIGHT, WIDTH)))
    cover = gray / 235.0
    # as bright as the paper, to the eye
    photo = cover * (200, 200, 200) + (1 - cover) * (255, 190, 100)
    found = find_sheet(np.rint(photo).astype(np.uint8))
    assert found is not None
    np.testing.assert_allclose(found, LYING, atol=4)


def test_a_dark_sheet_on_a_light_table() -> None:
    photo, _ = on_table(255 - sheet(), LYING, plain(200))
    found = find_sheet(photo)
    assert found is not None
    np.testing.assert_allclose(found, LYING, atol=4)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(-60, 60), min_size=8, max_size=8), st.integers(0, 150))
def test_the_way_back(moved: list[int], level: int) -> None:
    corners = np.array([(150, 130), (850, 130), (850, 620), (150, 620)], float)
    corners += np.array(moved).reshape(4, 2)
    photo, matrix = on_table(sheet(), [(x, y) for x, y in corners], plain(level))
    flat = straightened(photo)
    assert flat is not None
    for box in ink_boxes(sheet()[30:170], matrix @ np.array([[1, 0, 0], [0, 1, 30], [0, 0, 1]])):
        middle = box.x + box.width / 2, box.y + box.height / 2, 1.0
        x, y, w = np.linalg.inv(flat.back) @ middle
        column, row = int(x / w), int(y / w)
        # where a digit was drawn, a digit is seen
        assert (
            flat.pixels[max(row - 25, 0) : row + 25, max(column - 25, 0) : column + 25].min() < 90
        )


def crop() -> Picture:
    return np.kron(written("20472")[:, :, 0], np.ones((3, 3), np.uint8))[:, :, None]


def framed(pen: int) -> Picture:
    page = np.full((HEIGHT, WIDTH, 1), 230, np.uint8)
    cv2.polylines(page, [np.array(LYING, np.int32)], True, 40, pen)
    page[300:420, 300:700] = written("2047")[:, :400]
    return page


def form() -> Picture:
    page = np.full((HEIGHT, WIDTH, 1), 230, np.uint8)
    for x in range(100, 900, 200):
        cv2.rectangle(page, (x, 200), (x + 200, 500), 60, 4)
    page[260:380, 330:450] = drawn(4, 120)
    return page


def blackboard() -> Picture:
    return 255 - crop()


def shaded() -> Picture:
    """Return paper that grows darker towards all four sides."""
    x, y = np.meshgrid(np.linspace(-1, 1, WIDTH), np.linspace(-1, 1, HEIGHT))
    light = 1 / (1 + np.exp(9 * (np.maximum(np.abs(x), np.abs(y)) - 0.75)))
    return np.rint(60 + 170 * light).astype(np.uint8)[:, :, None]


def cut_off() -> Picture:
    corners = [(-80, 120), (880, 90), (930, 640), (-90, 590)]
    return on_table(sheet(), corners, plain(60))[0]


def bent() -> Picture:
    """Return a round patch of light paper."""
    page = plain(60)
    cv2.ellipse(page, (500, 375), (400, 300), 0, 0, 360, 230, -1)
    return page[:, :, None]


def triangle() -> Picture:
    page = plain(60)
    cv2.fillPoly(page, [np.array([(500, 60), (900, 690), (100, 690)], np.int32)], 230)
    return page[:, :, None]


def noise() -> Picture:
    return np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)


OTHERS: dict[str, Callable[[], Picture]] = {
    "crop": crop,
    "thin frame": lambda: framed(3),
    "thick frame": lambda: framed(25),
    "form": form,
    "blackboard": blackboard,
    "shaded": shaded,
    "cut off": cut_off,
    "round": bent,
    "triangle": triangle,
    "noise": noise,
    "blank": lambda: plain(200)[:, :, None],
    "zero": lambda: drawn(0, 700, pen=0.2),
    "one": lambda: drawn(1, 700, pen=0.25),
    "seven": lambda: drawn(7, 700, pen=0.15),
    "small": lambda: on_table(sheet(), LYING, plain(60))[0][::4, ::4],
    "long": lambda: np.tile(crop(), (1, 3, 1)),
    "transparent": lambda: np.dstack([on_table(sheet(), LYING, plain(60))[0]] * 3 + [plain(90)]),
}


@pytest.mark.parametrize("other", OTHERS)
def test_what_is_no_sheet(other: str) -> None:
    assert find_sheet(np.ascontiguousarray(OTHERS[other]())) is None


def test_a_sheet_without_writing_is_none() -> None:
    photo, _ = on_table(np.full((400, 600, 1), 235, np.uint8), LYING, plain(60))
    photo[690:740, 100:700] = 255  # something that stands out of the table
    assert find_sheet(photo) is not None
    writing = find_writing(Page(photo, WIDTH, HEIGHT))
    assert writing is not None
    ys, xs = np.nonzero(writing.found.ink > 0.5)
    box = writing.place.box(xs.min(), ys.min(), xs.max(), ys.max())
    assert (box.width, box.height) > (0.6 * WIDTH, 0.6 * HEIGHT)
