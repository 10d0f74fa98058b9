"""Losses and scores of the places of one image; the equations are in `digitile.nn.places`.

focal: E = −w·(1 − p)^γ·ln p,  dz = w·a·(Y − t)/N,  a = (1 − p)^γ·(1 − γ·p·ln p/(1 − p))
box: E = w·Σ s(z − box), where there is a digit;  dz = w·s'(z − box)/N
"""

from typing import Any, NamedTuple

import numpy as np

from digitile.engines.tile.compile import kernel
from digitile.engines.tile.lowering import Lowering
from digitile.engines.tile.records import Maps
from digitile.engines.tile.simd import at, exp, load, store
from digitile.engines.tile.storage import Storage
from digitile.nn.places import BOX, PlaceLoss


class AnswerPlaces(NamedTuple):
    """Scores, losses and dz of the places of maps.

    Attributes
    ----------
    z, dz : Maps
    rows, columns : int
    maps, classes : int
        Classes are the first of the maps, and the last of them is no digit; box numbers follow.
    gamma, beta : float
    batch : int
        N, or 0 in prediction, where there is no target.
    scratch : int
        Where one place's values can lie in the lane's memory.
    """

    z: Maps
    dz: Maps
    rows: int
    columns: int
    maps: int
    classes: int
    gamma: float
    beta: float
    batch: int
    scratch: int


@kernel
def answer_places(op: Any, s: int, lane: Any) -> None:
    """Compute an `AnswerPlaces` for image `s`."""
    count, y = op.rows * op.columns, at(lane.memory, op.scratch)
    for row in range(op.rows):
        for column in range(op.columns):
            place = row * op.columns + column
            offset = row * op.z.row + column * op.z.pixel
            z = at(lane.memory, op.z.start + s * op.z.step + offset)
            scores = at(lane.scores, s * op.maps * count + place)
            largest = 0
            for c in range(1, op.classes):
                if z[c] > z[largest]:
                    largest = c
            for n in range(0, op.classes, 8):
                store(y, n, exp(load(z, n) - z[largest]))
            total = np.float32(0)
            for c in range(op.classes):
                total += y[c]
            for c in range(op.classes):
                y[c] /= total
                scores[c * count] = y[c]
            for c in range(op.classes, op.maps):
                scores[c * count] = z[c]
            if op.batch:
                dz = at(lane.memory, op.dz.start + s * op.dz.step
                        + row * op.dz.row + column * op.dz.pixel)  # fmt: skip
                target = lane.order[s] * count + place
                label = lane.labels[target]
                log_p = z[label] - z[largest] - np.log(total)
                _focal(op, y, log_p, dz, target, lane)
                digit = label < op.classes - 1
                if op.maps > op.classes:
                    _box(op, z, dz, lane.order[s], place, digit, lane)
                if digit and lane.weights[target] > np.float32(0):
                    lane.correct[0] += int(largest == label)


@kernel
def _focal(op: Any, y: Any, log_p: np.float32, dz: Any, target: int, lane: Any) -> None:
    """Add one place's loss, and write its dz."""
    w, label, one = lane.weights[target], lane.labels[target], np.float32(1)
    rest, gamma = np.float32(0), np.float32(op.gamma)
    for c in range(op.classes):
        rest += np.float32(0) if c == label else y[c]
    if rest < np.float32(0.5):
        log_p = np.log1p(-rest)  # which the difference of near numbers has too few digits for
    factor = rest**gamma
    quotient = -log_p / rest if rest > np.float32(0) else np.float32(0)
    a = w * factor * (one + gamma * y[label] * quotient) / np.float32(op.batch)
    for c in range(op.classes):
        dz[c] = a * (y[c] - (one if c == label else np.float32(0)))
    lane.loss[0] -= w * factor * log_p


@kernel
def _box(op: Any, z: Any, dz: Any, image: int, place: int, digit: bool, lane: Any) -> None:
    """Add the loss of one place's box, and write its dz."""
    count, one, beta = op.rows * op.columns, np.float32(1), np.float32(op.beta)
    w = lane.weights[image * count + place] if digit else np.float32(0)
    boxes = op.maps - op.classes
    for k in range(boxes):
        d = z[op.classes + k] - lane.boxes[(image * boxes + k) * count + place]
        size, slope = abs(d), d / beta
        if size < beta:
            lane.loss[0] += w * d * d / (beta + beta)
        else:
            lane.loss[0] += w * (size - beta / np.float32(2))
            slope = one if d > np.float32(0) else -one
        if d != d:
            slope = d
        dz[op.classes + k] = w * slope / np.float32(op.batch)


def lower(lowering: Lowering, loss: PlaceLoss, z: Storage) -> None:
    """Emit the losses, their scores and dE/dz."""
    boxes = BOX if loss.box else 0
    batch = lowering.batch if lowering.training else 0
    lowering.emit(
        AnswerPlaces(
            z.values, z.errors, z.height, z.width, z.channels, z.channels - boxes,
            loss.focal.gamma, loss.box.beta if loss.box else 1.0, batch,
            lowering.memory(z.maps).start,
        )
    )  # fmt: skip
