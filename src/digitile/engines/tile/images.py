"""An image on its way into its storage: (pixel − shift)·scale, or values as they are."""

from typing import Any, NamedTuple

import numpy as np

from digitile.engines.tile.compile import kernel
from digitile.engines.tile.records import Maps
from digitile.engines.tile.simd import at


class PutImage(NamedTuple):
    """Write channels×height×width values of an image to x.

    Attributes
    ----------
    x : Maps
    channels, height, width : int
    raw : int
        1 for pixels that are to be preprocessed, 0 for values.
    """

    x: Maps
    channels: int
    height: int
    width: int
    raw: int


@kernel
def put_image(op: Any, s: int, lane: Any) -> None:
    """Compute a `PutImage` for image `s`."""
    image = lane.order[s] * op.channels * op.height * op.width
    for c in range(op.channels):
        for row in range(op.height):
            place = (c * op.height + row) * op.width
            x = at(lane.memory, op.x.start + s * op.x.step + row * op.x.row + c)
            if not op.raw:
                for n in range(op.width):
                    x[n * op.x.pixel] = lane.values[image + place + n]
            elif op.x.pixel == 1:
                for n in range(op.width):
                    value = np.float32(lane.pixels[image + place + n])
                    x[n] = (value - lane.shift[place + n]) * lane.scale[place + n]
            else:
                for n in range(op.width):
                    value = np.float32(lane.pixels[image + place + n])
                    shifted = value - lane.shift[place + n]
                    x[n * op.x.pixel] = shifted * lane.scale[place + n]
