"""Convolution on the register tile; the equations are in `digitile.nn.conv`.

With p an output pixel, t a tap, c and o maps, on x with its border of zeros:

========================  ============  ==========  ==========  ================
product                   rows of A     terms k     row of B    row of C
========================  ============  ==========  ==========  ================
y = W·X + b               x at p        tap (t, c)  w[t, c]     y at p
dW = dY·Xᵀ                x at (t, c)   pixel p     dy at p     dw[t, c]
dX = Wᵀ·dY, kernel row i  dy at p       map o       wᵀ[o, i]    dx at p, added
========================  ============  ==========  ==========  ================

The input gradient adds each error's 5·C products where they belong, so zeros around the errors
are never multiplied, and padding, stride and overlap are only tables.
"""

from typing import Any

import numpy as np

from digitile.engines.tile import sparse
from digitile.engines.tile.compile import kernel
from digitile.engines.tile.lowering import Lowering, Node, Op, windows
from digitile.engines.tile.simd import add, load, spread, store
from digitile.engines.tile.storage import padded
from digitile.engines.tile.tile import matmul
from digitile.nn.conv import Conv


@kernel
def product(op: Any, s: int, images: int, mem: Any, par: Any, tab: Any) -> None:
    """Compute one product of matrices, or several in a row; `Lowering.product` has the fields."""
    a0 = op[1] + s * op[2]
    b0 = op[3] + s * op[4]
    c0 = op[7] + s * op[8]
    b = par if op[6] else mem
    d = mem if op[10] else par
    rows = op[16] + op[17] * images
    count = op[18] + op[19] * images
    for r in range(op[22]):
        target = c0 + r * op[9]
        d0 = target if op[10] else op[11]
        matmul(a=mem, a0=a0, b=b, b0=b0 + r * op[5], c=mem, c0=target, d=d, d0=d0, own=op[10],
               tab=tab, row=op[12], col=op[13], brow=op[14], crow=op[15], rows=rows, count=count,
               parts=op[20], n=op[21])  # fmt: skip


@kernel
def sum_rows(op: Any, s: int, images: int, mem: Any, tab: Any) -> None:
    """Add rows of errors to a bias gradient: Σ_p dy[p, o]."""
    _, start, step, table, fixed, each, width, target = op[:8]
    source = start + s * step
    count = fixed + each * images
    for n in range(0, width, 8):
        total = spread(np.float32(0))
        for k in range(count):
            total = add(total, load(mem, source + tab[table + k] + n))
        store(mem, target + n, add(load(mem, target + n), total))


@kernel
def clear(op: Any, s: int, mem: Any) -> None:
    """Set a region to zero."""
    _, start, step, size = op[:4]
    zero = spread(np.float32(0))
    for k in range(start + s * step, start + s * step + size, 8):
        store(mem, k, zero)


class Tables:
    """The offsets of one convolution: of windows, taps, output pixels and rows of w."""

    def __init__(self, lowering: Lowering, node: Node) -> None:
        layer, x, y, slot = node.layer, node.x, node.y, node.slot
        assert isinstance(layer, Conv)
        assert slot is not None
        k = layer.kernel_size
        down, right = np.divmod(np.arange(k * k), k)
        taps = (down * x.pitch + right)[:, None] * x.stride + np.arange(x.channels)
        self.windows = lowering.table(windows(node), x.size)
        self.taps = lowering.table(taps, 0)
        self.pixels = lowering.table(y.pixels(), y.size)
        self.weights = lowering.table(np.arange(slot.rows) * slot.width, slot.rows * slot.width)
        self.outputs = lowering.table(np.arange(layer.maps))
        self.strips = lowering.table(np.arange(layer.maps) * slot.strip)
        self.count = y.height * y.width


def forward(lowering: Lowering, node: Node) -> None:
    """Emit y = W·X + b."""
    slot = node.slot
    assert slot is not None
    t = Tables(lowering, node)
    lowering.product(
        a=(node.x.value, node.x.value_step),
        b=(slot.w, 0, 0),
        b_is_parameter=True,
        c=(node.y.value, node.y.value_step, 0),
        start=slot.b,
        tables=(t.windows, t.taps, t.weights, t.pixels),
        rows=(t.count, 0),
        count=(slot.rows, 0),
        width=slot.width,
    )


def backward(lowering: Lowering, node: Node) -> None:
    """Emit dW = dY·Xᵀ, db = Σ dY, dX = Wᵀ·dY."""
    layer, x, y, slot = node.layer, node.x, node.y, node.slot
    assert isinstance(layer, Conv)
    assert slot is not None
    if node.pooled is not None:
        sparse.backward(lowering, node, node.pooled)
        return
    t = Tables(lowering, node)
    lowering.product(
        a=(x.value, x.value_step),
        b=(y.error, y.error_step, 0),
        b_is_parameter=False,
        c=(slot.w, 0, 0),
        start=None,
        tables=(t.taps, t.windows, t.pixels, t.weights),
        rows=(slot.rows, 0),
        count=(t.count, 0),
        width=slot.width,
    )
    lowering.emit(Op.SUM_ROWS, y.error, y.error_step, t.pixels, t.count, 0, slot.width, slot.b)
    if node.wants_dx:
        lowering.emit(Op.CLEAR, x.error, x.error_step, x.size)
        lowering.product(
            a=(y.error, y.error_step),
            b=(slot.transposed, 0, slot.line),
            b_is_parameter=True,
            c=(x.error, x.error_step, x.row),
            start=None,
            tables=(t.pixels, t.outputs, t.strips, t.windows),
            rows=(t.count, 0),
            count=(layer.maps, 0),
            width=layer.kernel_size * padded(x.channels),
            repeat=layer.kernel_size,
        )
