"""Weights transposed, for the errors' way back: wᵀ[output, kernel row, tap in it, input map]."""

from typing import Any, NamedTuple

from digitile.engines.tile.compile import kernel
from digitile.engines.tile.packing import PackedSlot, Packing
from digitile.engines.tile.simd import at
from digitile.engines.tile.storage import padded

TRANSPOSED = "transposed"  # the name of this form of w


class Transpose(NamedTuple):
    """wᵀ from w[tap, input, output], a tap at a time."""

    w: int
    target: int
    channels: int
    outputs: int
    width: int  # values from one row of w to the next
    side: int  # taps in a kernel row
    own: int  # values from one tap to the next, in the transpose,
    line: int  # from one kernel row,
    strip: int  # and from one output map


@kernel
def transpose(op: Any, tap: int, parameters: Any) -> None:
    """Compute one tap of a `Transpose`."""
    w = at(parameters, op.w + tap * op.channels * op.width)
    target = at(parameters, op.target + tap // op.side * op.line + tap % op.side * op.own)
    for o in range(op.outputs):  # what is written lies side by side; what is read, in the cache
        for c in range(op.channels):
            target[o * op.strip + c] = w[c * op.width + o]


def derive(packing: Packing, slot: PackedSlot, side: int, line: int) -> None:
    """Add wᵀ with `side` taps in a kernel row, which takes `line` values."""
    own, strip = padded(slot.channels), slot.taps // side * line
    start = slot.forms[TRANSPOSED] = packing.reserve(slot.outputs * strip, strip)
    record = Transpose(
        slot.w, start, slot.channels, slot.outputs, slot.width, side, own, line, strip
    )
    packing.backward.append((record, slot.taps))
