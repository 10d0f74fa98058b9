"""Instructions are records with named fields, in Python and in kernels.

An operation is a `NamedTuple` of int, float and other such records, written beside its kernel. A
program holds its instructions as rows of one array; a kernel gets one row as a record, whose
fields it reads by their names:

    class Clear(NamedTuple):              row = row_of(Clear)
        target: Region                    op = row(program.rows, k)
        size: int                         op.target.start + s * op.target.step
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple, get_type_hints

import numba
import numpy as np
from numba.core.datamodel import default_manager
from numpy.typing import NDArray

from digitile.engines.tile.compile import inlined, native
from digitile.engines.tile.simd import at, member


class Region(NamedTuple):
    """Values of each image, in the lane's memory."""

    start: int  # of the first image's
    step: int = 0  # to the next image's; 0 where all images in turn use the same place


class Maps(NamedTuple):
    """The maps of each image: value (c, y, x) lies at start + s·step + y·row + x·pixel + c."""

    start: int
    step: int
    row: int
    pixel: int


NOWHERE = Region(-1)  # stands for values that are not kept


@inlined
def image_at(memory: Any, region: Any, s: int) -> Any:
    """Return a pointer to what image `s` has in a `Region`, or to its `Maps`."""
    return at(memory, region.start + s * region.step)


@inlined
def row_at(memory: Any, maps: Any, s: int, row: int) -> Any:
    """Return a pointer to a row of image `s`."""
    return at(memory, maps.start + s * maps.step + row * maps.row)


@cache
def layout(record: Any) -> np.dtype[Any]:
    """Return how a record lies in memory: int64, float32, and records within it."""
    if record in (int, float):
        return np.dtype(np.int64 if record is int else np.float32)
    return np.dtype([(name, layout(own)) for name, own in get_type_hints(record).items()], True)


def assemble(
    operations: Iterable[Any], records: Sequence[Any]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return each record's operation, by its number, and all records as rows of one array."""
    numbers = {operation: number for number, operation in enumerate(operations)}
    return np.array([numbers[type(record)] for record in records], np.int64), rows_of(records)


def rows_of(records: Sequence[Any]) -> NDArray[np.int64]:
    """Return records as rows of one array."""
    kinds: list[Any] = [type(record) for record in records]
    dtypes = [layout(kind) for kind in kinds]
    words = max((dtype.itemsize for dtype in dtypes), default=8) // 8
    rows = np.zeros((len(records), words), np.int64)
    for row, record, dtype in zip(rows, records, dtypes, strict=True):
        row.view(np.uint8)[: dtype.itemsize].view(dtype)[0] = record
    return rows


def _named(record: Any, values: Any) -> Any:
    """Return nested tuples as records."""
    if record in (int, float):
        return values
    return record(*map(_named, get_type_hints(record).values(), values))


def row_of(record: Any) -> Any:
    """Return the function that gives kernels row k of an array of rows as a `record`."""
    dtype = layout(record)
    kind = numba.from_dtype(dtype)

    def emit(b: Any, kinds: Any, rows: Any, k: Any) -> Any:
        length = b.extract_value(member(b, kinds[0], rows, "shape"), 1)
        place = b.gep(member(b, kinds[0], rows, "data"), [b.mul(k, length)])
        return b.bitcast(place, default_manager[kind].get_value_type())

    @native(emit, lambda *_: kind)
    def row(rows: Any, k: int) -> Any:
        return _named(record, rows[k].view(np.uint8)[: dtype.itemsize].view(dtype)[0].item())

    return row
