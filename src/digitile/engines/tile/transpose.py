"""Weights transposed, for the errors' way back: wᵀ[output, kernel row, tap in it, input map]."""

from typing import Any, NamedTuple

from digitile.engines.tile.compile import kernel
from digitile.engines.tile.simd import at

TRANSPOSED = "transposed"
"""The name of this form of w."""


class Transpose(NamedTuple):
    """wᵀ from w[tap, input, output], a tap at a time.

    Attributes
    ----------
    w, target : int
    channels, outputs, width : int
        Input maps, output maps, and values from one row of w to the next.
    side : int
        Taps in a kernel row.
    own, line, strip : int
        Values from one tap, kernel row and output map to the next, in the transpose.
    """

    w: int
    target: int
    channels: int
    outputs: int
    width: int
    side: int
    own: int
    line: int
    strip: int


@kernel
def transpose(op: Any, tap: int, parameters: Any) -> None:
    """Compute one tap of a `Transpose`."""
    w = at(parameters, op.w + tap * op.channels * op.width)
    target = at(parameters, op.target + tap // op.side * op.line + tap % op.side * op.own)
    for o in range(op.outputs):  # what is written lies side by side; what is read, in the cache
        for c in range(op.channels):
            target[o * op.strip + c] = w[c * op.width + o]
