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

from digitile.engines.tile.lowering import Lowering, Node
from digitile.engines.tile.packing import Packing
from digitile.engines.tile.products import Matrix, Offsets, SumRows
from digitile.engines.tile.storage import padded
from digitile.engines.tile.transpose import TRANSPOSED, Transpose


def derive(packing: Packing, node: Node) -> None:
    """Add wᵀ[u, value] where the input's error is wanted."""
    slot = node.slot
    assert slot is not None
    if node.wants_dx:
        own = padded(slot.channels)
        strip = slot.taps * own
        start = packing.reserve(slot.outputs * strip, strip)
        slot.forms[TRANSPOSED] = start
        record = Transpose(
            slot.w, start, slot.channels, slot.outputs, slot.width, slot.taps, own, strip, strip
        )
        packing.backward.append((record, slot.taps))


def forward(lowering: Lowering, node: Node) -> None:
    """Emit y = x·Wᵀ + b."""
    x, y, slot = node.x, node.y, node.slot
    assert slot is not None
    lowering.product(
        Matrix(x.value.start),
        Matrix(slot.w),
        Matrix(y.value.start),
        Offsets(
            lowering.images_table(x.value),
            lowering.table(x.in_memory_order(), 0),
            lowering.table(np.arange(slot.rows) * slot.width, slot.rows * slot.width),
            lowering.images_table(y.value),
        ),
        b_is_parameter=True,
        bias=slot.b,
        terms=slot.rows,
        width=slot.width,
    )


def backward(lowering: Lowering, node: Node) -> None:
    """Emit dW = dyᵀ·x, db = Σ dy, dx = dy·W."""
    x, y, slot = node.x, node.y, node.slot
    assert slot is not None
    errors = lowering.images_table(y.error)
    lowering.product(
        Matrix(x.value.start),
        Matrix(y.error.start),
        Matrix(slot.w),
        Offsets(
            lowering.table(x.in_memory_order(), 0),
            lowering.images_table(x.value),
            errors,
            lowering.table(np.arange(slot.rows) * slot.width, slot.rows * slot.width),
        ),
        b_is_parameter=False,
        bias=lowering.packing.zeros,
        rows=slot.rows,
        width=slot.width,
    )
    lowering.emit(SumRows(y.error._replace(step=0), errors, 0, slot.width, slot.b), once=True)
    if node.wants_dx:
        strip = slot.taps * padded(slot.channels)
        lowering.product(
            Matrix(y.error.start),
            Matrix(slot.forms[TRANSPOSED]),
            Matrix(x.error.start),
            Offsets(
                errors,
                lowering.table(np.arange(slot.outputs)),
                lowering.table(np.arange(slot.outputs) * strip),
                lowering.images_table(x.error),
            ),
            b_is_parameter=True,
            bias=lowering.packing.zeros,
            terms=slot.outputs,
            width=strip,
        )
