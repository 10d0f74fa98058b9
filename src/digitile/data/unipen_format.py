"""The UNIPEN format 1.0: files that name segments, and the files they include, with a pen's points.

A statement is a keyword, which a dot and the start of a line precede, and all up to the next one
(Guyon, Schomaker, Plamondon, Liberman, Janet 1994, appendix). These are read::

    .INCLUDE app/data/a.dat        another file, by its place in the folder include/
    .COORD X Y T                   what the numbers of a point are
    .WRITER_ID zc                  who wrote what follows
    .PEN_DOWN  15 90  16 92        the points of a stroke, the y axis upwards
    .SEGMENT CHARACTER 3-4 OK "7"  what strokes 3 and 4 are, counting from 0
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitile.errors import DataError

MAX_BYTES = 64 << 20
"""Most bytes of a file."""

MAX_POINTS = 100_000
"""Most points of a segment."""

MAX_DEPTH = 8
"""Most files of which each includes the next."""

MAX_STATEMENTS = 1_000_000
"""Most statements of all files that a file includes."""

_FARTHEST = 1e9
_STATEMENT = re.compile(r"^[ \t]*\.([A-Z][A-Z_0-9]*)", re.MULTILINE)
_SEGMENT = re.compile(r'\s*(\S+)\s+(\S+)(?:\s+([^\s"]+))?(?:\s+"(.*)")?\s*', re.DOTALL)
_RANGE = re.compile(r"(\d{1,9})(?::(\d{1,9}))?(?:-(\d{1,9})(?::(\d{1,9}))?)?")

Stroke = NDArray[np.float64]


@dataclass(frozen=True)
class Segment:
    """A part of what a pen wrote."""

    level: str  # ``CHARACTER``, ``WORD``, …
    quality: str  # ``GOOD``, ``OK``, ``BAD``, …, ``?`` where nobody says
    text: str  # what it is, empty where nobody says
    writer: str  # source and name, or the folder of the strokes' file where no name is given
    strokes: tuple[Stroke, ...]  # N×2: x to the right, y up. None is empty.


def read_segments(path: Path, include: Path) -> Iterator[Segment]:
    """Read the segments of a file.

    Raises `DataError` for a file that is missing, too large, or not of this format, saying where.

    Parameters
    ----------
    path : Path
        The strokes are those of the last file it includes before a segment. Others, documents and
        lexicons, may be missing.
    include : Path
        The folder of the files to include; no file beyond it is read.
    """
    ink = _Ink(include)
    for number, (keyword, body) in enumerate(_statements(path)):
        try:
            if keyword == "INCLUDE":
                ink.strokes.clear()
                ink.include(_only(body))
            elif keyword == "SEGMENT":
                yield _segment(body, ink)
        except DataError as error:
            raise DataError(f"{path}, statement {number}, .{keyword}: {error}") from error


@dataclass(frozen=True)
class _PenDown:
    """A stroke's numbers as they are written, and what tells how to read them."""

    body: str
    order: tuple[str, ...]
    writer: str

    def points(self) -> Stroke:
        try:
            numbers = np.array(self.body.split(), np.float64)
        except ValueError as error:
            raise DataError(f"a stroke's points are no numbers: {error}.") from error
        if len(numbers) % len(self.order):
            raise DataError(
                f"a stroke has {len(numbers)} numbers, but points of {len(self.order)} "
                f"({' '.join(self.order)})."
            )
        table = numbers.reshape(-1, len(self.order))
        points = table[:, [self.order.index("X"), self.order.index("Y")]]
        if not (np.abs(points) < _FARTHEST).all():
            raise DataError(f"a stroke's points must lie within ±{_FARTHEST:.0e}.")
        return points


class _Ink:
    """The strokes that were included last, and the order and writer that hold now."""

    def __init__(self, folder: Path) -> None:
        self.strokes: list[_PenDown] = []
        self._folder = folder.resolve()
        self._order: tuple[str, ...] = ("X", "Y")
        self._writer = ""
        self._missing: Path | None = None
        self._left = MAX_STATEMENTS

    def include(self, name: str, depth: int = 0) -> None:
        """Read a file, and those that it includes."""
        path = self._place(name)
        if depth == MAX_DEPTH:
            raise DataError(f"{name} is file {MAX_DEPTH + 1} of a chain: one includes itself.")
        self._missing = None if path.is_file() else path
        if self._missing:
            return
        source = path.relative_to(self._folder).parts[0]
        nobody = str(path.parent.relative_to(self._folder))
        for keyword, body in self._bounded(path):
            match keyword:
                case "INCLUDE":
                    self.include(_only(body), depth + 1)
                case "COORD":
                    self._order = _order(body)
                case "WRITER_ID":
                    self._writer = f"{source}/{' '.join(body.split())}"
                case "PEN_DOWN":
                    self.strokes.append(_PenDown(body, self._order, self._writer or nobody))

    def _place(self, name: str) -> Path:
        """Return the path of a file to include."""
        try:
            path = (self._folder / name).resolve()
            path.is_file()
        except (OSError, RuntimeError) as error:  # too long a name, links in a circle
            raise DataError(f"{name[:80]} cannot be looked up: {error}.") from error
        if not path.is_relative_to(self._folder):
            raise DataError(f"{name} is not a place within {self._folder}.")
        return path

    def _bounded(self, path: Path) -> list[tuple[str, str]]:
        """Return a file's statements, unless those of all files included are too many."""
        statements = _statements(path)
        self._left -= len(statements)
        if self._left < 0:
            raise DataError(f"more than {MAX_STATEMENTS:,} statements are included.")
        return statements

    def cut(self, places: str) -> tuple[tuple[Stroke, ...], str]:
        """Return the strokes at places like ``3``, ``4-6`` or ``3:5-3:20,7``, and their writer."""
        if self._missing:
            raise DataError(f"{self._missing} is missing, whose strokes this is. Put it there.")
        strokes: list[Stroke] = []
        left = MAX_POINTS
        ranges = [_range(part) for part in places.split(",")]
        for first, last, start, end in ranges:
            if not first <= last < len(self.strokes):
                raise DataError(f"strokes {places} are not among 0 to {len(self.strokes) - 1}.")
            for number in range(first, last + 1):
                points = self.strokes[number].points()
                points = points[
                    start if number == first else 0 : end if number == last else len(points)
                ]
                left -= len(points)
                if left < 0:
                    raise DataError(f"a segment may have {MAX_POINTS:,} points, but this has more.")
                if len(points):
                    strokes.append(points)
        if not strokes:
            raise DataError(f"strokes {places} have no points.")
        return tuple(strokes), self.strokes[ranges[0][0]].writer


def _statements(path: Path) -> list[tuple[str, str]]:
    """Return a file's statements, keyword and body."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error
    if len(content) > MAX_BYTES:
        raise DataError(f"{path} is larger than {MAX_BYTES:,} bytes, which no file of UNIPEN is.")
    parts = _STATEMENT.split(content.decode("latin-1"))
    return list(zip(parts[1::2], parts[2::2], strict=True))


def _only(body: str) -> str:
    """Return the one word of a statement."""
    words = body.split()
    if len(words) != 1 or "\0" in body:
        raise DataError(f"one file was expected, but it says {body[:80]!r}.")
    return words[0]


def _order(body: str) -> tuple[str, ...]:
    order = tuple(body.split())
    if "X" not in order or "Y" not in order or len(order) > 16:
        raise DataError(f".COORD must name X and Y, but says {body[:80]!r}.")
    return order


def _segment(body: str, ink: _Ink) -> Segment:
    parts = _SEGMENT.fullmatch(body)
    if parts is None:
        raise DataError(f'LEVEL STROKES QUALITY "TEXT" was expected, but it says {body[:80]!r}.')
    level, places, quality, text = parts.groups()
    strokes, writer = ink.cut(places)
    return Segment(level, quality or "?", (text or "").replace('\\"', '"'), writer, strokes)


def _range(text: str) -> tuple[int, int, int, int | None]:
    """Read ``3:5-4:20``: the first stroke and the last, the first's start, the last's end."""
    parts = _RANGE.fullmatch(text)
    if parts is None:
        raise DataError(f"strokes must be like 3, 4-6 or 3:5-3:20, but are {text[:80]!r}.")
    first, start, last, end = (None if part is None else int(part) for part in parts.groups())
    assert first is not None
    if last is None:
        return first, first, start or 0, None if start is None else start + 1
    return first, last, start or 0, None if end is None else end + 1
