"""Instructions are records with named fields, in Python and in kernels.

An operation is a `NamedTuple` of int, float and other such records, written beside its kernel. A
program holds its instructions as rows of one array; a kernel gets one row as a record, whose
fields it reads by their names:

    class Clear(NamedTuple):              row = row_of(Clear)
        target: Region                    op = row(program.rows, k)
        size: int                         op.target.start + s * op.target.step
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple, get_type_hints

import numba
import numpy as np
from numpy.typing import NDArray

from digitile.engines.tile.compile import JIT, intrinsic


class Region(NamedTuple):
    """Values of each image, in the lane's memory.

    Attributes
    ----------
    start : int
        Where the first image's begin.
    step : int
        How far the next image's are behind; 0 where all images in turn use the same place.
    """

    start: int
    step: int


class Maps(NamedTuple):
    """The maps of each image: value (c, y, x) lies at start + s·step + y·row + x·pixel + c.

    Attributes
    ----------
    start, step : int
        As in `Region`.
    row, pixel : int
        Distance from one row to the next, and from one pixel to the next.
    """

    start: int
    step: int
    row: int
    pixel: int


NOWHERE = Region(-1, 0)
"""Stands for values that are not kept."""


@cache
def layout(record: Any) -> np.dtype[Any]:
    """Return how a record lies in memory: int64, float32, and records within it."""
    if record in (int, float):
        return np.dtype(np.int64 if record is int else np.float32)
    return np.dtype([(name, layout(own)) for name, own in get_type_hints(record).items()], True)


def assemble(
    operations: Sequence[Any], records: Sequence[Any]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return each record's operation, by its number, and all records as rows of one array."""
    numbers = np.array([operations.index(type(record)) for record in records], np.int64)
    return numbers, rows_of(records)


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
    if not JIT:

        def plain_row(rows: Any, k: int) -> Any:
            return _named(record, rows[k].view(np.uint8)[: dtype.itemsize].view(dtype)[0].item())

        return plain_row
    lowered = numba.from_dtype(dtype)

    @intrinsic
    def row(_: Any, rows: Any, k: Any) -> Any:
        def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            array = context.make_array(sig.args[0])(context, builder, args[0])
            length = builder.extract_value(array.shape, 1)
            place = builder.gep(array.data, [builder.mul(args[1], length)])
            return builder.bitcast(place, context.get_value_type(lowered))

        return lowered(rows, k), emit

    return row
