"""A first description of a form, from a picture of an empty one."""

import numpy as np

from digitile.errors import PictureError
from digitile.forms.boxes import (
    Comb,
    Points,
    boxes_of,
    clockwise,
    combs,
    find_marks,
    innermost,
    outer_frame,
)
from digitile.forms.form import MOST_CELLS, MOST_FIELDS, Anchor, Form, FormField
from digitile.forms.place import FEWEST_MATCHES
from digitile.pictures import MAX_PIXELS, Source, load_pages
from digitile.reader.gray import to_gray

CORNER = 0.25
"""A mark lies in a corner of the picture: within this share of its width and height."""


def draft_form(source: Source) -> Form:
    """Return the form whose printed boxes are on a picture of it, empty and level.

    Parameters
    ----------
    source : str, Path, bytes, ndarray or Pillow picture
        Its first page.

    Raises
    ------
    PictureError
        For what cannot be decoded, and where there are no boxes, or too many.
    """
    form = printed_form(source)
    if not 1 <= len(form.fields) <= MOST_FIELDS:
        raise PictureError(
            f"{len(form.fields)} printed boxes were found, but a form has 1 to {MOST_FIELDS}. Give "
            "a level scan of an empty form whose boxes are darker than the paper."
        )
    return form


def printed_form(source: Source, *, max_pixels: int = MAX_PIXELS) -> Form:
    """Return what is printed on a picture of a form, level: any number of fields, also none.

    Its fields are named field1, field2 and so on, in the order of reading. Boxes for one digit
    each, side by side, are one field. It is anchored by four black squares in the corners where it
    has them, else by a frame around all fields, else by the boxes themselves, else by the sheet.

    Parameters
    ----------
    source : str, Path, bytes, ndarray or Pillow picture
        Its first page.
    max_pixels : int
        Of the picture.

    Raises
    ------
    PictureError
        For what cannot be decoded.
    """
    page = next(load_pages(source, max_pixels=max_pixels))
    gray = to_gray(page.pixels)
    scale = np.array([page.width, page.height]) / gray.shape[::-1]
    boxes = boxes_of(gray)
    fields = combs(innermost(boxes)) if len(boxes) else []
    fields = [field for field in fields if field.cells <= MOST_CELLS]
    anchor, points = _anchor(gray, boxes)
    width, height = float(page.width), float(page.height)
    return Form(
        width,
        height,
        tuple(
            FormField(f"field{n}", _box(field, scale, width, height), field.cells)
            for n, field in enumerate(fields, 1)
        ),
        anchor,
        None if points is None else tuple((float(x), float(y)) for x, y in points * scale),
    )


def _anchor(gray: np.ndarray, boxes: Points) -> tuple[Anchor, Points | None]:
    """Return by what a form can be found, and the points of that on its picture."""
    height, width = gray.shape
    middles = find_marks(gray).mean(axis=1)
    corners = []
    for x in (0, 1):
        for y in (0, 1):
            away = np.abs(middles / (width, height) - (x, y))
            near = np.flatnonzero((away < CORNER).all(axis=1))
            corners += [middles[near[away[near].sum(axis=1).argmin()]]] if len(near) else []
    four = clockwise(np.array(corners)) if len(corners) == 4 else None
    if four is not None:
        return "marks", four
    frame = outer_frame(boxes)
    if frame is not None:
        return "frame", frame
    return ("boxes" if len(boxes) >= FEWEST_MATCHES[1] else "sheet"), None


def _box(
    field: Comb, scale: np.ndarray, width: float, height: float
) -> tuple[float, float, float, float]:
    """Return a field's upright box, on the sheet."""
    x, y = (field.corners * scale).T
    left, right = max(float(x[[0, 3]].mean()), 0.0), min(float(x[[1, 2]].mean()), width)
    top, bottom = max(float(y[[0, 1]].mean()), 0.0), min(float(y[[2, 3]].mean()), height)
    return left, top, right - left, bottom - top
