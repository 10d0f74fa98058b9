"""A convolution as products over its taps, pixel by pixel.

    y[p, o] = b[o] + Σ_{t,c} x[p, (t, c)]·w[(t, c), o]
    dw[(t, c), o] += Σ_p x[p, (t, c)]·dy[p, o]
    dx[p, (t, c)] += Σ_o dy[p, o]·wᵀ[o, (t, c)]

The input gradient adds each error's K²·C products where they belong, so zeros around the errors
are never multiplied, and padding, stride, dilation and overlap are only tables. It suits every
convolution.
"""

import numpy as np

from digitile.engines.tile.convolution.part import Part, conv_of, pixels, windows
from digitile.engines.tile.lowering import Lowering, Node
from digitile.engines.tile.packing import Packing
from digitile.engines.tile.products import Clear, Matrix, Offsets
from digitile.engines.tile.simd import WIDTH
from digitile.engines.tile.storage import aligned, padded
from digitile.engines.tile.tile import price as tile_price
from digitile.engines.tile.transpose import TRANSPOSED, Transpose


def price(node: Node, part: Part) -> float:
    """Return the time of a product, in half cycles."""
    layer, slot = conv_of(node)
    units = slot.width // WIDTH
    if part is Part.FORWARD:
        return slot.rows * tile_price(units, pixels(node))
    if part is Part.WEIGHTS:
        return pixels(node) * tile_price(units, slot.rows)
    own, k = padded(slot.channels) // WIDTH, layer.kernel_size
    taps, products = (k, k) if layer.dilation == 1 else (1, k * k)
    return products * slot.outputs * tile_price(taps * own, pixels(node))


def derive(packing: Packing, node: Node, part: Part) -> None:
    """Add wᵀ[output, kernel row, tap, input map], kernel rows aligned."""
    if part is Part.INPUT:
        _, slot = conv_of(node)
        side, own, line, strip = _transpose(node)
        start = packing.reserve(slot.outputs * strip, strip)
        slot.forms[TRANSPOSED] = start
        record = Transpose(
            slot.w, start, slot.channels, slot.outputs, slot.width, side, own, line, strip
        )
        packing.backward.append((record, slot.taps))


def _transpose(node: Node) -> tuple[int, int, int, int]:
    """Return taps in a kernel row, and values of a tap, of a kernel row, and of all."""
    layer, slot = conv_of(node)
    own = padded(slot.channels)
    line = aligned(layer.kernel_size * own)
    return layer.kernel_size, own, line, layer.kernel_size * line


def allocate(lowering: Lowering, node: Node, part: Part) -> None:
    """Need nothing."""


def emit(lowering: Lowering, node: Node, part: Part) -> None:
    """Emit a product."""
    if part is Part.INPUT:
        _input_gradient(lowering, node)
        return
    (_, slot), x, y = conv_of(node), node.x, node.y
    t = tap_tables(lowering, node, group=1)
    if part is Part.FORWARD:
        lowering.product(
            Matrix(*x.value), Matrix(slot.w), Matrix(*y.value), t,
            b_is_parameter=True, bias=slot.b, rows=pixels(node), terms=slot.rows, width=slot.width,
        )  # fmt: skip
    else:
        lowering.product(
            Matrix(*x.value), Matrix(*y.error), Matrix(slot.w),
            Offsets(row=t.col, col=t.row, brow=t.crow, crow=t.brow),
            b_is_parameter=False, rows=slot.rows, terms=pixels(node), width=slot.width,
        )  # fmt: skip


def tap_tables(lowering: Lowering, node: Node, group: int) -> Offsets:
    """Return the tables of the forward product, for groups of `group` output pixels."""
    (layer, slot), x, y = conv_of(node), node.x, node.y
    side = layer.kernel_size
    down, right = np.mgrid[0:side, 0 : side + group - 1] * layer.dilation
    taps = ((down * x.pitch + right) * x.stride).ravel()[:, None] + np.arange(x.channels)
    width = group * slot.width
    return Offsets(
        row=lowering.table(windows(node)[::group], x.size),
        col=lowering.table(taps, 0),
        brow=lowering.table(np.arange(taps.size) * width, taps.size * width),
        crow=lowering.table(y.pixels()[::group], y.size),
    )


def _input_gradient(lowering: Lowering, node: Node) -> None:
    """Emit dX = Wᵀ·dY.

    Column by column: what neighbours in a table add to dx lies in different rows, so no load waits
    for the store before it. The taps of a kernel row lie side by side, unless they are dilated.
    """
    (layer, slot), x, y = conv_of(node), node.x, node.y
    side, own, line, strip = _transpose(node)
    columns = np.arange(pixels(node)).reshape(y.height, y.width).T.ravel()
    tables = Offsets(
        row=lowering.table(y.pixels()[columns], y.size),
        col=lowering.table(np.arange(slot.outputs)),
        brow=lowering.table(np.arange(slot.outputs) * strip),
        crow=lowering.table(windows(node)[columns], x.size),
    )
    lowering.emit(Clear(x.error, x.size))
    together = side if layer.dilation == 1 else 1
    for tap in range(0, side, together):
        lowering.product(
            Matrix(*y.error),
            Matrix(slot.forms[TRANSPOSED] + tap * own, 0, line),
            Matrix(
                x.error.start + tap * layer.dilation * x.stride, x.error.step,
                layer.dilation * x.row,
            ),
            tables,
            b_is_parameter=True,
            rows=pixels(node),
            terms=slot.outputs,
            width=together * own,
            repeat=side,
        )  # fmt: skip


def fold(lowering: Lowering, node: Node) -> None:
    """Need nothing: sums have the form of w."""
