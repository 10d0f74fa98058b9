"""What is shown of a digit is what the reader saw."""

import numpy as np
import pytest

from digitile.errors import PictureError
from digitile.inspect.seen import SIDE, see
from digitile.inspect.seen_page import MOST_DIGITS, seen_page
from digitile.pictures import Page, load_pages
from digitile.reader import Box, Reader, Reading
from digitile.reader.candidates import NONE
from tests.pages import check
from tests.reader.photos import tilted, written

TEXT = "2047"


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader.load(engine="tile")


def laid(kind: str) -> np.ndarray:
    """A number, H×W×1."""
    picture = np.pad(written(TEXT, side=60, gap=10), ((40, 40), (20, 20), (0, 0)), "edge")
    if kind == "aslant":
        return tilted(picture, -12)[0]
    return np.rot90(picture, 2) if kind == "upside down" else picture


@pytest.mark.parametrize("kind", ["level", "aslant", "upside down"])
def test_each_digit_is_seen_as_it_was_read(reader: Reader, kind: str) -> None:
    picture = np.ascontiguousarray(laid(kind))
    page, reading = next(load_pages(picture)), reader.read(picture)
    (line,) = reading.lines
    found = see(reader.model, page, reading.turned, [digit.box for digit in line.digits])
    for digit, seen in zip(line.digits, found, strict=True):
        # a line that was found at two scales may be taken from either
        assert seen.digit.p[0, digit.digit] == pytest.approx(digit.confidence, abs=1e-3)
        x, y = seen.digit.centre[0]
        assert abs(x - SIDE / 2) < 4
        assert abs(y - SIDE / 2) < 4
        # the place where the class is likeliest lies in the digit's box
        down, right = np.unravel_index(seen.maps[digit.digit].argmax(), seen.maps.shape[1:])
        left, top, end, bottom = seen.digit.boxes[0]
        assert left - 4 < 4 * right + 2 < end + 4
        assert top - 4 < 4 * down + 2 < bottom + 4
        assert (np.diff(seen.rivals.p[:, NONE]) >= 0).all()
    content = seen_page(reader.model, page, reading, "<i>.png", "en")
    shown = check(content)
    assert len(shown.all("section")) == len(line.digits)
    assert "<i>.png" in shown.text


def test_a_page_that_was_turned_is_seen_the_same(reader: Reader) -> None:
    picture = laid("level")
    boxes = [digit.box for digit in reader.read(picture).lines[0].digits]
    truth = see(reader.model, next(load_pages(picture)), 0, boxes)
    spots = np.zeros(picture.shape[:2], int)
    for number, box in enumerate(boxes, 1):
        spots[box.y : box.y + box.height, box.x : box.x + box.width] = number
    for quarters in (1, 2, 3):
        turned = np.rot90(spots, quarters)
        moved = []
        for number in range(1, len(boxes) + 1):
            ys, xs = np.nonzero(turned == number)
            moved.append(Box(*map(int, (xs.min(), ys.min(), np.ptp(xs) + 1, np.ptp(ys) + 1))))
        page = next(load_pages(np.ascontiguousarray(np.rot90(picture, quarters))))
        for seen, own in zip(see(reader.model, page, 90 * quarters, moved), truth, strict=True):
            np.testing.assert_array_equal(seen.patch, own.patch)


def test_where_nothing_is(reader: Reader) -> None:
    page = Page(np.full((90, 80, 1), 255, np.uint8), 80, 90)
    with pytest.raises(PictureError, match="no digit at 3,4"):
        see(reader.model, page, 0, [Box(3, 4, 20, 30)])


def test_many_digits_are_counted(reader: Reader) -> None:
    picture = written(TEXT, side=60, gap=10)
    page, reading = next(load_pages(picture)), reader.read(picture)
    line = reading.lines[0]
    many = Reading(None, 1, (line,) * (MOST_DIGITS // len(line.digits) + 2))
    for language, word in (("en", "digits are shown"), ("zh", "显示")):
        content = seen_page(reader.model, page, many, "p.png", language)
        shown = check(content)
        assert len(shown.all("section")) == MOST_DIGITS
        assert word in shown.text
        assert len(content) < 2_000_000
