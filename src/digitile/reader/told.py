"""What was read of a line, and how it is put into words: boxes, groups, alternatives, a value."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from digitile.model import Model
from digitile.pictures import Page
from digitile.reader.candidates import DIGITS, NONE, SIGNS, Boxes, Candidates
from digitile.reader.choice import Way
from digitile.reader.fields import Field, Value, digits_of, number
from digitile.reader.reading import Alternative, Box, Digit, Evidence, Line, Mark
from digitile.reader.trust import is_measured, line_confidence
from digitile.reader.tuned import GROUP_GAP, GROUP_RATIO, LEAST, OTHERS


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
    unread: float

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


def evidence_of(told: Told, boxes: Boxes, shape: tuple[int, ...]) -> Evidence:
    """Return what a line's confidence is made of; boxes lie in a picture of a height and width."""
    digits = [
        index
        for sign, index in zip(told.best.text, told.best.path, strict=True)
        if sign in SIGNS[:DIGITS]
    ]
    height = float(np.median(boxes[digits, 3] - boxes[digits, 1]))
    share = height / min(shape)
    return Evidence(told.probability, told.weakest, len(digits), height, share, told.unread)


def line_of(
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
        _digit(int(sign), told.line.p[index], box_of(boxes[[index]], page))
        for sign, index in signs
        if sign in SIGNS[:DIGITS]
    )
    marks = tuple(
        Mark(sign, float(told.line.p[index][SIGNS.index(sign)]), box_of(boxes[[index]], page))
        for sign, index in signs
        if sign not in SIGNS[:DIGITS]
    )
    evidence = evidence_of(told, boxes, (page.height, page.width))
    confidence = line_confidence(model, evidence)
    groups = _groups(signs, told.line)
    value = number(best.text) if field is None else Value()
    if field is not None and told.fits:
        value = field.value(best.text, groups)
    return Line(
        text=best.text,
        confidence=confidence,
        accepted=told.fits and confidence >= threshold,
        box=box_of(boxes[path], page),
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


def box_of(boxes: Boxes, page: Page) -> Box:
    """Return the box of signs in whole pixels of the picture."""
    low = np.maximum(np.floor(boxes[:, :2].min(axis=0)), 0).astype(int)
    high = np.ceil(boxes[:, 2:].max(axis=0)).astype(int)
    right, bottom = min(int(high[0]), page.width), min(int(high[1]), page.height)
    x, y = min(int(low[0]), page.width), min(int(low[1]), page.height)
    return Box(x, y, max(right - x, 0), max(bottom - y, 0))
