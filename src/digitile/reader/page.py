"""From the pixels of one page to its lines of digits: every stage in turn."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from digitile.engines import Engine
from digitile.model import Model
from digitile.pictures import Page
from digitile.reader.fields import Field
from digitile.reader.lattice import Arc, arcs_of, decode
from digitile.reader.lines import find_lines
from digitile.reader.marks import marked_gaps
from digitile.reader.pieces import Piece, find_pieces
from digitile.reader.place import Place
from digitile.reader.reading import Alternative, Box, Digit, Line
from digitile.reader.recognise import probabilities
from digitile.reader.slices import Slice, slices_of, whole_pieces
from digitile.reader.writing import find_writing

SURE = 0.95
"""A piece this likely to be one digit, and of a digit's shape, is not cut."""

WIDE, TALL = 0.9, 0.7
"""A digit's shape: narrower and taller than these shares of the line's height."""

TEXTS, TEXTS_FOR_RULE = 8, 64
"""So many texts of a line are looked at; with a rule, more."""

FITTING = 1e-3
"""A rule changes a text only where the texts that follow it are this likely or more."""

OTHERS, LEAST = 3, 1e-4
"""So many alternatives are told, and only those this likely or more."""

GROUP_GAP, GROUP_RATIO = 0.5, 1.8
"""Groups are parted by gaps of this share of the height, and so many times the usual gap."""

NEITHER = -2.0
"""The log-odds of a line holding no digits, before its pieces are looked at."""

MAX_ARCS = 4000
"""When a page has more arcs, its lines are read without cuts from there on."""


@dataclass(frozen=True, eq=False)
class Lattice:
    """One line of text, ready to be scored.

    Attributes
    ----------
    slices : list of Slice
    arcs : list of Arc
    height : float
        Of its digits, in pixels of the ink map.
    whole : list of Piece
        Its ink, uncut.
    """

    slices: list[Slice]
    arcs: list[Arc]
    height: float
    whole: list[Piece]

    def neither(self, known: dict[int, NDArray[np.float64]]) -> float:
        """Return the log-score of the line holding no digits: no uncut piece is one."""
        none = [float(known[id(piece)][10]) for piece in self.whole]
        return NEITHER + float(np.log(np.maximum(none, 1e-9)).sum())


@dataclass(frozen=True, eq=False)
class _Ink:
    """All pieces of a page's ink, marks among them, and the width of its strokes in pixels."""

    pieces: list[Piece]
    stroke: float


def read_page(
    page: Page,
    model: Model,
    threshold: float,
    field: Field | None,
    engine: Engine,
    turned: int = 0,
) -> tuple[Line, ...] | str:
    """Return a page's lines of digits from top to bottom, or why there are none.

    Parameters
    ----------
    page : Page
    model : Model
        As `recognise.check_model` lets through.
    threshold : float
        The confidence from which on a line is accepted.
    field : Field, optional
        What the texts of the lines must follow.
    engine : Engine
        Made for the model's network.
    turned : int
        By how many degrees clockwise the page is turned first: 0, 90, 180 or 270.
    """
    writing = find_writing(page, turned)
    if writing is None:
        return "no ink stands out from the paper"
    found = writing.found
    pieces = find_pieces(found)
    texts = find_lines(pieces, found)
    if not texts:
        return "the ink is only specks, blots or lines"
    wholes = [whole_pieces(text) for text in texts]
    flat = [p for whole in wholes for p in whole]
    known = dict(zip(map(id, flat), probabilities(model, found, flat, engine), strict=True))
    lattices: list[Lattice] = []
    count = 0
    for text, whole in zip(texts, wholes, strict=True):
        settled = [count > MAX_ARCS or _is_sure(p, known[id(p)], text.height) for p in whole]
        slices = slices_of(whole, settled, text.height, found.stroke)
        lattices.append(Lattice(slices, arcs_of(slices, text.height), text.height, whole))
        count += len(lattices[-1].arcs)
    new = [
        arc.piece
        for lattice in lattices
        for arc in lattice.arcs
        if arc.piece is not None and id(arc.piece) not in known
    ]
    known |= zip(map(id, new), probabilities(model, found, new, engine), strict=True)
    ink = _Ink(pieces, found.stroke)
    lines = (_line(lattice, known, writing.place, threshold, field, ink) for lattice in lattices)
    read = tuple(line for line in lines if line is not None)
    return read or "what is written here does not look like digits"


def _is_sure(p: Piece, likely: NDArray[np.float64], height: float) -> bool:
    shaped = p.width <= WIDE * height and p.height >= TALL * height
    return shaped and float(likely[:10].max()) >= SURE


def _line(
    lattice: Lattice,
    known: dict[int, NDArray[np.float64]],
    place: Place,
    threshold: float,
    field: Field | None,
    ink: _Ink,
) -> Line | None:
    """Return what a line is read as, or None where no digit is in it."""
    p = np.array([known[id(a.piece)] if a.piece is not None else np.ones(11) for a in lattice.arcs])
    log_p = np.log(np.maximum(p[:, :10], 1e-9))
    most = TEXTS if field is None else TEXTS_FOR_RULE
    ways, total = decode(lattice.arcs, log_p, len(lattice.slices), most)
    best, fits = ways[0], field is None
    if not best.text:
        return None
    repaired = None
    if field is not None:
        fitting = [way for way in ways if field.fits(way.text)]
        mass = float(np.logaddexp.reduce([way.score for way in fitting])) if fitting else -np.inf
        if mass - total >= np.log(FITTING):
            repaired = None if fitting[0] is best else best.text
            best, total, ways, fits = fitting[0], mass, fitting, True
    used = [index for index in best.arcs if lattice.arcs[index].piece is not None]
    is_writing = float(np.prod([1 - p[index, 10] for index in used]))
    total = float(np.logaddexp(total, lattice.neither(known)))
    confidence = is_writing * float(np.exp(min(best.score - total, 0.0)))
    others = tuple(
        Alternative(way.text, is_writing * float(np.exp(way.score - total)))
        for way in [way for way in ways if way is not best and way.text][:OTHERS]
        if way.score - total >= np.log(LEAST)
    )
    pieces = [piece for piece in (lattice.arcs[i].piece for i in used) if piece is not None]
    digits = tuple(
        _digit(int(character), p[index], _box([piece], place))
        for character, index, piece in zip(best.text, used, pieces, strict=True)
    )
    groups = _groups(best.text, pieces, lattice.height, ink)
    return Line(
        best.text,
        confidence,
        fits and confidence >= threshold,
        _box(pieces, place),
        digits,
        groups,
        others,
        repaired,
        field.value(best.text, groups) if field is not None and fits else None,
    )


def _digit(digit: int, p: NDArray[np.float64], box: Box) -> Digit:
    ranked = [int(d) for d in np.argsort(-p[:10], kind="stable") if d != digit and p[d] >= LEAST]
    others = tuple(Alternative(str(d), float(p[d])) for d in ranked[:OTHERS])
    return Digit(digit, float(p[digit]), box, others)


def _groups(text: str, pieces: Sequence[Piece], height: float, ink: _Ink) -> tuple[str, ...]:
    """Return the text in parts, parted by marks and where gaps are much wider than most."""
    gaps = np.array([b.left - a.right for a, b in pairwise(pieces)])
    if not len(gaps):
        return (text,)
    # two digits have no other gap to compare theirs with
    usual = float(np.median(gaps)) if len(gaps) > 1 else 0.5 * height
    least = max(GROUP_GAP * height, GROUP_RATIO * usual)
    marked = marked_gaps(pieces, ink.pieces, height, ink.stroke)
    parted = [i + 1 for i, gap in enumerate(gaps) if gap >= least or i in marked]
    return tuple(text[a:b] for a, b in pairwise([0, *parted, len(pieces)]))


def _box(pieces: Sequence[Piece], place: Place) -> Box:
    """Return the box of pieces in pixels of the picture."""
    left, top = min(p.left for p in pieces), min(p.top for p in pieces)
    return place.box(left, top, max(p.right for p in pieces), max(p.bottom for p in pieces))
