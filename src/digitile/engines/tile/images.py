"""An image on its way into its storage: (pixel − shift)·scale, or values as they are."""

from typing import Any, NamedTuple

import numpy as np

from digitile.engines.tile.compile import inlined, kernel
from digitile.engines.tile.records import Maps, row_at
from digitile.engines.tile.simd import at


class PutImage(NamedTuple):
    """Write channels×height×width values of an image to x."""

    x: Maps
    channels: int
    height: int
    width: int
    raw: int  # 1 for pixels that are to be preprocessed, 0 for values


@kernel
def put_image(op: Any, s: int, lane: Any) -> None:
    """Compute a `PutImage` for image `s`."""
    for c in range(op.channels):
        for row in range(op.height):
            x = at(row_at(lane.memory, op.x, s, row), c)
            place = (c * op.height + row) * op.width
            source = lane.order[s] * op.channels * op.height * op.width + place
            if not op.raw:
                for n in range(op.width):
                    x[n * op.x.pixel] = lane.values[source + n]
            elif op.x.pixel == 1:  # as a constant: a loop of vectors
                _preprocess(x, 1, op.width, source, place, lane)
            else:
                _preprocess(x, op.x.pixel, op.width, source, place, lane)


@inlined
def _preprocess(x: Any, pixel: int, width: int, source: int, place: int, lane: Any) -> None:
    """Write a row of preprocessed pixels to x."""
    for n in range(width):
        value = np.float32(lane.pixels[source + n])
        x[n * pixel] = (value - lane.shift[place + n]) * lane.scale[place + n]
