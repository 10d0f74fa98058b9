"""From the pixels of one page to its lines of digits: every stage in turn."""

from collections.abc import Callable, Sequence
from itertools import product

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
from digitile.reader.fields import Field, digits_of
from digitile.reader.gray import to_gray
from digitile.reader.grid import Points, find_grid
from digitile.reader.reading import Grid, Line
from digitile.reader.search import (
    Found,
    covered,
    covers,
    find_lines,
    finest_from_aside,
    standing_out,
)
from digitile.reader.sight import Gray, Sight
from digitile.reader.strip import Strip, cut_strip
from digitile.reader.told import Told, box_of, evidence_of, line_of
from digitile.reader.trust import line_confidence
from digitile.reader.tuned import (
    BESIDE,
    CERTAIN,
    CLEAR,
    CLEARER,
    DECISIVE,
    ENDS,
    FAINT,
    FEWEST,
    FITTING,
    LIKELY_SHARE,
    LONGER,
    MOST_LINES,
    OFF,
    OTHER_SIZES,
    SEVERAL,
    SHORT,
    STRIP,
    TALL,
    TARGET,
    TEXTS,
    TEXTS_FOR_RULE,
    UNCERTAIN,
    WORTH_TELLING,
)
from digitile.reader.unread import unread

BLANK = "nothing stands out from the paper"
NO_DIGITS = "what is there does not look like digits"


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
    blocks = standing_out(gray)
    if not blocks.any():
        return BLANK, 0, None
    told, turned = _read_upright(gray, blocks, sight, field, (180, 90, 270) if turn else ())
    scale = np.array([page.width, page.height] * 2) / (gray.shape[::-1] * 2)
    gray, back = np.ascontiguousarray(np.rot90(gray, -turned // 90)), -turned % 360
    lines = [
        line_of(
            one, turned_boxes(one.boxes, gray.shape, back) * scale, page, model, threshold, field
        )
        for one in told
    ]
    lines = [line for line in lines if line.confidence >= WORTH_TELLING]
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


def _read_upright(
    gray: Gray,
    blocks: NDArray[np.uint8],
    sight: Sight,
    field: Field | None,
    turns: Sequence[int],
) -> tuple[list[Told], int]:
    """Return the lines of a picture as it stands or turned, whichever says most, and the turn.

    `blocks` are those of the picture that stand out.

    The best lines decide: from a wrong side there are many more, and none that is worth its time.
    Turns are in degrees.
    """
    found, side = find_lines(gray, sight, blocks=blocks)[:MOST_LINES], 0

    def confidence(one: Told) -> float:
        return line_confidence(sight.model, evidence_of(one, one.boxes, gray.shape))

    told, finest = _read_found(gray, found[:DECISIVE], sight, field), finest_from_aside(found)
    for degrees in turns:
        if _is_clear(told, confidence):
            break
        turned = np.ascontiguousarray(np.rot90(gray, -degrees // 90))
        others = find_lines(turned, sight, finest)[:MOST_LINES]
        other = _read_found(turned, others[:DECISIVE], sight, field)
        if _evidence(other, confidence) > max(FEWEST, CLEARER * _evidence(told, confidence)):
            told, found, side = other, others, degrees
    turned = np.ascontiguousarray(np.rot90(gray, -side // 90))
    return _read_found(turned, found[DECISIVE:], sight, field, told), side


def _read_found(
    gray: Gray,
    found: list[Found],
    sight: Sight,
    field: Field | None,
    before: Sequence[Told] = (),
) -> list[Told]:
    """Return the lines that were found, and those read before, none of them twice."""
    told = list(before)
    for line in found:
        if any(covered(other.digits, line.digits.boxes) == 1 for other in told):
            continue  # a part of a line that was read in its whole length
        one = _read_line(gray, line, sight, field)
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


def _is_clear(told: list[Told], confidence: Callable[[Told], float]) -> bool:
    """Return whether a page says enough, and most of several lines likely, or all for certain."""
    sure = bool(told) and min(map(confidence, told)) > CERTAIN
    alike = [one.best.text for one in told] in (["0"], ["1"])  # a 0 of a page on its side; a stroke
    read = sum(len(digits_of(one.best.text)) for one in told) if len(told) >= SEVERAL else 0
    return (sure and not alike) or _evidence(told, confidence) >= max(CLEAR, LIKELY_SHARE * read)


def _evidence(told: list[Told], confidence: Callable[[Told], float]) -> float:
    """Return how many digits were read for certain: those of lines, times their confidence."""
    return sum(len(digits_of(one.best.text)) * confidence(one) for one in told)


def _read_line(gray: Gray, found: Found, sight: Sight, field: Field | None) -> Told | None:
    """Return what a line is read as, or None where no digit is in it."""
    most = TEXTS if field is None else TEXTS_FOR_RULE
    strip, line, ways, total = look_closely(gray, found.digits, sight, most)
    if not ways or not any(sign in SIGNS[:DIGITS] for sign in ways[0].text):
        return None
    best, fits, repaired = ways[0], field is None, None
    if field is not None:
        fitting = [way for way in ways if field.fits(way.text)]
        mass = float(np.logaddexp.reduce([way.score for way in fitting])) if fitting else -np.inf
        if mass - total >= np.log(FITTING):
            repaired = None if fitting[0] is best else best.text
            best, total, ways, fits = fitting[0], mass, fitting, True
    left = unread(strip.gray, line.boxes[list(best.path)])
    return Told(line, upright(strip, line.boxes), best, ways, total, repaired, fits, left)


def look_closely(
    gray: Gray, digits: Candidates, sight: Sight, most: int = TEXTS
) -> tuple[Strip, Candidates, list[Way], float]:
    """Return a line's strip, candidates and likeliest texts, of several sizes where it is doubtful.

    With the texts comes the logarithm of the sum over all ways.
    """
    strip, seen = look(gray, digits, sight)
    line = _not_faint(seen)
    ways, total = _texts(line, sight, most)
    if ways and ways[0].score - total < np.log(UNCERTAIN):
        line = _not_faint(_looked_again(gray, strip, seen, sight))
        ways, total = _texts(line, sight, most)
    return strip, line, ways, total


def _not_faint(line: Candidates) -> Candidates:
    return line.take(line.p[:, NONE] <= 1 - FAINT)


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
    return _from_left(averaged(views))


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
    first, last = seen.boxes[sure, 0].min(), seen.boxes[sure, 2].max()
    beside = np.maximum(first - seen.boxes[:, 2], seen.boxes[:, 0] - last) < BESIDE * height
    own = (np.abs(y - middle) < OFF * height) & (sized | ~is_digit) & beside
    return _from_left(seen.take(own))


def _from_left(line: Candidates) -> Candidates:
    return line.take(np.argsort(line.centre[:, 0], kind="stable"))


def upright(strip: Strip, boxes: Boxes) -> Boxes:
    """Return the boxes in the picture that hold boxes of a strip."""
    corners = strip.corners(boxes)
    return np.concatenate([corners.min(axis=0), corners.max(axis=0)], axis=1)


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
                cell_of(cells.get((row, column)), box_of(box[None], page), pixel, model, threshold)
                for column, box in enumerate(own)
            )
            for row, own in enumerate(boxes)
        )
    )
