"""A convolution as products over its taps, pixel by pixel.

    y[p, o] = b[o] + Σ_{t,c} x[p, (t, c)]·w[(t, c), o]
    dw[(t, c), o] += Σ_p x[p, (t, c)]·dy[p, o]
    dx[p, (t, c)] += Σ_o dy[p, o]·wᵀ[o, (t, c)]

The input gradient adds each error's K²·C products where they belong, so zeros around the errors
are never multiplied, and padding, stride, dilation and overlap are only tables. It suits every
convolution.
"""

import numpy as np

from digitile.engines.tile import transpose
from digitile.engines.tile.convolution.part import Part, conv_of, pixels, windows
from digitile.engines.tile.lowering import Lowering, Node
from digitile.engines.tile.packing import Packing
from digitile.engines.tile.products import Clear, Offsets
from digitile.engines.tile.records import Region
from digitile.engines.tile.simd import WIDTH
from digitile.engines.tile.storage import aligned, padded
from digitile.engines.tile.tile import price as tile_price


def price(node: Node, part: Part) -> float:
    """Return the time of a product, in half cycles."""
    if part is not Part.INPUT:
        return price_of_groups(node, part, 1)
    layer, slot = conv_of(node)
    own, k = padded(slot.channels) // WIDTH, layer.kernel_size
    taps, products = (k, k) if layer.dilation == 1 else (1, k * k)
    return products * slot.outputs * tile_price(taps * own, pixels(node))


def price_of_groups(node: Node, part: Part, group: int) -> float:
    """Return the time of a product that takes `group` pixels at once."""
    _, slot = conv_of(node)
    units, groups, terms = group * slot.width // WIDTH, pixels(node) // group, terms_of(node, group)
    if part is Part.FORWARD:
        return terms * tile_price(units, groups)
    return groups * tile_price(units, terms)


def terms_of(node: Node, group: int) -> int:
    """Return the values of x that the outputs of a group of pixels depend on."""
    layer, slot = conv_of(node)
    return layer.kernel_size * (layer.kernel_size + group - 1) * slot.channels


def derive(packing: Packing, node: Node, part: Part) -> None:
    """Add wᵀ, kernel rows aligned."""
    layer, slot = conv_of(node)
    if part is Part.INPUT:
        transpose.derive(packing, slot, layer.kernel_size, _line(node))


def _line(node: Node) -> int:
    """Return the values of a kernel row of wᵀ."""
    layer, slot = conv_of(node)
    return aligned(layer.kernel_size * padded(slot.channels))


def allocate(lowering: Lowering, node: Node, part: Part) -> None:
    """Need nothing."""


def emit(lowering: Lowering, node: Node, part: Part) -> None:
    """Emit a product."""
    _, slot = conv_of(node)
    if part is Part.INPUT:
        _input_gradient(lowering, node)
    else:
        emit_groups(lowering, node, part, 1, slot.w, slot.b)


def emit_groups(
    lowering: Lowering, node: Node, part: Part, group: int, w: int, b: int = -1
) -> None:
    """Emit y = W·X + b or dW = dY·Xᵀ by groups of pixels, with w, or dw, and b in that form."""
    (_, slot), x, y = conv_of(node), node.x, node.y
    t, width = _tap_tables(lowering, node, group), group * slot.width
    groups, terms = pixels(node) // group, terms_of(node, group)
    if part is Part.FORWARD:
        lowering.product(x.value, w, y.value, t, bias=b, rows=groups, terms=terms, width=width)
    else:
        dw = Region(w)
        lowering.product(x.value, y.error, dw, t.turned, rows=terms, terms=groups, width=width)


def _tap_tables(lowering: Lowering, node: Node, group: int) -> Offsets:
    """Return the tables of the forward product."""
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
    side, d, own, line = layer.kernel_size, layer.dilation, padded(slot.channels), _line(node)
    wt, dx = slot.forms[transpose.TRANSPOSED], x.error
    columns = np.arange(pixels(node)).reshape(y.height, y.width).T.ravel()
    tables = Offsets(
        row=lowering.table(y.pixels()[columns], y.size),
        col=lowering.table(np.arange(slot.outputs)),
        brow=lowering.table(np.arange(slot.outputs) * side * line),
        crow=lowering.table(windows(node)[columns], x.size),
    )
    lowering.emit(Clear(dx, x.size))
    together = side if d == 1 else 1
    for tap in range(0, side, together):
        lowering.product(
            y.error,
            wt + tap * own,
            dx._replace(start=dx.start + tap * d * x.stride),
            tables,
            rows=pixels(node),
            terms=slot.outputs,
            width=together * own,
            repeat=(side, line, d * x.row),
        )


def fold(lowering: Lowering, node: Node) -> None:
    """Need nothing: sums have the form of w."""
