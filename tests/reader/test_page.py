"""A page from its pixels to its lines, with an eye that sees what is drawn for it."""

from dataclasses import replace

import numpy as np
import pytest

from digitile.model import bundled_model, load_model
from digitile.pictures import Page
from digitile.reader.candidates import NONE, SIGNS, Candidates, joined, turned_boxes
from digitile.reader.fields import parse_field
from digitile.reader.page import BLANK, NO_DIGITS, read_page
from digitile.reader.reading import Line
from digitile.reader.sight import Gray, Sight

SIZE = 28
GAP = 16


class Eye:
    """Sees bars: each is a digit or mark, by its gray; nothing where the page is not upright.

    The paper of a page is lighter at its top.
    """

    model = replace(load_model(bundled_model()), line_trust=None)

    def see(self, gray: Gray, _least: float = 0) -> Candidates:
        ink = gray < 100
        seams = np.flatnonzero(np.diff(ink.any(axis=0).astype(int), prepend=0, append=0))
        boxes, p = [], []
        paper = np.where(ink, np.nan, gray.astype(float))
        upright = np.nanmean(paper[: len(gray) // 2]) > np.nanmean(paper[len(gray) // 2 :]) + 8
        for left, right in zip(seams[0::2], seams[1::2], strict=True) if upright else ():
            bar = ink[:, left:right]
            rows = np.flatnonzero(bar.any(axis=1))
            box = left, rows[0], right, rows[-1] + 1
            middle = gray[(box[1] + box[3]) // 2, (left + right) // 2]
            sign = SIGNS[min(int(middle) // 5, NONE - 1)]
            if sign.isdigit() and not 14 < box[3] - box[1] < 60:
                continue
            boxes.append(box)
            p.append([0.98 * (own == sign) for own in SIGNS] + [0.02])
        found = np.array(boxes, np.float64).reshape(-1, 4)
        return Candidates(found, np.array(p).reshape(-1, NONE + 1))


class SpeckledEye(Eye):
    """Sees faint digits, too, behind the line: many more than a text may leave out in a row."""

    def see(self, gray: Gray, least: float = 0) -> Candidates:
        seen = super().see(gray, least)
        if not len(seen.p):
            return seen
        top, bottom = seen.boxes[:, 1].min(), seen.boxes[:, 3].max()
        lefts = seen.boxes[:, 2].max() + 3 * np.arange(20)
        faint = np.array([[left, top, left + 8, bottom] for left in lefts], np.float64)
        p = np.zeros((len(faint), NONE + 1))
        p[:, [3, NONE]] = 0.002, 0.998
        return joined([seen, Candidates(faint, p)])


class DoubtfulEye(Eye):
    """Takes every bar for any digit, each as likely as the others."""

    def see(self, gray: Gray, least: float = 0) -> Candidates:
        seen = super().see(gray, least)
        p = np.full_like(seen.p, 1e-3)
        p[:, :2] = 0.51, 0.45  # the first one is enough to found a line
        return seen._replace(p=p / p.sum(axis=1, keepdims=True))


def drawn(text: str, size: int = SIZE) -> Gray:
    """Bars of the grays of a text's signs; marks are short, at the foot."""
    width, gap = size // 2, max(1, size * GAP // SIZE)
    page = np.full((4 * size, (width + gap) * len(text) + 4 * size), 0, np.uint8)
    page[:] = np.linspace(250, 150, len(page))[:, None]
    x = 2 * size
    for sign in text:
        if sign != " ":
            top = 3 * size // 2 if sign.isdigit() else 2 * size
            page[top : 5 * size // 2, x : x + width] = 5 * SIGNS.index(sign) + 2
        x += width + gap
    return page


def read(
    picture: Gray,
    field: str | None = None,
    turn: bool = True,
    scale: int = 1,
    eye: type[Eye] = Eye,
) -> tuple[list[Line], int]:
    page = Page(picture[:, :, None], scale * picture.shape[1], scale * picture.shape[0])
    sight: Sight = eye()  # type: ignore[assignment]
    found, turned, grid = read_page(
        page, sight, 0.5, None if field is None else parse_field(field), turn
    )
    assert not isinstance(found, str), found
    assert grid is None
    return list(found), turned


@pytest.mark.parametrize("size", [SIZE, 2 * SIZE])
def test_a_line(size: int) -> None:
    (line,), turned = read(drawn("4071", size))
    assert (line.text, turned, line.accepted) == ("4071", 0, True)
    assert line.groups == ("4071",)
    assert (line.value, line.note, line.marks) == (None, None, ())
    for i, digit in enumerate(line.digits):
        x = 2 * size + i * (size // 2 + size * GAP // SIZE)
        found = np.array([digit.box.x, digit.box.y, digit.box.width, digit.box.height])
        np.testing.assert_allclose(found, [x, 3 * size // 2, size // 2, size], atol=3)
        assert digit.confidence == pytest.approx(0.98)


def test_what_is_faint_is_never_read_for_want_of_something_to_pass_over() -> None:
    (line,), _ = read(drawn("4071"), eye=SpeckledEye)
    assert line.text == "4071"


def test_a_line_that_is_hardly_likely_is_not_told() -> None:
    (line,), _ = read(drawn("40"), eye=DoubtfulEye)
    assert line.confidence < 0.5
    with pytest.raises(AssertionError, match=NO_DIGITS):
        read(drawn("4071407140"), eye=DoubtfulEye)  # 0.52 to the tenth power


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_boxes_of_a_turned_page_lie_on_it(quarters: int) -> None:
    page = drawn("40715")
    picture = np.ascontiguousarray(np.rot90(page, quarters))
    (line,), turned = read(picture)
    assert (line.text, turned) == ("40715", 90 * quarters)
    for digit in line.digits:
        box = digit.box
        inside = picture[box.y : box.y + box.height, box.x : box.x + box.width]
        ink = picture == 5 * digit.digit + 2
        assert (inside == 5 * digit.digit + 2).sum() >= 0.95 * ink.sum()
        assert inside.size <= 1.4 * ink.sum()
    box = line.box
    assert box.x >= 0
    assert box.y >= 0
    assert box.x + box.width <= picture.shape[1]
    assert box.y + box.height <= picture.shape[0]


def test_a_page_is_turned_only_where_it_may_be() -> None:
    picture = np.ascontiguousarray(drawn("40715")[::-1, ::-1])
    page = Page(picture[:, :, None], picture.shape[1], picture.shape[0])
    eye: Sight = Eye()  # type: ignore[assignment]
    assert read_page(page, eye, 0.5, None, turn=False) == (NO_DIGITS, 0, None)


def test_boxes_are_of_the_page_before_it_was_scaled_down() -> None:
    (small,), _ = read(drawn("407"))
    (large,), _ = read(drawn("407"), scale=3)
    assert abs(large.box.x - 3 * small.box.x) <= 3
    assert abs(large.box.width - 3 * small.box.width) <= 6


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("12,50", None, "12.50"),
        ("-7", None, "-7"),
        ("31/12/2024", "date", "2024-12-31"),
        ("12,5", "amount", "12.50"),
    ],
)
def test_marks_are_part_of_the_text(text: str, field: str | None, value: str) -> None:
    (line,), _ = read(drawn(text), field)
    assert (line.text, line.value, line.accepted) == (text, value, True)
    assert "".join(str(digit.digit) for digit in line.digits) == "".join(filter(str.isdigit, text))
    assert "".join(mark.sign for mark in line.marks) == "".join(c for c in text if not c.isdigit())
    assert "".join(line.groups) == "".join(filter(str.isdigit, text))


def test_gaps_and_marks_part_groups() -> None:
    assert read(drawn("12 345 6789"))[0][0].groups == ("12", "345", "6789")
    assert read(drawn("12.345"))[0][0].groups == ("12", "345")


def test_a_rule_that_nothing_follows_accepts_nothing() -> None:
    (line,), _ = read(drawn("407"), "length=4")
    assert (line.text, line.accepted, line.repaired, line.value) == ("407", False, None, None)


def test_lines_from_top_to_bottom() -> None:
    first, second = drawn("4071"), drawn("5555")
    page = np.full((2 * first.shape[0], 2 * first.shape[1]), 0, np.uint8)
    page[:] = np.linspace(250, 130, len(page))[:, None]
    for top, left, own in ((0, first.shape[1], first), (first.shape[0], 0, second)):
        part = page[top : top + own.shape[0], left : left + own.shape[1]]
        part[own < 100] = own[own < 100]
    lines, _ = read(page)
    assert [line.text for line in lines] == ["4071", "5555"]


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
@pytest.mark.parametrize("scale", [1, 2])
def test_digits_in_boxes(quarters: int, scale: int) -> None:
    """The lines are too light for the eye to see."""
    text = "40 71"
    picture = drawn(text)
    pitch, top, bottom = SIZE // 2 + GAP, SIZE, 3 * SIZE
    left = 2 * SIZE - GAP // 2
    for number in range(len(text) + 1):
        x = left + number * pitch
        picture[top:bottom, x - 1 : x + 1] = 135
    for y in (top, bottom):
        picture[y - 1 : y + 1, left : left + len(text) * pitch] = 135
    height, width = picture.shape
    turned_page = np.ascontiguousarray(np.rot90(picture, quarters))
    page = Page(turned_page[:, :, None], *(scale * side for side in turned_page.shape[::-1]))
    eye: Sight = Eye()  # type: ignore[assignment]
    _, turned, grid = read_page(page, eye, 0.5, None)
    assert turned == 90 * quarters
    assert grid is not None
    ((*cells,),) = grid.rows
    assert [cell.text for cell in cells] == [sign.strip() for sign in text]
    assert [cell.confidence for cell in cells] == pytest.approx([0.98, 0.98, 1, 0.98, 0.98])
    assert all(cell.accepted for cell in cells)
    for number, cell in enumerate(cells):
        x = left + number * pitch
        boxes = np.array([[x, top, x + pitch, bottom]], float)
        x0, y0, x1, y1 = scale * turned_boxes(boxes, (height, width), -90 * quarters % 360)[0]
        found = (cell.box.x, cell.box.y, cell.box.x + cell.box.width, cell.box.y + cell.box.height)
        np.testing.assert_allclose(found, (x0, y0, x1, y1), atol=4 * scale)


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (np.full((90, 70), 200, np.uint8), BLANK),
        (drawn("    "), BLANK),
        (drawn("--"), NO_DIGITS),
        (np.full((1, 1), 0, np.uint8), BLANK),
        (np.full((1, 20_000), 9, np.uint8), BLANK),
    ],
)
def test_why_there_are_no_lines(picture: Gray, reason: str) -> None:
    page = Page(picture[:, :, None], picture.shape[1], picture.shape[0])
    eye: Sight = Eye()  # type: ignore[assignment]
    assert read_page(page, eye, 0.5, None) == (reason, 0, None)
