"""A form: the named fields of a sheet, and by what the sheet is found on a scan. A TOML file.

::

    width = 1000            # of the sheet, in any unit: pixels of a scan, millimetres
    height = 720
    anchor = "marks"        # what is looked for on a scan: marks, frame, boxes or sheet
    points = [[53, 53], [946, 53], [946, 666], [53, 666]]

    [[fields]]
    name = "customer"
    box = [110, 170, 416, 66]  # left, top, width, height
    cells = 8                  # printed boxes side by side, one for each digit
    rule = "length=8"          # as for --field
"""

import json
import math
import tomllib
from collections import Counter
from os import PathLike
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from digitile.errors import FormFileError, SettingError
from digitile.files import write_atomically
from digitile.forms.boxes import clockwise
from digitile.reader.fields import parse_field
from digitile.typed_json import convert

MOST_BYTES = 1_000_000
"""Of a form's file: one of `MOST_FIELDS` has a tenth of it."""

MOST_FIELDS = 500
"""Of a form; a page holds some 200 lines."""

MOST_CELLS = 100
"""Of a field; a rule's length has the same bound."""

MOST_NAME = 64
"""Characters of a field's name."""

MOST_SIDE = 1e6
"""Of a sheet, in its units."""

OTHER_COLUMNS = ("path", "page", "doubtful", "reasons")
"""Columns of a form's CSV that are no fields: no field may have such a name."""

Anchor = Literal["marks", "frame", "boxes", "sheet"]
"""What is looked for on a scan: four solid black squares, whose centres are the form's points; a
frame around all fields, whose inner corners are; the printed boxes of the fields; or the sheet
itself, else the scan's own edges."""


class FormField(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A field of a form.

    Attributes
    ----------
    box : tuple of float
        Left, top, width and height, in the units of the form.
    cells : int
        How many printed boxes, of one width and side by side, it has.
    rule : str, optional
        What its text must be; see `digitile.reader.fields`.
    """

    name: str
    box: tuple[float, float, float, float]
    cells: int = 1
    rule: str | None = None

    @property
    def corners(self) -> NDArray[np.float64]:
        """Its corners, 4×2: upper left, upper right, lower right, lower left."""
        left, top, width, height = self.box
        right, bottom = left + width, top + height
        return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])

    @property
    def cell_corners(self) -> NDArray[np.float64]:
        """The corners of its cells, cells×4×2, from left to right."""
        left, top, width, height = self.box
        x = np.linspace(left, left + width, self.cells + 1)
        y = np.full(self.cells, top)
        cells = [(x[:-1], y), (x[1:], y), (x[1:], y + height), (x[:-1], y + height)]
        return np.array(cells).transpose(2, 0, 1)


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A form.

    Attributes
    ----------
    width, height : float
        Of its sheet, in any unit.
    anchor : str
        By what it is found on a scan; see `Anchor`.
    points : tuple of tuple of float, optional
        Of marks or a frame: upper left, upper right, lower right, lower left.
    """

    width: float
    height: float
    fields: tuple[FormField, ...]
    anchor: Anchor = "sheet"
    points: tuple[tuple[float, float], ...] | None = None

    @property
    def corners(self) -> NDArray[np.float64]:
        """Of the sheet, or its points where it has them, 4×2."""
        if self.points is not None:
            return np.array(self.points)
        w, h = self.width, self.height
        return np.array([(0.0, 0.0), (w, 0), (w, h), (0, h)])

    @property
    def names(self) -> list[str]:
        """Of the fields, in their order."""
        return [field.name for field in self.fields]


def load_form(path: str | PathLike[str]) -> Form:
    """Read a form's TOML file.

    Raises
    ------
    FormFileError
        For a file that is missing, too large, no TOML or no form; the message says what is wrong.
    """
    path, name = Path(path), repr(str(path))
    try:
        if not path.is_file():
            raise FormFileError(f"{name} is no file. Give a form's TOML file; see docs/reading.md.")
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a zero character in the path
        reason = getattr(error, "strerror", None) or error
        raise FormFileError(f"{name} cannot be read: {reason}.") from error
    return parse_form(content, name)


def parse_form(content: bytes, where: str = "the form") -> Form:
    """Return the form that a TOML text describes; raises as `load_form` does."""
    fix = "Mend the file, or draft a new one: digitile form draft."
    if len(content) > MOST_BYTES:
        raise FormFileError(f"{where} has more than {MOST_BYTES} bytes. {fix}")
    try:
        table = tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise FormFileError(f"{where} is no TOML: {reason}. {fix}") from None
    form = convert(table, Form, error=FormFileError, where=where, fix=fix)
    wrong = misfit(form)
    if wrong is not None:
        raise FormFileError(f"{where}: {wrong}. {fix}")
    return form


def misfit(form: Form) -> str | None:
    """Return what is wrong with a form, without a full stop; None where it can be used."""
    return _wrong_sheet(form) or _wrong_fields(form)


def write_form(path: str | PathLike[str], form: Form) -> None:
    """Write a form's TOML file, atomically; `UsageError` where that cannot be done."""
    write_atomically(Path(path), form_text(form).encode())


def form_text(form: Form) -> str:
    """Return a form as TOML; numbers are rounded to a hundredth."""
    head = [f"width = {_number(form.width)}", f"height = {_number(form.height)}"]
    head.append(f'anchor = "{form.anchor}"')
    if form.points is not None:
        points = ", ".join(f"[{_number(x)}, {_number(y)}]" for x, y in form.points)
        head.append(f"points = [{points}]")
    parts = ["\n".join(head)]
    for field in form.fields:
        lines = ["[[fields]]", f"name = {_quoted(field.name)}"]
        lines.append(f"box = [{', '.join(map(_number, field.box))}]")
        lines += [f"cells = {field.cells}"] if field.cells > 1 else []
        lines += [] if field.rule is None else [f"rule = {_quoted(field.rule)}"]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _number(value: float) -> str:
    return f"{round(value, 2):g}" if abs(value) < MOST_SIDE else str(round(value))


def _quoted(text: str) -> str:
    """Return a basic string of TOML: JSON's, but with DEL escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _wrong_sheet(form: Form) -> str | None:
    """Return what is wrong with a form's sheet and points."""
    for name, side in (("width", form.width), ("height", form.height)):
        if not 0 < side <= MOST_SIDE:
            return f"the {name} is {side}, but must be more than 0 and at most {MOST_SIDE:g}"
    needed = form.anchor in ("marks", "frame")
    if needed != (form.points is not None):
        told = "needs four points" if needed else "takes no points"
        return f'the anchor "{form.anchor}" {told}'
    if form.points is None:
        return None
    points = np.array(form.points)
    if points.shape != (4, 2) or not np.isfinite(points).all():
        return f"there are {len(form.points)} points, but must be four, each of two numbers"
    quad = clockwise(points)
    if quad is None or (quad != points).any():
        return (
            f"the points {form.points} are not the corners of a quadrilateral, from the upper "
            "left one clockwise"
        )
    return None


def _wrong_fields(form: Form) -> str | None:
    """Return what is wrong with a form's fields."""
    if not 1 <= len(form.fields) <= MOST_FIELDS:
        return f"there are {len(form.fields)} fields, but must be 1 to {MOST_FIELDS}"
    for name, count in Counter(form.names).items():
        if count > 1:
            return f"{count} fields are named {name!r}, but each needs a name of its own"
    wrongs = (_wrong_field(field, form) for field in form.fields)
    return next((wrong for wrong in wrongs if wrong is not None), None)


def _wrong_field(field: FormField, form: Form) -> str | None:
    """Return what is wrong with one field of a form."""
    name = field.name
    if not (1 <= len(name) <= MOST_NAME and name[:1].isalnum() and name.isprintable()):
        return (
            f"a field is named {name!r}, but a name has 1 to {MOST_NAME} printable characters and "
            "begins with a letter or digit"
        )
    if name in OTHER_COLUMNS:
        return f"a field is named {name!r}, which is another column of the CSV"
    left, top, width, height = field.box
    inside = min(left, top) >= 0 < min(width, height)
    inside = inside and left + width <= form.width and top + height <= form.height
    if not (all(map(math.isfinite, field.box)) and inside):
        return (
            f"the box of {name!r} is {list(field.box)}, but left, top, width and height must lie "
            f"on the sheet of {form.width:g}×{form.height:g}"
        )
    if not 1 <= field.cells <= MOST_CELLS:
        return f"{name!r} has {field.cells} cells, but must have 1 to {MOST_CELLS}"
    try:
        if field.rule is not None:
            parse_field(field.rule)
    except (SettingError, OverflowError) as error:  # OverflowError: a{99999999999}
        return f"the rule of {name!r} is wrong: {str(error).rstrip('.')}"
    return None
