"""Losses and scores of one image; the equations are in `digitile.nn.loss`."""

from typing import Any

import numpy as np

from digitile.engines.tile.compile import kernel
from digitile.engines.tile.lowering import Lowering, Op
from digitile.engines.tile.storage import Storage
from digitile.nn.loss import HalfSquaredError, Loss

SOFTMAX, SQUARED = range(2)


@kernel
def lose(
    op: Any, s: int, image: int, label: int, mem: Any, par: Any, tab: Any, out: Any
) -> np.float32:
    """Write an image's scores, and its dE/dz where `label` is not -1; return its loss.

    An op is (kind, z, step, dz, step, classes, table of z, images in the batch, off, on).
    """
    z0, dz0, classes, table = op[2] + s * op[3], op[4] + s * op[5], op[6], op[7]
    scores = image * classes
    loss = np.float32(0)
    if op[1] == SQUARED:
        share = np.float32(1) / np.float32(op[8])
        for j in range(classes):
            z = mem[z0 + tab[table + j]]
            out[scores + j] = z
            if label >= 0:
                error = z - par[op[10] if j == label else op[9]]
                loss += np.float32(0.5) * error * error
                mem[dz0 + tab[table + j]] = error * share
        return loss

    largest = mem[z0 + tab[table]]
    for j in range(1, classes):
        largest = max(largest, mem[z0 + tab[table + j]])
    total = np.float32(0)
    for j in range(classes):
        total += np.exp(mem[z0 + tab[table + j]] - largest)
    for j in range(classes):
        score = np.exp(mem[z0 + tab[table + j]] - largest) / total
        out[scores + j] = score
        if label >= 0:
            target = np.float32(1) if j == label else np.float32(0)
            mem[dz0 + tab[table + j]] = (score - target) / np.float32(op[8])
    if label >= 0:
        loss = np.log(total) + largest - mem[z0 + tab[table + label]]
    return loss


def lower(lowering: Lowering, loss: Loss, z: Storage, batch: int) -> None:
    """Emit the loss, its scores and dE/dz."""
    squared = isinstance(loss, HalfSquaredError)
    off, on = (loss.off, loss.on) if isinstance(loss, HalfSquaredError) else (0.0, 1.0)
    values = z.values()
    lowering.emit(
        Op.LOSS, SQUARED if squared else SOFTMAX, z.value, z.value_step, z.error, z.error_step,
        len(values), lowering.table(values), batch,
        lowering.packing.constant(off), lowering.packing.constant(on),
    )  # fmt: skip
