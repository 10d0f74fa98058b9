"""Layouts: what stands where on a page."""

from typing import NamedTuple

import numpy as np

from digitile.scenes.glyphs import Rng
from digitile.scenes.hands import HANDS, Hand
from digitile.scenes.nondigits import Clutter
from digitile.scenes.numbers import Writing, draw_manner
from digitile.scenes.page import ScenePage, Sheet, sheet_of
from digitile.scenes.paper import rule, sprinkle
from digitile.scenes.studio import Studio
from digitile.scenes.texts import draw_text

PAGE = (512, 768)
"""Height and width of a page."""


class PagePlan(NamedTuple):
    """What a kind of page holds: the share of each thing among those that follow another.

    Attributes
    ----------
    number, word, letters, print, sign, turned, shape, stamp, empty : float
        Anything from 0.
    in_cells : float
        The share of numbers whose digits have a printed cell each.
    """

    number: float
    word: float
    letters: float
    print: float
    sign: float
    turned: float
    shape: float
    stamp: float
    empty: float
    in_cells: float = 0.05


PLANS = {
    "numbers": (0.39, PagePlan(10, 0.3, 0.3, 0.3, 0.4, 0.1, 0.2, 0.05, 1.0)),
    "mixed": (0.26, PagePlan(4, 2, 1, 1.5, 0.7, 0.3, 0.5, 0.2, 1.5)),
    "form": (0.1, PagePlan(5, 0.3, 0.2, 3, 0.3, 0, 0.3, 0.2, 1.5, 0.7)),
    "words": (0.09, PagePlan(0, 10, 4, 0.5, 0.5, 0, 0.3, 0.1, 0.5)),
    "print": (0.09, PagePlan(0, 0.5, 0.3, 10, 0.3, 0, 0.3, 0.2, 0.5)),
    "drawings": (0.07, PagePlan(0, 0.5, 1, 0.5, 2, 3, 8, 1, 2)),
    "script": (0.0, PagePlan(0, 0, 0, 1, 0, 0, 0, 0, 0.05)),
}
"""The kinds of pages: the share of each, and its plan. No training draws those of share 0."""

_NAMES = tuple(PLANS)
_SHARES = np.array([share for share, _ in PLANS.values()])


def draw_page(
    studio: Studio, rng: Rng, kind: str | None = None, shape: tuple[int, int] = PAGE
) -> Sheet:
    """Draw a page of a kind of `PLANS`, or of any, so many pixels high and wide."""
    name = _NAMES[rng.choice(len(_NAMES), p=_SHARES)] if kind is None else kind
    plan = PLANS[name][1]
    page = ScenePage.blank(*shape)
    base = float(np.exp(rng.uniform(np.log(26), np.log(56))))
    ruled = rule(page.rules, base, rng)
    sprinkle(page.ink, base, rng)
    hand = studio.hands[rng.integers(HANDS)]
    mixed = rng.random() < 0.25
    slope = float(rng.normal(0, 0.02))
    for y, height in _rows(shape[0], base, ruled if rng.random() < 0.7 else None, rng):
        if mixed:
            hand = studio.hands[rng.integers(HANDS)]
        # what is written on lines follows them
        fall = rng.normal(0, 0.004) + (slope if ruled is None else 0)
        _fill_row(PageRow(page, plan, hand, y, height, fall), studio, rng)
    return sheet_of(page, base)


def _rows(
    bottom: int, base: float, ruled: tuple[float, float] | None, rng: Rng
) -> list[tuple[float, float]]:
    """Return y of the middle of each line of writing, and its height."""
    rows: list[tuple[float, float]] = []
    spread = rng.uniform(0.2, 0.4) if rng.random() < 0.2 else 0.06
    pitch = rng.uniform(1.2, 1.7) if rng.random() < 0.6 else rng.uniform(1.7, 3)
    y = rng.uniform(-1, 1) * base
    while y < bottom + base:
        height = float(np.clip(base * np.exp(rng.normal(0, spread)), 18, 72))
        if ruled:
            first, pitch = ruled
            foot = first + pitch * len(rows) + rng.normal(-0.08, 0.08) * base
            height = min(height, 0.85 * pitch)
            rows.append((foot - height / 2, height))
            y = foot
        else:
            rows.append((y + 0.5 * pitch * height, height))
            y += pitch * height
    return rows


class PageRow(NamedTuple):
    """A line of a page.

    Attributes
    ----------
    y : float
        Of its middle where it begins.
    height : float
        Of its writing.
    slope : float
        How far it falls in each length.
    """

    page: ScenePage
    plan: PagePlan
    hand: Hand
    y: float
    height: float
    slope: float


def _fill_row(row: PageRow, studio: Studio, rng: Rng) -> None:
    """Put one thing beside the other, from the left to the right end of the page."""
    page, plan, height = row.page, row.plan, row.height
    clutter = Clutter(page, row.hand, studio.prints, height, rng)
    draws = (
        clutter.word,
        clutter.letters,
        clutter.print,
        clutter.sign,
        clutter.turned,
        (clutter.tick, clutter.scribble, clutter.frame)[rng.integers(3)],
        clutter.stamp,
    )
    shares = np.array(plan[:9]) / sum(plan[:9])
    manner = draw_manner(rng, row.hand, row.slope, bool(rng.random() < plan.in_cells))
    x = rng.uniform(-0.5, 3) * height
    while x < page.ink.shape[1]:
        kind = rng.choice(9, p=shares)
        y = row.y + row.slope * x
        if kind == 0:
            writing, left = Writing(page, row.hand, manner, height, rng), x
            x = writing.write(draw_text(rng), x, y)
            if not manner.cell and rng.random() < 0.08:
                drop = row.slope * (x - left) / 2
                writing.decorate((left, y + drop - height / 2, x, y + drop + height / 2))
        elif kind == 8:
            x += height * rng.uniform(1, 8)
        else:
            x = draws[kind - 1](x, y)
        # a unit may stand close to its number
        x += height * (rng.uniform(0.15, 0.5) if rng.random() < 0.2 else rng.uniform(0.5, 2))
