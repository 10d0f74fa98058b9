"""Losses and scores of one image; the equations are in `digitile.nn.loss`.

softmax: Y = e^z/Σe^z,  E = −ln Y_label,  dz = (Y − t)/N;  squared: E = ½‖z − t‖²,  dz = (z − t)/N
"""

from typing import Any, NamedTuple

import numpy as np

from digitile.engines.tile import places
from digitile.engines.tile.compile import kernel
from digitile.engines.tile.lowering import Lowering
from digitile.engines.tile.records import Region, image_at
from digitile.engines.tile.simd import at
from digitile.engines.tile.storage import Storage
from digitile.nn.loss import HalfSquaredError, Loss
from digitile.nn.places import PlaceLoss


class Classify(NamedTuple):
    """Scores, loss and dz of one vector."""

    z: Region
    dz: Region
    table: int  # where each class lies in z
    classes: int
    squared: int  # 1 for the squared error, 0 for softmax
    off: float  # the squared error's targets
    on: float
    batch: int  # N, or 0 in prediction, where there is no label


@kernel
def compute_loss(op: Any, s: int, lane: Any) -> None:  # noqa: C901 - Numba compiles it whole
    """Compute a `Classify` for image `s`, and add its loss and whether it is right."""
    z = image_at(lane.memory, op.z, s)
    table, classes = at(lane.tables, op.table), op.classes
    scores = at(lane.scores, s * classes)
    largest = 0
    for j in range(1, classes):
        if z[table[j]] > z[table[largest]]:
            largest = j
    top, total = z[table[largest]], np.float32(0)
    for j in range(classes):
        if op.squared:
            scores[j] = z[table[j]]
        else:
            scores[j] = np.exp(z[table[j]] - top)
            total += scores[j]
    if not op.squared:
        for j in range(classes):
            scores[j] /= total
    if op.batch == 0:
        return
    label, loss = lane.labels[lane.order[s]], np.float32(0)
    dz = image_at(lane.memory, op.dz, s)
    share = np.float32(1) / np.float32(op.batch)
    for j in range(classes):
        if op.squared:
            error = scores[j] - np.float32(op.on if j == label else op.off)
            loss += np.float32(0.5) * error * error
        else:
            error = scores[j] - (np.float32(1) if j == label else np.float32(0))
        dz[table[j]] = error * share
    if not op.squared:
        loss = np.log(total) + top - z[table[label]]
    lane.loss[0] += loss
    lane.correct[0] += int(largest == label)


def lower(lowering: Lowering, loss: Loss, z: Storage) -> None:
    """Emit the loss, its scores and dE/dz."""
    if isinstance(loss, PlaceLoss):
        places.lower(lowering, loss, z)
        return
    squared = isinstance(loss, HalfSquaredError)
    off, on = (loss.off, loss.on) if isinstance(loss, HalfSquaredError) else (0.0, 1.0)
    values = z.in_order()
    batch = lowering.batch if lowering.training else 0
    table = lowering.table(values)
    lowering.emit(Classify(z.value, z.error, table, len(values), int(squared), off, on, batch))
