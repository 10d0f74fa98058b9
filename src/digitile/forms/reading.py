"""Reads forms: each scan's page becomes the texts of the named fields."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from digitile.errors import PictureError, WorkerLost
from digitile.forms.cut import cut_field
from digitile.forms.form import Form, FormField
from digitile.forms.place import Homography, find_form, moved
from digitile.parallel.pool import in_order
from digitile.parallel.process_pool import ProcessPool
from digitile.parallel.worker import Link, Work
from digitile.pictures import MAX_PIXELS, Page, Source, load_pages
from digitile.reader.gray import to_gray
from digitile.reader.reader import AT_ONCE, SECONDS, Reader, use_one_core
from digitile.reader.reading import Alternative, Line
from digitile.reader.sight import Gray


@dataclass(frozen=True)
class FieldReading:
    """What one field of a form was read as.

    Attributes
    ----------
    text : str or None
        None where nothing was read: `reason` says why.
    value : str or None
        What the text stands for by its rule, as that of a line.
    confidence : float
        How likely all of the text is right, 0 … 1; 0 where there is none.
    accepted : bool
        Whether the confidence is enough for the error rate asked for, and the rule holds.
    measured : bool
        Whether the confidence was measured for lines like this; see `Line`.
    alternatives : tuple of Alternative
        The next likely texts, likeliest first.
    repaired : str or None
        What was read before the rule changed it.
    note : str or None
        Of a value that is not certain, or of further lines in the field.
    reason : str or None
        Why there is no text.
    corners : tuple of tuple of float, or None
        Where the field lies on the page, in pixels: upper left, upper right, lower right and lower
        left as the form stands. None where the form was not found.
    """

    name: str
    text: str | None = None
    value: str | None = None
    confidence: float = 0.0
    accepted: bool = False
    measured: bool = False
    alternatives: tuple[Alternative, ...] = ()
    repaired: str | None = None
    note: str | None = None
    reason: str | None = None
    corners: tuple[tuple[float, float], ...] | None = None


@dataclass(frozen=True)
class FormReading:
    """What one page was read as.

    Attributes
    ----------
    path : str or None
        The picture's file; None where it was given otherwise.
    page : int
        From 1.
    fields : tuple of FieldReading
        One for each field of the form, in its order.
    reason : str or None
        Why the form was not found on the page; its fields have no texts then.
    """

    path: str | None
    page: int
    fields: tuple[FieldReading, ...]
    reason: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the same structure as values that `json` writes, its fields by their names."""
        told = asdict(self)
        return told | {"fields": {field.pop("name"): field for field in told["fields"]}}

    @classmethod
    def unread(cls, path: str | None, page: int, form: Form, reason: str) -> "FormReading":
        """Return the reading of a page on which a form's fields were not found."""
        fields = tuple(FieldReading(name, reason=reason) for name in form.names)
        return cls(path, page, fields, reason)


FormPages = list[FormReading] | PictureError
"""The pages of a picture, or what was wrong with it."""


def read_form(
    reader: Reader,
    form: Form,
    source: Source,
    *,
    max_error: float | None = None,
    max_pixels: int = MAX_PIXELS,
) -> Iterator[FormReading]:
    """Read the fields of a form on each page of a picture.

    Parameters
    ----------
    form : Form
        See `load_form`.
    source : str, Path, bytes, ndarray or Pillow picture
    max_error : float, optional
        The share of accepted fields that may be wrong; see `Reader.read`.
    max_pixels : int
        The most that a page may have.

    Raises
    ------
    PictureError
        For what cannot be decoded.
    SettingError
        For an error rate out of range.
    """
    path = str(source) if isinstance(source, str | Path) else None
    for number, page in enumerate(load_pages(source, max_pixels=max_pixels), 1):
        gray = to_gray(page.pixels)
        place = find_form(form, gray)
        if isinstance(place, str):
            yield FormReading.unread(path, number, form, place)
            continue
        fields = (_read_field(reader, field, place, gray, page, max_error) for field in form.fields)
        yield FormReading(path, number, tuple(fields))


def read_forms(
    reader: Reader,
    form: Form,
    sources: Iterable[Source],
    *,
    processes: int = 1,
    max_error: float | None = None,
) -> Iterator[FormPages]:
    """Read a form on many pictures: of each, in their order, its pages or what was wrong with it.

    Parameters
    ----------
    reader, form, max_error
        As for `read_form`.
    sources : iterable of str, Path, bytes, ndarray or Pillow picture
    processes : int
        How many pictures are read at the same time.
    """
    if processes == 1:
        yield from (_pages(reader, form, max_error, source) for source in sources)
        return
    own = replace(reader, threads=1), form, max_error
    with ProcessPool(_reading, own, size=processes, seconds=SECONDS) as pool:
        answers: Iterator[FormPages | WorkerLost] = in_order(pool, sources, AT_ONCE)
        for answer in answers:
            yield PictureError(str(answer)) if isinstance(answer, WorkerLost) else answer


def _pages(reader: Reader, form: Form, max_error: float | None, source: Source) -> FormPages:
    """Return a picture's pages, or what was wrong with it."""
    try:
        return list(read_form(reader, form, source, max_error=max_error))
    except PictureError as error:
        return error


def _reading(reader: Reader, form: Form, max_error: float | None) -> Work[Source, FormPages]:
    """Return what a process of `read_forms` does."""
    use_one_core()

    def read(source: Source, _link: Link) -> FormPages:
        return _pages(reader, form, max_error, source)

    return read


def _read_field(
    reader: Reader,
    field: FormField,
    place: Homography,
    gray: Gray,
    page: Page,
    max_error: float | None,
) -> FieldReading:
    """Read one field where a form lies on a page."""
    scale = np.array([page.width, page.height]) / gray.shape[::-1]
    there = (moved(field.corners, place) * scale).round(1).tolist()
    corners = tuple((float(x), float(y)) for x, y in there)
    empty = FieldReading(field.name, corners=corners)
    cut = cut_field(field, place, gray)
    if isinstance(cut, str):
        return replace(empty, reason=cut)
    reading = reader.read(cut, field=field.rule, max_error=max_error, turn=False, cells=False)
    if not reading.lines:
        return replace(empty, reason=reading.reason)
    line = max(reading.lines, key=_weight)
    others = [other.text for other in reading.lines if other is not line]
    note, fits = line.note, True
    if others:
        note, fits = f"also {', '.join(others)}", False
    elif field.cells > 1 and len(line.digits) > field.cells:
        note, fits = f"more digits than the {field.cells} cells", False
    return replace(
        empty,
        text=line.text,
        value=line.value,
        confidence=line.confidence,
        accepted=line.accepted and fits,
        measured=line.measured,
        alternatives=line.alternatives,
        repaired=line.repaired,
        note=note,
    )


def _weight(line: Line) -> float:
    """Return how much of a field is a line's: its digits, each as tall as it is, if it is right."""
    return line.confidence * len(line.digits) * line.box.height
