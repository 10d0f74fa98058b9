"""A convolution's output pixels in groups: neighbours' maps fill one wide row of the tile.

Six maps fill less than half of a vector. Side by side, the maps of g pixels fill it, against
weights that stand g times in a row, each time one tap further on:

    y[p + q, o] = Σ_t x[p + t]·wg[t, q, o]        wg[(i, j), q, o] = w[(i, j − q), o], 0 outside

That is (k + g − 1)/k times as many terms, for a g-th of the rows. The weight gradient is summed in
the same form, and brought into that of w once for each lane.
"""

from math import inf
from typing import Any, NamedTuple

from digitile.engines.tile.compile import inlined, kernel
from digitile.engines.tile.convolution import direct
from digitile.engines.tile.convolution.part import Part, conv_of
from digitile.engines.tile.lowering import Lowering, Node
from digitile.engines.tile.packing import Packing
from digitile.engines.tile.simd import WIDTH, at, load, store
from digitile.engines.tile.tile import ROWS

SIZES = (2, 4)  # how many pixels may make a group


class Group(NamedTuple):
    """wg and bg from w and b."""

    w: int
    b: int
    grouped: int  # wg
    grouped_bias: int  # bg
    side: int  # taps in a kernel row of w
    channels: int  # input maps
    width: int  # values in a row of w
    size: int  # pixels in a group


class FoldGroups(Group):
    """dw += the gradient of wg: the same fields, of places in the lane's memory."""


@inlined
def _source(op: Any, tap: int, q: int) -> int:
    """Return the tap of w that stands in place q of a tap of wg; -1 for none."""
    across = op.side + op.size - 1
    j = tap % across - q
    return tap // across * op.side + j if 0 <= j < op.side else -1


@kernel
def group(op: Any, tap: int, parameters: Any) -> None:
    """Compute one tap of a `Group`, and with the first the biases."""
    for q in range(op.size):
        if tap == 0:
            b, bg = at(parameters, op.b), at(parameters, op.grouped_bias + q * op.width)
            for n in range(0, op.width, 8):
                store(bg, n, load(b, n))
        source = _source(op, tap, q)
        for c in range(op.channels if source >= 0 else 0):
            w = at(parameters, op.w + (source * op.channels + c) * op.width)
            wg = at(parameters, op.grouped + ((tap * op.channels + c) * op.size + q) * op.width)
            for n in range(0, op.width, 8):
                store(wg, n, load(w, n))


@kernel
def fold_groups(op: Any, s: int, lane: Any) -> None:
    """Compute a `FoldGroups`."""
    for tap in range(op.side * (op.side + op.size - 1)):
        for q in range(op.size):
            source = _source(op, tap, q)
            for c in range(op.channels if source >= 0 else 0):
                dw = at(lane.memory, op.w + (source * op.channels + c) * op.width)
                dwg = op.grouped + ((tap * op.channels + c) * op.size + q) * op.width
                for n in range(0, op.width, 8):
                    store(dw, n, load(dw, n) + load(lane.memory, dwg + n))


def size_of(node: Node, part: Part) -> int:
    """Return how many pixels to a group take the least time; 1 where groups do not suit."""
    layer, slot = conv_of(node)
    if part is Part.INPUT or layer.stride > 1 or layer.dilation > 1:
        return 1
    fitting = [g for g in SIZES if node.y.width % g == 0 and g * slot.width <= max(ROWS) * WIDTH]
    return min(fitting, key=lambda g: direct.price_of_groups(node, part, g), default=1)


def forms_of(node: Node) -> tuple[str, str]:
    """Return the names of these forms of w and b."""
    size = size_of(node, Part.FORWARD)
    return f"groups of {size}", f"bias of groups of {size}"


def price(node: Node, part: Part) -> float:
    """Return the time of a product, in half cycles."""
    size = size_of(node, part)
    return inf if size == 1 else direct.price_of_groups(node, part, size)


def derive(packing: Packing, node: Node, part: Part) -> None:
    """Add wg and bg."""
    if part is Part.FORWARD:
        layer, slot = conv_of(node)
        side, size = layer.kernel_size, size_of(node, part)
        wide = size * slot.width
        w = packing.reserve((direct.terms_of(node, size) + 1) * wide, wide)
        b = packing.reserve(wide)
        slot.forms |= dict(zip(forms_of(node), (w, b), strict=True))
        record = Group(slot.w, slot.b, w, b, side, slot.channels, slot.width, size)
        packing.forward.append((record, side * (side + size - 1)))


def allocate(lowering: Lowering, node: Node, part: Part) -> None:
    """Give sums of dwg a place."""
    if part is Part.WEIGHTS:
        _, slot = conv_of(node)
        size = size_of(node, part)
        rows = direct.terms_of(node, size) + 1
        node.detail.sums = lowering.memory(rows * size * slot.width).start


def emit(lowering: Lowering, node: Node, part: Part) -> None:
    """Emit a product, of whole groups."""
    _, slot = conv_of(node)
    forms = [node.detail.sums]
    if part is Part.FORWARD:
        forms = [slot.forms[name] for name in forms_of(node)]
    direct.emit_groups(lowering, node, part, size_of(node, part), *forms)


def fold(lowering: Lowering, node: Node) -> None:
    """Emit dw from the sums of dwg."""
    layer, slot = conv_of(node)
    size, sums = size_of(node, Part.WEIGHTS), node.detail.sums
    record = FoldGroups(slot.w, -1, sums, -1, layer.kernel_size, slot.channels, slot.width, size)
    lowering.emit(record, once=True)
