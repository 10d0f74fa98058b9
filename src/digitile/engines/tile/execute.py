"""The one native call: threads run a plan's program on lanes of images, then update parameters.

Work is cut the same way for any number of threads, and who does a piece does not matter to what
comes out: a lane's sums stay in the lane, and gradients are added lane by lane.
"""

from typing import Any

import numpy as np

from digitile.engines.tile.activations import activate, activate_back
from digitile.engines.tile.atomics import take, wait
from digitile.engines.tile.compile import kernel
from digitile.engines.tile.conv import clear, product, sum_rows
from digitile.engines.tile.dropout import drop
from digitile.engines.tile.group import fold_groups, group_tap
from digitile.engines.tile.loss import lose
from digitile.engines.tile.lowering import Op
from digitile.engines.tile.packing import Derive
from digitile.engines.tile.pool import pool, pool_back
from digitile.engines.tile.simd import get, put
from digitile.engines.tile.sparse import fold_strips, sparse_weights
from digitile.engines.tile.winograd import (
    enclose,
    fold_tiles,
    transform_kernels,
    transform_tiles,
    transform_turned,
)

PRODUCT, SUM_ROWS, CLEAR = int(Op.PRODUCT), int(Op.SUM_ROWS), int(Op.CLEAR)
ACTIVATE, ACTIVATE_BACK = int(Op.ACTIVATE), int(Op.ACTIVATE_BACK)
POOL, POOL_BACK = int(Op.POOL), int(Op.POOL_BACK)
SPARSE_WEIGHTS = int(Op.SPARSE_WEIGHTS)
FOLD_STRIPS, FOLD_GROUPS = int(Op.FOLD_STRIPS), int(Op.FOLD_GROUPS)
TRANSFORM_TILES, ENCLOSE, FOLD_TILES = (
    int(Op.TRANSFORM_TILES), int(Op.ENCLOSE), int(Op.FOLD_TILES)
)  # fmt: skip
DROP, LOSS = int(Op.DROP), int(Op.LOSS)
GROUP, TRANSPOSE, KERNELS = int(Derive.GROUP), int(Derive.TRANSPOSE), int(Derive.KERNELS)

CHUNK = 4096
"""Parameters a thread takes at a time."""

LOAD, STEP, UPDATE, STORE_GRADIENT, STORE_THETA, TRAIN = 1, 2, 4, 8, 16, 32
"""What a call does: flags."""


@kernel
def put_image(
    where: Any, s: int, mem: Any, image: int, pixels: Any, shift: Any, scale: Any, values: Any
) -> None:
    """Write image number `image` into its storage: (pixel − shift)·scale, or values as they are."""
    channels, height, width, row, pixel = where[2], where[3], where[4], where[5], where[6]
    start = where[0] + s * where[1]
    size = channels * height * width
    raw = len(pixels) > 0
    for c in range(channels):
        for y in range(height):
            at = (c * height + y) * width
            source = image * size + at
            target = start + y * row + c
            if not raw:
                for x in range(width):
                    mem[target + x * pixel] = values[source + x]
            elif pixel == 1:
                for x in range(width):
                    value = np.float32(pixels[source + x])
                    mem[target + x] = (value - shift[at + x]) * scale[at + x]
            else:
                for x in range(width):
                    value = np.float32(pixels[source + x])
                    mem[target + x * pixel] = (value - shift[at + x]) * scale[at + x]


@kernel
def run_op(
    op: Any, s: int, image: int, label: int, images: int, mem: Any, ints: Any, par: Any, tab: Any,
    noise: Any, out: Any,
) -> float:  # fmt: skip
    """Run one instruction for image `s` of the lane, `image` of the batch."""
    code = op[0]
    loss = 0.0
    if code == PRODUCT:
        product(op, s, images, mem, par, tab)
    elif code == SUM_ROWS:
        sum_rows(op, s, images, mem, tab)
    elif code == CLEAR:
        clear(op, s, mem)
    elif code == ACTIVATE:
        activate(op, s, mem, par)
    elif code == ACTIVATE_BACK:
        activate_back(op, s, mem, par)
    elif code == POOL:
        pool(op, s, image, mem, ints, par, noise)
    elif code == POOL_BACK:
        pool_back(op, s, mem, ints, par)
    elif code == SPARSE_WEIGHTS:
        sparse_weights(op, s, mem, ints, tab)
    elif code == FOLD_STRIPS:
        fold_strips(op, mem)
    elif code == FOLD_GROUPS:
        fold_groups(op, mem)
    elif code == TRANSFORM_TILES:
        transform_tiles(op, s, mem, par)
    elif code == ENCLOSE:
        enclose(op, s, mem)
    elif code == FOLD_TILES:
        fold_tiles(op, mem)
    elif code == DROP:
        drop(op, s, image, mem, par, tab, noise)
    elif code == LOSS:
        loss = float(lose(op, s, image, label, mem, par, tab, out))
    return loss


@kernel
def run_lane(
    program: Any, groups: Any, where: Any, low: int, high: int, cleared: int, mem: Any, ints: Any,
    par: Any, tab: Any, pixels: Any, shift: Any, scale: Any, values: Any, order: Any, labels: Any,
    noise: Any, out: Any,
) -> float:  # fmt: skip
    """Take images `low` to `high` of a batch from pixels to gradients; return their loss."""
    images = high - low
    mem[:cleared] = 0
    for s in range(images):
        put_image(where, s, mem, order[low + s], pixels, shift, scale, values)
        for k in range(groups[0]):
            run_op(program[k], s, low + s, -1, images, mem, ints, par, tab, noise, out)
    loss = 0.0
    for k in range(groups[0], groups[1]):
        code = program[k, 0]
        for s in range(1 if code in (PRODUCT, SUM_ROWS) else images):
            label = labels[order[low + s]] if len(labels) else -1
            loss += run_op(program[k], s, low + s, label, images, mem, ints, par, tab, noise, out)
    for s in range(images):
        for k in range(groups[1], groups[2]):
            run_op(program[k], s, low + s, -1, images, mem, ints, par, tab, noise, out)
    for k in range(groups[2], groups[3]):
        run_op(program[k], 0, low, -1, images, mem, ints, par, tab, noise, out)
    return loss


@kernel
def transpose(row: Any, tap: int, par: Any) -> None:
    """Copy one tap of w[tap, input, output] to its place in the transpose."""
    w, t, channels, outputs, width, strip = row[2], row[3], row[5], row[6], row[7], row[8]
    side, line = row[9], row[10]
    source = w + tap * channels * width
    target = t + tap // side * line + tap % side * ((channels + 7) // 8 * 8)
    for o in range(outputs):  # what is written lies side by side; what is read, in the cache
        for c in range(channels):
            put(par, target + o * strip + c, get(par, source + c * width + o))


@kernel
def derive(item: int, derived: Any, par: Any) -> None:
    """Compute piece number `item` of what follows from the parameters, counted over all rows."""
    k = 0
    while item >= derived[k, 1]:
        item -= derived[k, 1]
        k += 1
    kind = derived[k, 0]
    if kind == GROUP:
        group_tap(derived[k], item, par)
    elif kind == TRANSPOSE:
        transpose(derived[k], item, par)
    elif kind == KERNELS:
        transform_kernels(derived[k], item, par)
    else:
        transform_turned(derived[k], item, par)


@kernel
def update(
    low: int, high: int, memory: Any, par: Any, velocity: Any, rates: Any, decay: Any,
    rate: np.float32, momentum: np.float32,
) -> None:  # fmt: skip
    """v ← m·v + lr·s·(g + λ·w), θ ← θ − v, with g summed over the lanes."""
    g, w, v = memory[0, low:high], par[low:high], velocity[low:high]
    s, d = rates[low:high], decay[low:high]
    for lane in range(1, len(memory)):
        other = memory[lane, low:high]
        for k in range(len(g)):
            g[k] += other[k]
    for k in range(len(g)):
        v[k] = momentum * v[k] + rate * s[k] * (g[k] + d[k] * w[k])
        w[k] -= v[k]


@kernel
def execute(
    flags: int, threads: int, sync: Any, program: Any, groups: Any, where: Any, bounds: Any,
    memory: Any, places: Any, tab: Any, par: Any, size: int, derived: Any,
    predicting: int, arena: Any,
    theta: Any, gradient: Any, pixels: Any, shift: Any, scale: Any, values: Any, orders: Any,
    labels: Any, noise: Any, out: Any, losses: Any, velocity: Any, rates: Any, decay: Any,
    steps: Any, momentum: np.float32,
) -> None:  # fmt: skip
    """Run the plan, as one of `threads` threads that make the same call.

    Parameters
    ----------
    flags : int
        LOAD: parameters come from `theta`. TRAIN: backward passes follow. STEP: run the program,
        once for each row of `orders`. UPDATE: then move the parameters by it. STORE_GRADIENT,
        STORE_THETA: write the arena's.
    sync : ndarray, int64
        Counters, zero at the start.
    orders : ndarray, int64, steps×batch
        Which pictures.
    noise : ndarray, float32, steps×numbers
    out : ndarray, float32, steps×(batch·classes)
        Each image's scores.
    losses : ndarray, float64, steps×lanes
        Each lane's sum of losses.
    steps : ndarray, float32, steps
        Learning rates.
    """
    lanes = len(bounds) - 1
    chunks = (len(arena) + CHUNK - 1) // CHUNK
    packed_chunks = (size + CHUNK - 1) // CHUNK
    pieces = 0
    for k in range(len(derived) if flags & TRAIN else predicting):
        pieces += derived[k, 1]
    base = 0
    arrived = 0

    if flags & LOAD:
        item = take(sync, base)
        while item < chunks:
            for k in range(item * CHUNK, min((item + 1) * CHUNK, len(arena))):
                par[arena[k]] = theta[k]
            item = take(sync, base)
        base += chunks + threads
        arrived += threads
        wait(sync, arrived)
        item = take(sync, base)
        while item < pieces:
            derive(item, derived, par)
            item = take(sync, base)
        base += pieces + threads
        arrived += threads
        wait(sync, arrived)

    for step in range(len(orders) if flags & STEP else 0):
        item = take(sync, base)
        while item < lanes:
            losses[step, item] = run_lane(
                program, groups, where, bounds[item], bounds[item + 1], groups[4],
                memory[item], places[item], par, tab, pixels, shift, scale, values, orders[step],
                labels, noise[step], out[step],
            )  # fmt: skip
            item = take(sync, base)
        base += lanes + threads
        arrived += threads
        wait(sync, arrived)
        if flags & UPDATE:
            item = take(sync, base)
            while item < packed_chunks:
                update(item * CHUNK, min((item + 1) * CHUNK, size), memory, par, velocity, rates,
                       decay, steps[step], momentum)  # fmt: skip
                item = take(sync, base)
            base += packed_chunks + threads
            arrived += threads
            wait(sync, arrived)
            item = take(sync, base)
            while item < pieces:
                derive(item, derived, par)
                item = take(sync, base)
            base += pieces + threads
            arrived += threads
            wait(sync, arrived)

    item = take(sync, base)
    while item < chunks:
        for k in range(item * CHUNK, min((item + 1) * CHUNK, len(arena))):
            if flags & STORE_GRADIENT:
                g = memory[0, arena[k]]
                for lane in range(1, lanes):
                    g += memory[lane, arena[k]]
                gradient[k] = g
            if flags & STORE_THETA:
                theta[k] = par[arena[k]]
                gradient[k] = velocity[arena[k]]
        item = take(sync, base)
