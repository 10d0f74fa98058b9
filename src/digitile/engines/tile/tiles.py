"""A convolution lowered to Winograd's tiles; `winograd` has the equations and the transforms.

Values of tiles lie as [place in the tile, tile, map]; sums of the weight gradient as [place, input
map, output map]. Behind each place there is a gap: a row to spill, or a cache line, without which
the thirty-six values of a tile would fall into the same few sets of the cache.
"""

import numpy as np

from digitile.engines.tile import group, winograd
from digitile.engines.tile.lowering import Lowering, Node, Op
from digitile.engines.tile.packing import ALIGN, Slot
from digitile.engines.tile.simd import WIDE
from digitile.engines.tile.storage import Storage
from digitile.engines.tile.winograd import ERROR, INPUT, KERNEL, OUTPUT, SQUARE, STEP
from digitile.nn.conv import Conv

LINES = SQUARE * WIDE
"""Values of a tile on its way between two transforms."""


def pays_back(node: Node, slot: Slot) -> bool:
    """Tell whether the weight gradient takes less time by tiles."""
    layer, x, y = node.layer, node.x, node.y
    assert isinstance(layer, Conv)
    if x.stride != x.maps or not winograd.suits(slot.side, layer.stride, y.height, y.width):
        return False
    pixels = y.height * y.width
    return winograd.weights_price(slot, pixels) < winograd.GAIN * group.weights_price(slot, pixels)


def scratch(node: Node, slot: Slot) -> int:
    """Return how many values the passes of a convolution put aside, one after the other."""
    x, y = node.x, node.y
    forward = _apart(y, x.maps) + (_tiles(y) + 1) * y.maps if slot.tiled >= 0 else 0
    back = _apart(x, y.maps) + (_tiles(x) + 1) * x.maps if slot.turned >= 0 else 0
    weights = _apart(y, x.maps) + _apart(y, y.maps) if node.tiled else 0
    return LINES + SQUARE * max(forward, back, weights)


def sums(slot: Slot, x: Storage) -> int:
    """Return how many values the sums of the weight gradient have."""
    return SQUARE * (x.maps + 1) * slot.width


def _tiles(y: Storage) -> int:
    return y.height * y.width // STEP**2


def _apart(y: Storage, maps: int) -> int:
    """Return the distance from one place to the next, of values of so many maps."""
    return _tiles(y) * maps + ALIGN


def _transform(
    lowering: Lowering, kind: int, pixels: tuple[int, int, int, int], values: int, apart: int,
    shape: tuple[int, int], width: int, bias: int = -1,
) -> None:  # fmt: skip
    """Emit a transform; pixels: start, step, row and stride, of a map of `shape`."""
    lowering.emit(
        Op.TRANSFORM_TILES, kind, *pixels, values, apart, shape[0] // STEP, shape[1] // STEP, width,
        lowering.scratch, bias,
    )  # fmt: skip


def _convolve(
    lowering: Lowering, source: tuple[int, int, int, int], kernels: int, channels: int,
    width: int, y: Storage, target: tuple[int, int, int, int], bias: int,
) -> None:  # fmt: skip
    """Emit transform, products and transform back."""
    tiles, maps, apart = _tiles(y), y.maps, _apart(y, width)
    values = lowering.scratch + LINES
    products = values + SQUARE * apart
    _transform(lowering, INPUT, source, values, apart, (y.height, y.width), width)
    lowering.product(
        a=(values, 0, apart),
        b=(kernels, 0, winograd.kernels_apart(channels, maps)),
        b_is_parameter=True,
        c=(products, 0, (tiles + 1) * maps),
        start=lowering.packing.zeros,
        tables=(
            lowering.table(np.arange(tiles) * width, 0),
            lowering.table(np.arange(channels)),
            lowering.table(np.arange(channels) * maps),
            lowering.table(np.arange(tiles) * maps, tiles * maps),
        ),
        rows=(tiles, 0),
        count=(channels, 0),
        width=maps,
        repeat=SQUARE,
    )
    shape = (y.height, y.width)
    _transform(lowering, OUTPUT, target, products, (tiles + 1) * maps, shape, maps, bias)


def forward(lowering: Lowering, node: Node, slot: Slot) -> None:
    """Emit y = W·X + b."""
    x, y = node.x, node.y
    source = (x.value, x.value_step, x.row, x.stride)
    target = (y.value + y.inside, y.value_step, y.row, y.stride)
    _convolve(lowering, source, slot.tiled, slot.channels, x.maps, y, target, slot.b)


def input_gradient(lowering: Lowering, node: Node, slot: Slot) -> None:
    """Emit dX = Wᵀ·dY."""
    layer, x, y = node.layer, node.x, node.y
    assert isinstance(layer, Conv)
    border = KERNEL - 1 - layer.pad
    row = (y.width + 2 * border) * y.maps
    # Its border is never written, and so stays zero.
    enclosed, _ = lowering.memory((y.height + 2 * border) * row, 1)
    lowering.emit(
        Op.ENCLOSE, y.error + y.inside, y.error_step, y.row, y.width * y.maps, y.height,
        enclosed + border * (row + y.maps), row,
    )  # fmt: skip
    target = (x.error + x.inside, x.error_step, x.row, x.stride)
    _convolve(
        lowering, (enclosed, 0, row, y.maps), slot.turned, slot.outputs, y.maps, x, target, -1
    )


def weight_gradient(lowering: Lowering, node: Node, slot: Slot) -> None:
    """Emit the sums of dW."""
    x, y = node.x, node.y
    tiles, shape = _tiles(y), (y.height, y.width)
    values = lowering.scratch + LINES
    errors = values + SQUARE * _apart(y, x.maps)
    pixels = (x.value, x.value_step, x.row, x.stride)
    _transform(lowering, INPUT, pixels, values, _apart(y, x.maps), shape, x.maps)
    pixels = (y.error + y.inside, y.error_step, y.row, y.stride)
    _transform(lowering, ERROR, pixels, errors, _apart(y, y.maps), shape, y.maps)
    lowering.product(
        a=(values, 0, _apart(y, x.maps)),
        b=(errors, 0, _apart(y, y.maps)),
        b_is_parameter=False,
        c=(node.saved, 0, (x.maps + 1) * slot.width),
        start=None,
        tables=(
            lowering.table(np.arange(x.maps), 0),
            lowering.table(np.arange(tiles) * x.maps),
            lowering.table(np.arange(tiles) * y.maps),
            lowering.table(np.arange(x.maps) * slot.width, x.maps * slot.width),
        ),
        rows=(x.maps, 0),
        count=(tiles, 0),
        width=slot.width,
        repeat=SQUARE,
    )


def finish(lowering: Lowering, node: Node, slot: Slot) -> None:
    """Emit dW from its sums over all images."""
    lowering.emit(
        Op.FOLD_TILES, node.saved, (node.x.maps + 1) * slot.width, slot.w, slot.channels,
        slot.width, lowering.scratch,
    )  # fmt: skip
