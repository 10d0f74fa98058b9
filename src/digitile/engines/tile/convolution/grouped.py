"""A convolution's output pixels in groups: neighbours' maps fill one wide row of the tile.

Six maps fill less than half of a vector. Side by side, the maps of g pixels fill it, against
weights that stand g times in a row, each time one tap further on:

    y[p + q, o] = Σ_t x[p + t]·wg[t, q, o]        wg[(i, j), q, o] = w[(i, j − q), o], 0 outside

That is (k + g − 1)/k times as many terms, for a g-th of the rows. The weight gradient is summed in
the same form, and brought into that of w once for each lane.
"""

from math import inf
from typing import Any, NamedTuple

from digitile.engines.tile.compile import kernel
from digitile.engines.tile.convolution.direct import tap_tables
from digitile.engines.tile.convolution.part import Part, conv_of, pixels
from digitile.engines.tile.lowering import Lowering, Node
from digitile.engines.tile.packing import Packing
from digitile.engines.tile.products import Matrix, Offsets
from digitile.engines.tile.simd import WIDTH, at, load, store
from digitile.engines.tile.tile import ROWS
from digitile.engines.tile.tile import price as tile_price

SIZES = (2, 4)
"""How many pixels may make a group."""


class Group(NamedTuple):
    """wg and bg from w and b, or dw from the sums of dwg; side, channels and width are w's.

    Attributes
    ----------
    w, b, grouped, grouped_bias : int
        Where each starts.
    side, channels, width : int
        Taps in a kernel row, input maps, and values in a row.
    size : int
        Pixels in a group.
    """

    w: int
    b: int
    grouped: int
    grouped_bias: int
    side: int
    channels: int
    width: int
    size: int


class FoldGroups(NamedTuple):
    """dw += the weight gradient of groups, in the lane's memory; as `Group`."""

    dw: int
    sums: int
    side: int
    channels: int
    width: int
    size: int


@kernel
def group(op: Any, tap: int, parameters: Any) -> None:
    """Compute one tap of a `Group`, and with the first the biases."""
    i, j = tap // (op.side + op.size - 1), tap % (op.side + op.size - 1)
    for q in range(op.size):
        if tap == 0:
            _copy(at(parameters, op.b), at(parameters, op.grouped_bias + q * op.width), op.width)
        if 0 <= j - q < op.side:
            for c in range(op.channels):
                w = op.w + ((i * op.side + j - q) * op.channels + c) * op.width
                wg = op.grouped + ((tap * op.channels + c) * op.size + q) * op.width
                _copy(at(parameters, w), at(parameters, wg), op.width)


@kernel
def _copy(source: Any, target: Any, width: int) -> None:
    for n in range(0, width, 8):
        store(target, n, load(source, n))


@kernel
def fold_groups(op: Any, s: int, lane: Any) -> None:
    """Compute a `FoldGroups`."""
    memory = lane.memory
    for tap in range(op.side * (op.side + op.size - 1)):
        i, j = tap // (op.side + op.size - 1), tap % (op.side + op.size - 1)
        for q in range(op.size):
            if 0 <= j - q < op.side:
                for c in range(op.channels):
                    sums = op.sums + ((tap * op.channels + c) * op.size + q) * op.width
                    dw = op.dw + ((i * op.side + j - q) * op.channels + c) * op.width
                    for n in range(0, op.width, 8):
                        store(memory, dw + n, load(memory, dw + n) + load(memory, sums + n))


def size_of(node: Node, part: Part) -> int:
    """Return how many pixels to a group take the least time; 1 where groups do not suit."""
    layer, slot = conv_of(node)
    if part is Part.INPUT or layer.stride > 1 or layer.dilation > 1:
        return 1
    fitting = [g for g in SIZES if node.y.width % g == 0 and g * slot.width <= max(ROWS) * WIDTH]
    return min(fitting, key=lambda g: _price(node, part, g), default=1)


def _price(node: Node, part: Part, size: int) -> float:
    layer, slot = conv_of(node)
    units, groups = size * slot.width // WIDTH, pixels(node) // size
    terms = layer.kernel_size * (layer.kernel_size + size - 1) * slot.channels
    if part is Part.FORWARD:
        return terms * tile_price(units, groups)
    return groups * tile_price(units, terms)


def forms_of(node: Node) -> tuple[str, str]:
    """Return the names of these forms of w and b."""
    size = size_of(node, Part.FORWARD)
    return f"groups of {size}", f"bias of groups of {size}"


def price(node: Node, part: Part) -> float:
    """Return the time of a product, in half cycles."""
    size = size_of(node, part)
    return inf if size == 1 else _price(node, part, size)


def derive(packing: Packing, node: Node, part: Part) -> None:
    """Add wg and bg."""
    if part is Part.FORWARD:
        layer, slot = conv_of(node)
        side, size = layer.kernel_size, size_of(node, part)
        taps, wide = side * (side + size - 1), size * slot.width
        w = packing.reserve((taps * slot.channels + 1) * wide, wide)
        b = packing.reserve(wide)
        slot.forms |= dict(zip(forms_of(node), (w, b), strict=True))
        record = Group(slot.w, slot.b, w, b, side, slot.channels, slot.width, size)
        packing.forward.append((record, taps))


def allocate(lowering: Lowering, node: Node, part: Part) -> None:
    """Give sums of dwg a place."""
    if part is Part.WEIGHTS:
        layer, slot = conv_of(node)
        size = size_of(node, part)
        terms = layer.kernel_size * (layer.kernel_size + size - 1) * slot.channels
        node.detail.sums = lowering.memory((terms + 1) * size * slot.width).start


def emit(lowering: Lowering, node: Node, part: Part) -> None:
    """Emit a product, of whole groups."""
    (layer, slot), x, y = conv_of(node), node.x, node.y
    size = size_of(node, part)
    t = tap_tables(lowering, node, size)
    groups, wide = pixels(node) // size, size * slot.width
    terms = layer.kernel_size * (layer.kernel_size + size - 1) * slot.channels
    if part is Part.FORWARD:
        w, b = (slot.forms[name] for name in forms_of(node))
        lowering.product(
            Matrix(*x.value), Matrix(w), Matrix(*y.value), t, b_is_parameter=True, bias=b,
            rows=groups, terms=terms, width=wide,
        )  # fmt: skip
    else:
        lowering.product(
            Matrix(*x.value), Matrix(*y.error), Matrix(node.detail.sums),
            Offsets(row=t.col, col=t.row, brow=t.crow, crow=t.brow),
            b_is_parameter=False, rows=terms, terms=groups, width=wide,
        )  # fmt: skip


def fold(lowering: Lowering, node: Node) -> None:
    """Emit dw from the sums of dwg."""
    layer, slot = conv_of(node)
    size = size_of(node, Part.WEIGHTS)
    lowering.emit(
        FoldGroups(slot.w, node.detail.sums, layer.kernel_size, slot.channels, slot.width, size),
        once=True,
    )
