"""From a page to its writing: as ink, on a level sheet, without rules, and where that lies."""

from dataclasses import dataclass

import numpy as np

from digitile.pictures import Page
from digitile.reader.gray import to_gray
from digitile.reader.ink import InkMap, find_ink
from digitile.reader.place import Matrix, Place, scaling
from digitile.reader.rules import without_rules
from digitile.reader.sheet import Picture, straightened
from digitile.reader.skew import levelled


@dataclass(frozen=True, eq=False)
class Writing:
    """The ink map of a page's writing.

    Attributes
    ----------
    found : InkMap
    place : Place
        Where the map lies in the page.
    """

    found: InkMap
    place: Place


def find_writing(page: Page, turned: int = 0) -> Writing | None:
    """Return a page's writing, or None where no ink stands out.

    Parameters
    ----------
    page : Page
    turned : int
        By how many degrees clockwise the page is turned first: 0, 90, 180 or 270.
    """
    height, width = page.pixels.shape[:2]
    place = Place(scaling(page.width / width, page.height / height), page.width, page.height)
    pixels = page.pixels
    for _ in range(turned // 90):
        # turned clockwise: what was at the bottom is at the left
        place = place.of(np.array([[0, 1, 0], [-1, 0, pixels.shape[0]], [0, 0, 1]], float))
        pixels = np.rot90(pixels, -1)
    pixels = np.ascontiguousarray(pixels)
    sheet = straightened(pixels)
    # a sheet on which nothing is written is something else
    inked = None if sheet is None else _inked(sheet.pixels, place.of(sheet.back))
    inked = inked or _inked(pixels, place)
    if inked is None:
        return None
    level = levelled(inked.found)
    return Writing(without_rules(level.found), inked.place.of(level.back))


def _inked(pixels: Picture, place: Place) -> Writing | None:
    gray = to_gray(pixels).gray
    found = find_ink(gray)
    if found is None:
        return None
    back: Matrix = scaling(pixels.shape[1] / gray.shape[1], pixels.shape[0] / gray.shape[0])
    return Writing(found, place.of(back))
