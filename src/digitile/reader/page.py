"""From the pixels of one page to its lines of digits: every stage in turn."""

from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

from digitile.model import Model
from digitile.pictures import Page
from digitile.reader.candidates import (
    DIGITS,
    NONE,
    SIGNS,
    Boxes,
    Candidates,
    averaged,
    turned_boxes,
)
from digitile.reader.cells import Place, Sign, cell_of, cut_cell, gather
from digitile.reader.choice import Way, as_written, choose
from digitile.reader.fields import Field, Value, digits_of, number
from digitile.reader.gray import to_gray
from digitile.reader.grid import Points, find_grid
from digitile.reader.reading import Alternative, Box, Digit, Evidence, Grid, Line, Mark
from digitile.reader.search import Found, covers, find_lines
from digitile.reader.sight import Gray, Sight
from digitile.reader.strip import Strip, cut_strip
from digitile.reader.trust import is_measured, line_confidence
from digitile.reader.tuned import (
    CERTAIN,
    CLEAR,
    ENDS,
    FITTING,
    FLAT,
    GROUP_GAP,
    GROUP_RATIO,
    LEAST,
    LONGER,
    MOST_LINES,
    OFF,
    OTHER_SIZES,
    OTHERS,
    SHORT,
    STRIP,
    TALL,
    TARGET,
    TEXTS,
    TEXTS_FOR_RULE,
    UNCERTAIN,
)

BLANK = "nothing stands out from the paper"
NO_DIGITS = "what is there does not look like digits"


@dataclass(frozen=True, eq=False)
class Told:
    """A line's text, before it is put into words.

    Attributes
    ----------
    line : Candidates
        From left to right, in pixels of the strip.
    boxes : ndarray, float64, n×4
        Of them, in pixels of the picture.
    """

    line: Candidates
    boxes: Boxes
    best: Way
    ways: list[Way]
    total: float
    repaired: str | None
    fits: bool

    @property
    def digits(self) -> Boxes:
        """The boxes of the text's signs, in pixels of the picture."""
        return self.boxes[list(self.best.path)]

    @property
    def signs(self) -> float:
        """How many signs there are, each as likely as it is."""
        return float((1 - self.line.p[list(self.best.path), NONE]).sum())

    @property
    def probability(self) -> float:
        """How likely the text is, of all that the candidates allow."""
        return float(np.exp(min(self.best.score - self.total, 0.0)))

    @property
    def weakest(self) -> float:
        """How likely the least likely sign is."""
        signs = [SIGNS.index(sign) for sign in self.best.text]
        return float(self.line.p[list(self.best.path), signs].min())


def read_page(
    page: Page,
    sight: Sight,
    threshold: float,
    field: Field | None,
    turn: bool = True,
    cells: bool = True,
) -> tuple[tuple[Line, ...] | str, int, Grid | None]:
    """Return a page's lines of digits from top to bottom, or why there are none.

    Parameters
    ----------
    page : Page
    sight : Sight
    threshold : float
        The confidence from which on a line is accepted.
    field : Field, optional
        What the texts of the lines must follow.
    turn : bool
        Whether the page is read upside down and sideways where it has little to say as it stands.
    cells : bool
        Whether printed cells are looked for.

    Returns
    -------
    tuple of Line, or str
    int
        By how many degrees clockwise it was turned to be read.
    Grid or None
        The cells of the page, if it has some.
    """
    gray, model = to_gray(page.pixels), sight.model
    if np.ptp(gray) < FLAT:
        return BLANK, 0, None
    told, turned = _read_lines(gray, sight, field), 0
    if turn and not _is_clear(told):
        for degrees in (180, 90, 270):
            other = _read_lines(np.rot90(gray, -degrees // 90), sight, field)
            if _evidence(other) > max(CLEAR, _evidence(told)):
                told, turned = other, degrees
    scale = np.array([page.width, page.height] * 2) / (gray.shape[::-1] * 2)
    gray, back = np.ascontiguousarray(np.rot90(gray, -turned // 90)), -turned % 360
    lines = [
        _line(one, turned_boxes(one.boxes, gray.shape, back) * scale, page, model, threshold, field)
        for one in told
    ]
    found = tuple(sorted(lines, key=lambda line: (line.box.y, line.box.x))) or NO_DIGITS
    signs = [sign for one in told for sign in _signs(one)]
    digits = [sign.box for sign in signs if sign.text in SIGNS[:DIGITS]]
    corners = find_grid(gray, np.reshape(digits, (-1, 4))) if cells else None
    if corners is None:
        return found, turned, None
    inked = _read_cells(corners, gray, signs, sight)
    around = np.concatenate([corners.min(axis=2), corners.max(axis=2)], axis=2)
    boxes = turned_boxes(around.reshape(-1, 4), gray.shape, back) * scale
    grid = _grid(inked, boxes.reshape(around.shape), page, float(scale[0]), model, threshold)
    return found, turned, grid


def _signs(told: Told) -> list[Sign]:
    """Return a line's digits and marks."""
    return [
        Sign(sign, float(told.line.p[index, SIGNS.index(sign)]), told.boxes[index])
        for sign, index in zip(told.best.text, told.best.path, strict=True)
    ]


def _read_cells(
    corners: Points, gray: Gray, signs: list[Sign], sight: Sight
) -> dict[Place, list[Sign]]:
    """Return what is in each cell that has ink: signs of lines, or what it is by itself."""
    cells = gather(corners, signs)
    rows, columns = corners.shape[:2]
    cuts = [
        (place, cut_cell(corners[place], gray))
        for place in product(range(rows), range(columns))
        if place not in cells
    ]
    alone = [(place, cut) for place, cut in cuts if cut is not None]
    for place, cut in alone[:MOST_LINES]:
        told = _read_line(cut.gray, Found(cut.ink, 0.0), sight, None)
        own = [] if told is None else _signs(told)
        cells[place] = [sign._replace(box=sign.box + np.tile(cut.start, 2)) for sign in own]
    return cells | {place: [] for place, _ in alone[MOST_LINES:]}


def _read_lines(gray: Gray, sight: Sight, field: Field | None) -> list[Told]:
    """Return the lines of a picture, none of them twice."""
    gray = np.ascontiguousarray(gray)
    told: list[Told] = []
    for found in find_lines(gray, sight)[:MOST_LINES]:
        if any(covers(other.digits, found.digits.boxes) for other in told):
            continue  # a part of a line that was read in its whole length
        one = _read_line(gray, found, sight, field)
        if one is None:
            continue
        same = [
            other
            for other in told
            if covers(other.digits, one.digits) or covers(one.digits, other.digits)
        ]
        if all(one.signs > other.signs for other in same):
            told = [other for other in told if other not in same] + [one]
    return told


def _is_clear(told: list[Told]) -> bool:
    """Return whether a page says enough, or says with certainty what little it says."""
    sure = bool(told) and min(one.probability for one in told) > CERTAIN
    return sure or _evidence(told) >= CLEAR


def _evidence(told: list[Told]) -> float:
    """Return how many digits were read for certain: those of lines, times their probability."""
    return sum(len(digits_of(one.best.text)) * one.probability for one in told)


def _read_line(gray: Gray, found: Found, sight: Sight, field: Field | None) -> Told | None:
    """Return what a line is read as, or None where no digit is in it."""
    strip, line = look(gray, found.digits, sight)
    most = TEXTS if field is None else TEXTS_FOR_RULE
    ways, total = _texts(line, sight, most)
    if ways and ways[0].score - total < np.log(UNCERTAIN):
        line = _looked_again(gray, strip, line, sight)
        ways, total = _texts(line, sight, most)
    if not ways or not any(sign in SIGNS[:DIGITS] for sign in ways[0].text):
        return None
    best, fits, repaired = ways[0], field is None, None
    if field is not None:
        fitting = [way for way in ways if field.fits(way.text)]
        mass = float(np.logaddexp.reduce([way.score for way in fitting])) if fitting else -np.inf
        if mass - total >= np.log(FITTING):
            repaired = None if fitting[0] is best else best.text
            best, total, ways, fits = fitting[0], mass, fitting, True
    return Told(line, upright(strip, line.boxes), best, ways, total, repaired, fits)


def _texts(line: Candidates, sight: Sight, most: int) -> tuple[list[Way], float]:
    """Return the likeliest texts of a line, and the logarithm of the sum over all ways."""
    trust = sight.model.line_trust
    return as_written(*choose(line if trust is None else line.expected(trust.missed), most))


def _looked_again(gray: Gray, strip: Strip, line: Candidates, sight: Sight) -> Candidates:
    """Return a line's candidates on the average of several sizes that it is shown in."""
    digits, views = Candidates(upright(strip, line.boxes), line.p), [line]
    for tall in OTHER_SIZES:
        other = cut_strip(gray, digits, ENDS, tall)
        seen = sight.see(other.gray)
        views.append(_own(seen._replace(boxes=strip.seen_from(other, seen.boxes))))
    line = averaged(views)
    return line.take(np.argsort(line.centre[:, 0], kind="stable"))


def look(gray: Gray, digits: Candidates, sight: Sight) -> tuple[Strip, Candidates]:
    """Return a line's strip and its candidates; a longer one where the line goes on."""
    for times in range(LONGER):
        strip = cut_strip(gray, digits, ENDS * 2**times)
        line = _own(sight.see(strip.gray))
        found = line.take(line.is_digit & (line.digit > 0.5))
        known, reach = len(digits.p), TARGET
        left, right = strip.ends(digits.boxes)
        beyond = (found.boxes[:, 0] < left - reach) | (found.boxes[:, 2] > right + reach)
        if not beyond.any() or len(found.p) <= known:
            break
        digits = Candidates(upright(strip, found.boxes), found.p)
    return strip, line


def _own(seen: Candidates) -> Candidates:
    """Return a strip's own line, from left to right: what lies at its middle."""
    is_digit, y = seen.is_digit, seen.centre[:, 1]
    sure = is_digit & (seen.digit > 0.5) & (np.abs(y - STRIP / 2) < OFF * TARGET)
    if not sure.any():
        return seen.take(sure)
    height, middle = float(np.median(seen.height[sure])), float(np.median(y[sure]))
    sized = (seen.height > SHORT * height) & (seen.height < TALL * height)
    own = (np.abs(y - middle) < OFF * height) & (sized | ~is_digit)
    places = np.flatnonzero(own)
    return seen.take(places[np.argsort(seen.centre[places, 0], kind="stable")])


def upright(strip: Strip, boxes: Boxes) -> Boxes:
    """Return the boxes in the picture that hold boxes of a strip."""
    corners = strip.corners(boxes)
    return np.concatenate([corners.min(axis=0), corners.max(axis=0)], axis=1)


def _line(
    told: Told, boxes: Boxes, page: Page, model: Model, threshold: float, field: Field | None
) -> Line:
    """Put a line into words."""
    best, path = told.best, list(told.best.path)
    others = tuple(
        Alternative(way.text, float(np.exp(way.score - told.total)))
        for way in [way for way in told.ways if way is not best and way.text][:OTHERS]
        if way.score - told.total >= np.log(LEAST)
    )
    signs = list(zip(best.text, path, strict=True))
    digits = tuple(
        _digit(int(sign), told.line.p[index], _box(boxes[[index]], page))
        for sign, index in signs
        if sign in SIGNS[:DIGITS]
    )
    marks = tuple(
        Mark(sign, float(told.line.p[index][SIGNS.index(sign)]), _box(boxes[[index]], page))
        for sign, index in signs
        if sign not in SIGNS[:DIGITS]
    )
    height = float(np.median([digit.box.height for digit in digits]))
    share = height / min(page.height, page.width)
    evidence = Evidence(told.probability, told.weakest, len(digits), height, share)
    confidence = line_confidence(model, evidence)
    groups = _groups(signs, told.line)
    value = number(best.text) if field is None else Value()
    if field is not None and told.fits:
        value = field.value(best.text, groups)
    return Line(
        text=best.text,
        confidence=confidence,
        accepted=told.fits and confidence >= threshold,
        box=_box(boxes[path], page),
        digits=digits,
        marks=marks,
        groups=groups,
        alternatives=others,
        evidence=evidence,
        measured=is_measured(model, evidence),
        repaired=told.repaired,
        value=value.text,
        note=value.note,
    )


def _grid(
    cells: dict[Place, list[Sign]],
    boxes: Boxes,
    page: Page,
    pixel: float,
    model: Model,
    threshold: float,
) -> Grid:
    """Put the cells of a grid into words; `boxes`, rows×columns×4, lie on the page."""
    return Grid(
        tuple(
            tuple(
                cell_of(cells.get((row, column)), _box(box[None], page), pixel, model, threshold)
                for column, box in enumerate(own)
            )
            for row, own in enumerate(boxes)
        )
    )


def _digit(digit: int, p: NDArray[np.float64], box: Box) -> Digit:
    ranked = [int(d) for d in np.argsort(-p[:DIGITS], kind="stable") if d != digit]
    others = tuple(Alternative(str(d), float(p[d])) for d in ranked[:OTHERS] if p[d] >= LEAST)
    return Digit(digit, float(p[digit]), box, others)


def _groups(signs: list[tuple[str, int]], line: Candidates) -> tuple[str, ...]:
    """Return the digits in parts, parted by marks and where gaps are much wider than most."""
    digits = [(place, index) for place, (sign, index) in enumerate(signs) if sign in SIGNS[:DIGITS]]
    text = digits_of("".join(sign for sign, _ in signs))
    if len(digits) < 2:
        return (text,)
    boxes = line.boxes[[index for _, index in digits]]
    height = float(np.median(boxes[:, 3] - boxes[:, 1]))
    gaps = boxes[1:, 0] - boxes[:-1, 2]
    # two digits have no other gap to compare theirs with
    usual = float(np.median(gaps)) if len(gaps) > 1 else 0.5 * height
    wide = gaps >= max(GROUP_GAP * height, GROUP_RATIO * usual)
    marked = np.diff([place for place, _ in digits]) > 1
    parted = (np.flatnonzero(wide | marked) + 1).tolist()
    return tuple(text[a:b] for a, b in pairwise([0, *parted, len(text)]))


def _box(boxes: Boxes, page: Page) -> Box:
    """Return the box of signs in whole pixels of the picture."""
    low = np.maximum(np.floor(boxes[:, :2].min(axis=0)), 0).astype(int)
    high = np.ceil(boxes[:, 2:].max(axis=0)).astype(int)
    right, bottom = min(int(high[0]), page.width), min(int(high[1]), page.height)
    x, y = min(int(low[0]), page.width), min(int(low[1]), page.height)
    return Box(x, y, max(right - x, 0), max(bottom - y, 0))
