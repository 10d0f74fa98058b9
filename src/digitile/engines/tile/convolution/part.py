"""The three products of a convolution, and what all ways to compute them ask of it.

With p an output pixel, t a tap, c and o maps, on x with its border of zeros:

========================  ============  ==========  ==========  ================
product                   rows of A     terms k     row of B    row of C
========================  ============  ==========  ==========  ================
y = W·X + b               x at p        tap (t, c)  w[t, c]     y at p
dW = dY·Xᵀ                x at (t, c)   pixel p     dy at p     dw[t, c]
dX = Wᵀ·dY, kernel row i  dy at p       map o       wᵀ[o, i]    dx at p, added
========================  ============  ==========  ==========  ================

Each module beside this one is a way to compute some of them, and has the same functions:

``price(node, part)``
    The time it takes, in half cycles; infinite where it does not suit.
``derive(packing, node, part)``
    Adds the form of w that it reads.
``allocate(lowering, node, part)``
    Gives it memory of its own.
``emit(lowering, node, part)``
    Adds its instructions for one image.
``fold(lowering, node)``
    Adds those that bring sums over all images into the form of w, once for a lane.
"""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from digitile.engines.tile.lowering import Node
from digitile.engines.tile.packing import PackedSlot
from digitile.nn.conv import Conv


class Part(StrEnum):
    """One of a convolution's products."""

    FORWARD = "forward"
    WEIGHTS = "weight gradient"
    INPUT = "input gradient"


def conv_of(node: Node) -> tuple[Conv, PackedSlot]:
    """Return a convolution's layer and parameters."""
    assert isinstance(node.layer, Conv)
    assert node.slot is not None
    return node.layer, node.slot


def windows(node: Node) -> NDArray[np.int64]:
    """Return where the window of each output pixel starts in the input."""
    layer, _ = conv_of(node)
    rows, columns = np.mgrid[0 : node.y.height, 0 : node.y.width] * layer.stride
    return np.asarray((rows * node.x.pitch + columns) * node.x.stride).ravel()


def pixels(node: Node) -> int:
    """Return the number of output pixels."""
    return node.y.height * node.y.width
