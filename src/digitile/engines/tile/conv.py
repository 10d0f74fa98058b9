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

from digitile.engines.tile import pool, sparse, tiles
from digitile.engines.tile.compile import kernel
from digitile.engines.tile.group import pays_back
from digitile.engines.tile.lowering import Lowering, Node, Op, windows
from digitile.engines.tile.packing import Slot
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
        matmul(a=mem, a0=a0 + r * op[23], b=b, b0=b0 + r * op[5], c=mem, c0=target, d=d, d0=d0,
               own=op[10], tab=tab, row=op[12], col=op[13], brow=op[14], crow=op[15], rows=rows,
               count=count, parts=op[20], n=op[21])  # fmt: skip


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
    """The offsets of one convolution, by groups of `group` output pixels.

    Attributes
    ----------
    windows, pixels : int
        Tables of where each group's window and its first pixel lie.
    taps, weights : int
        Tables of where each tap lies in a window, and its row in w or wg.
    groups, terms, width : int
        How many groups and taps there are, and values in a row.
    """

    def __init__(self, lowering: Lowering, node: Node, group: int) -> None:
        layer, x, y, slot = node.layer, node.x, node.y, node.slot
        assert isinstance(layer, Conv)
        assert slot is not None
        down, right = np.mgrid[0 : slot.side, 0 : slot.side + group - 1]
        taps = ((down * x.pitch + right) * x.stride).ravel()[:, None] + np.arange(x.channels)
        self.width = group * slot.width
        self.groups, self.terms = y.height * y.width // group, taps.size
        self.windows = lowering.table(windows(node)[::group], x.size)
        self.pixels = lowering.table(y.pixels()[::group], y.size)
        self.taps = lowering.table(taps, 0)
        rows = np.arange(self.terms) * self.width
        self.weights = lowering.table(rows, self.terms * self.width)


def forward(lowering: Lowering, node: Node) -> None:
    """Emit y = W·X + b."""
    slot = node.slot
    assert slot is not None
    if slot.tiled >= 0:
        tiles.forward(lowering, node, slot)
        return
    t = Tables(lowering, node, slot.group)
    grouped = slot.grouped >= 0
    lowering.product(
        a=(node.x.value, node.x.value_step),
        b=(slot.grouped if grouped else slot.w, 0, 0),
        b_is_parameter=True,
        c=(node.y.value, node.y.value_step, 0),
        start=slot.grouped_b if grouped else slot.b,
        tables=(t.windows, t.taps, t.weights, t.pixels),
        rows=(t.groups, 0),
        count=(t.terms, 0),
        width=t.width,
    )


def backward(lowering: Lowering, node: Node) -> None:
    """Emit dW = dY·Xᵀ, db = Σ dY, dX = Wᵀ·dY."""
    y, slot = node.y, node.slot
    assert slot is not None
    if node.strips:
        sparse.weight_gradient(lowering, node)
    elif node.tiled:
        tiles.weight_gradient(lowering, node, slot)
    else:
        _weight_gradient(lowering, node, slot)
    e = node.pooled.y if node.pooled else y  # the same errors without their zeros
    lowering.emit(
        Op.SUM_ROWS, e.error, e.error_step, lowering.table(e.pixels(), e.size), e.height * e.width,
        0, slot.width, slot.b,
    )  # fmt: skip
    if node.wants_dx and slot.turned >= 0:
        tiles.input_gradient(lowering, node, slot)
    elif node.wants_dx:
        _input_gradient(lowering, node, slot)


def _weight_gradient(lowering: Lowering, node: Node, slot: Slot) -> None:
    """Emit dW = dY·Xᵀ."""
    x, y = node.x, node.y
    t = Tables(lowering, node, slot.group if node.grouped else 1)
    lowering.product(
        a=(x.value, x.value_step),
        b=(y.error, y.error_step, 0),
        b_is_parameter=False,
        c=(node.saved if node.grouped else slot.w, 0, 0),
        start=None,
        tables=(t.taps, t.windows, t.pixels, t.weights),
        rows=(t.terms, 0),
        count=(t.groups, 0),
        width=t.width,
    )


def _input_gradient(lowering: Lowering, node: Node, slot: Slot) -> None:
    """Emit dX = Wᵀ·dY.

    Column by column: what neighbours in a table add to dx lies in different rows, so no load waits
    for the store before it.
    """
    x, y = node.x, node.y
    pixels = np.arange(y.height * y.width).reshape(y.height, y.width).T.ravel()
    lowering.emit(Op.CLEAR, x.error, x.error_step, x.size)
    lowering.product(
        a=(y.error, y.error_step),
        b=(slot.transposed, 0, slot.line),
        b_is_parameter=True,
        c=(x.error, x.error_step, x.row),
        start=None,
        tables=(
            lowering.table(y.pixels()[pixels], y.size),
            lowering.table(np.arange(slot.outputs)),
            lowering.table(np.arange(slot.outputs) * slot.strip),
            lowering.table(windows(node)[pixels], x.size),
        ),
        rows=(y.height * y.width, 0),
        count=(slot.outputs, 0),
        width=slot.side * padded(x.channels),
        repeat=slot.side,
    )


def choose(node: Node, follower: Node, zeros: bool) -> None:
    """Decide how the weight gradient is summed; `zeros` tells whether a ReLU comes after."""
    slot = node.slot
    assert slot is not None
    if pool.chooses(follower.layer):
        node.pooled, follower.zeros = follower, zeros
        node.strips = sparse.pays(node, follower)
        follower.needless = node.strips and not node.wants_dx
    node.tiled = not node.strips and tiles.pays_back(node, slot)
    node.grouped = not node.strips and not node.tiled and pays_back(slot)


def allocate(lowering: Lowering, node: Node) -> None:
    """Give sums in another form than w's a place, which starts at zero."""
    slot = node.slot
    assert slot is not None
    if node.strips:
        sparse.allocate(lowering, node)
    elif node.grouped:
        wide = slot.group * slot.width
        node.saved, _ = lowering.memory((slot.group_rows + 1) * wide, 1)
    elif node.tiled:
        node.saved, _ = lowering.memory(tiles.sums(slot, node.x), 1)


def finish(lowering: Lowering, node: Node) -> None:
    """Emit dW from the sums over all images that lie in another form."""
    slot = node.slot
    assert slot is not None
    if node.strips:
        sparse.finish(lowering, node)
    elif node.grouped:
        lowering.emit(
            Op.FOLD_GROUPS, node.saved, slot.w, slot.side, slot.channels, slot.width, slot.group
        )
    elif node.tiled:
        tiles.finish(lowering, node, slot)
