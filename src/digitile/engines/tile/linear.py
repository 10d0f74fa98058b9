"""The fully connected layer on the register tile; the equations are in `digitile.nn.linear`.

All images of a lane at once. With s an image, f an input value, u a unit:

==============  =========  ============  =======  ==========
product         rows of A  terms k       row of B  row of C
==============  =========  ============  =======  ==========
y = x·Wᵀ + b    x of s     value f       w[f]      y of s
dW = dyᵀ·x      x at f     image s       dy of s   dw[f]
dx = dy·W       dy of s    unit u        wᵀ[u]     dx of s
==============  =========  ============  =======  ==========
"""

import numpy as np

from digitile.engines.tile import transpose
from digitile.engines.tile.lowering import Lowering, Node
from digitile.engines.tile.packing import Packing
from digitile.engines.tile.products import Offsets, SumRows
from digitile.engines.tile.records import Region
from digitile.engines.tile.storage import padded


def derive(packing: Packing, node: Node) -> None:
    """Add wᵀ[u, value] where the input's error is wanted."""
    slot = node.slot
    assert slot is not None
    if node.wants_dx:
        transpose.derive(packing, slot, slot.taps, slot.taps * padded(slot.channels))


def _tables(lowering: Lowering, node: Node, y: Region) -> Offsets:
    """Return the tables of x, w and y, or dy, in the forward product."""
    x, slot = node.x, node.slot
    assert slot is not None
    return Offsets(
        row=lowering.images_table(x.value),
        col=lowering.table(x.in_memory_order(), 0),
        brow=lowering.table(np.arange(slot.rows) * slot.width, slot.rows * slot.width),
        crow=lowering.images_table(y),
    )


def forward(lowering: Lowering, node: Node) -> None:
    """Emit y = x·Wᵀ + b."""
    x, y, slot = node.x.value, node.y.value, node.slot
    assert slot is not None
    t = _tables(lowering, node, y)
    lowering.product(x, slot.w, y, t, bias=slot.b, terms=slot.rows, width=slot.width)


def backward(lowering: Lowering, node: Node) -> None:
    """Emit dW = dyᵀ·x, db = Σ dy, dx = dy·W."""
    x, dy, slot = node.x, node.y.error, node.slot
    assert slot is not None
    t = _tables(lowering, node, dy)
    w, zeros, outputs = Region(slot.w), lowering.packing.zeros, np.arange(slot.outputs)
    lowering.product(x.value, dy, w, t.turned, bias=zeros, rows=slot.rows, width=slot.width)
    lowering.emit(SumRows(dy, t.crow, 0, slot.width, slot.b), once=True)
    if node.wants_dx:
        wt, strip = slot.forms[transpose.TRANSPOSED], slot.taps * padded(slot.channels)
        back = Offsets(
            row=t.crow,
            col=lowering.table(outputs),
            brow=lowering.table(outputs * strip),
            crow=lowering.images_table(x.error),
        )
        lowering.product(dy, wt, x.error, back, bias=zeros, terms=slot.outputs, width=strip)
