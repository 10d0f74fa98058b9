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

from digitile.engines.tile.lowering import Lowering, Node, Op
from digitile.engines.tile.storage import padded


def _images(lowering: Lowering, step: int) -> int:
    """Return a table of where each image's row lies; behind the last there is a row to spill."""
    return lowering.table(np.arange(lowering.images) * step, lowering.images * step)


def forward(lowering: Lowering, node: Node) -> None:
    """Emit y = x·Wᵀ + b."""
    x, y, slot = node.x, node.y, node.slot
    assert slot is not None
    lowering.product(
        a=(x.value, 0),
        b=(slot.w, 0, 0),
        b_is_parameter=True,
        c=(y.value, 0, 0),
        start=slot.b,
        tables=(
            _images(lowering, x.value_step),
            lowering.table(x.features(), 0),
            lowering.table(np.arange(slot.rows) * slot.width, slot.rows * slot.width),
            _images(lowering, y.value_step),
        ),
        rows=(0, 1),
        count=(slot.rows, 0),
        width=slot.width,
    )


def backward(lowering: Lowering, node: Node) -> None:
    """Emit dW = dyᵀ·x, db = Σ dy, dx = dy·W."""
    x, y, slot = node.x, node.y, node.slot
    assert slot is not None
    zeros = lowering.packing.zeros
    errors = _images(lowering, y.error_step)
    lowering.product(
        a=(x.value, 0),
        b=(y.error, 0, 0),
        b_is_parameter=False,
        c=(slot.w, 0, 0),
        start=zeros,
        tables=(
            lowering.table(x.features(), 0),
            _images(lowering, x.value_step),
            errors,
            lowering.table(np.arange(slot.rows) * slot.width, slot.rows * slot.width),
        ),
        rows=(slot.rows, 0),
        count=(0, 1),
        width=slot.width,
    )
    lowering.emit(Op.SUM_ROWS, y.error, 0, errors, 0, 1, slot.width, slot.b)
    if node.wants_dx:
        lowering.product(
            a=(y.error, 0),
            b=(slot.transposed, 0, 0),
            b_is_parameter=True,
            c=(x.error, 0, 0),
            start=zeros,
            tables=(
                errors,
                lowering.table(np.arange(slot.outputs)),
                lowering.table(np.arange(slot.outputs) * slot.strip),
                _images(lowering, x.error_step),
            ),
            rows=(0, 1),
            count=(slot.outputs, 0),
            width=slot.taps * padded(slot.channels),
        )
