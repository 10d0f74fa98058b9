"""Losses and scores of the places of one image; the equations are in `digitile.nn.places`.

focal: E = −w·(1 − p)^γ·ln p,  dz = w·a·(Y − t)/N,  a = (1 − p)^γ·(1 − γ·p·ln p/(1 − p))
box: E = w·Σ s(z − box), where there is a digit;  dz = w·s'(z − box)/N
"""

from typing import Any, NamedTuple

import numpy as np

from digitile.engines.tile.compile import inlined, kernel
from digitile.engines.tile.lowering import Lowering
from digitile.engines.tile.records import Maps
from digitile.engines.tile.simd import WIDTH, at, exp, greater, load, select, store, zeros
from digitile.engines.tile.storage import Storage
from digitile.nn.places import BOX, PlaceLoss


class AnswerPlaces(NamedTuple):
    """Scores, losses and dz of the places of maps."""

    z: Maps
    dz: Maps
    rows: int
    columns: int
    maps: int
    classes: int  # the first of the maps, the last of them no digit; box numbers follow
    gamma: float
    beta: float
    batch: int  # N, or 0 in prediction, where there is no target
    scratch: int  # room for eight places, [map, place]


@kernel
def answer_places(op: Any, s: int, lane: Any) -> None:
    """Compute an `AnswerPlaces` for image `s`, eight places at a time."""
    count, y = op.rows * op.columns, at(lane.memory, op.scratch)
    for first in range(0, count, WIDTH):
        together = min(WIDTH, count - first)
        for j in range(together):
            z = _place(op.z, op, s, first + j, lane)
            for c in range(op.maps):
                y[c * WIDTH + j] = z[c]
        largest, total = _softmax(y, op.classes)
        for c in range(op.maps):
            scores = at(lane.scores, (s * op.maps + c) * count + first)
            if together == WIDTH:
                store(scores, 0, load(y, c * WIDTH))
            else:
                for j in range(together):
                    scores[j] = y[c * WIDTH + j]
        if op.batch:
            store(y, op.maps * WIDTH, largest)
            store(y, (op.maps + 1) * WIDTH, total)
            for j in range(together):
                _lose(op, s, first + j, at(y, j), lane)


@inlined
def _place(maps: Any, op: Any, s: int, place: int, lane: Any) -> Any:
    row, column = place // op.columns, place % op.columns
    return at(lane.memory, maps.start + s * maps.step + row * maps.row + column * maps.pixel)


@inlined
def _softmax(y: Any, classes: int) -> Any:
    """Compute softmax in place, of eight places; return their largest z, and Σ e^(z − largest)."""
    largest, total = load(y, 0), zeros()
    for c in range(1, classes):
        z = load(y, c * WIDTH)
        largest = select(greater(z, largest), z, largest)
    for c in range(classes):
        power = exp(load(y, c * WIDTH) - largest)
        total = total + power
        store(y, c * WIDTH, power)
    for c in range(classes):
        store(y, c * WIDTH, load(y, c * WIDTH) / total)
    return largest, total


@kernel
def _lose(op: Any, s: int, place: int, y: Any, lane: Any) -> None:
    """Add the loss of one place, whose scores lie `WIDTH` apart, and write its dz."""
    z, dz = _place(op.z, op, s, place, lane), _place(op.dz, op, s, place, lane)
    largest, total = y[op.maps * WIDTH], y[(op.maps + 1) * WIDTH]
    target = lane.order[s] * op.rows * op.columns + place
    label = lane.labels[target]
    _focal(op, y, z[label] - largest - np.log(total), dz, target, lane)
    digit = label < op.classes - 1
    if op.maps > op.classes:
        _box(op, z, dz, lane.order[s], place, digit, lane)
    if digit and lane.weights[target] > np.float32(0):
        first = 0  # the first of the largest
        while z[first] < largest:
            first += 1
        lane.correct[0] += int(first == label)


@kernel
def _focal(op: Any, y: Any, log_p: np.float32, dz: Any, target: int, lane: Any) -> None:
    """Add one place's loss, and write its dz."""
    w, label, one = lane.weights[target], lane.labels[target], np.float32(1)
    rest, gamma = np.float32(0), np.float32(op.gamma)
    for c in range(op.classes):
        rest += np.float32(0) if c == label else y[c * WIDTH]
    if rest < np.float32(0.5):
        log_p = np.log1p(-rest)  # which the difference of near numbers has too few digits for
    factor = rest**gamma
    quotient = -log_p / rest if rest > np.float32(0) else np.float32(0)
    a = w * factor * (one + gamma * y[label * WIDTH] * quotient) / np.float32(op.batch)
    for c in range(op.classes):
        dz[c] = a * (y[c * WIDTH] - (one if c == label else np.float32(0)))
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
            lowering.memory((z.channels + 2) * WIDTH).start,
        )
    )  # fmt: skip
