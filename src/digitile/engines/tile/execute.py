"""The one native call: threads run a plan's program on lanes of images, then move the parameters.

Work is cut the same way for any number of threads, and who does a piece does not matter to what
comes out: a lane's sums stay in the lane, and gradients are added lane by lane.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitile.engines.tile.activations import Activate, ActivateBack, activate, activate_back
from digitile.engines.tile.atomics import take, wait
from digitile.engines.tile.compile import kernel
from digitile.engines.tile.convolution.grouped import FoldGroups, Group, fold_groups, group
from digitile.engines.tile.convolution.sparse import (
    FoldStrips,
    SparseWeights,
    fold_strips,
    sparse_weights,
)
from digitile.engines.tile.convolution.winograd import (
    FoldTiles,
    Kernels,
    Winograd,
    WinogradWeights,
    fold_tiles,
    transform_kernels,
    winograd,
    winograd_weights,
)
from digitile.engines.tile.dropout import Drop, drop
from digitile.engines.tile.images import PutImage, put_image
from digitile.engines.tile.loss import Classify, compute_loss
from digitile.engines.tile.lowering import Pass
from digitile.engines.tile.places import AnswerPlaces, answer_places
from digitile.engines.tile.pool import Pooling, PoolingBack, pool, pool_back
from digitile.engines.tile.products import Clear, Product, SumRows, clear, product, sum_rows
from digitile.engines.tile.records import row_of
from digitile.engines.tile.residual import Copy, Sum, add, copy
from digitile.engines.tile.simd import address
from digitile.engines.tile.transpose import Transpose, transpose
from digitile.engines.tile.update import Pace, Rule, move, shrink, sum_gradient

OPERATIONS: tuple[Any, ...] = (
    PutImage, Product, SumRows, Clear, Activate, ActivateBack, Pooling, PoolingBack, Drop, Sum,
    Copy, Classify, AnswerPlaces, SparseWeights, FoldStrips, FoldGroups, Winograd, WinogradWeights,
    FoldTiles,
)  # fmt: skip
"""Every operation of a program; its number is its place here."""

(PUT_IMAGE, PRODUCT, SUM_ROWS, CLEAR, ACTIVATE, ACTIVATE_BACK, POOLING, POOLING_BACK, DROP, SUM,
 COPY, CLASSIFY, ANSWER_PLACES, SPARSE_WEIGHTS, FOLD_STRIPS, FOLD_GROUPS, WINOGRAD,
 WINOGRAD_WEIGHTS, FOLD_TILES) = range(len(OPERATIONS))  # fmt: skip

(put_image_at, product_at, sum_rows_at, clear_at, activate_at, activate_back_at, pooling_at,
 pooling_back_at, drop_at, sum_at, copy_at, classify_at, answer_places_at, sparse_weights_at,
 fold_strips_at, fold_groups_at, winograd_at, winograd_weights_at,
 fold_tiles_at) = map(row_of, OPERATIONS)  # fmt: skip

DERIVATIONS: tuple[Any, ...] = (Transpose, Group, Kernels)
"""What is derived from parameters."""

TRANSPOSE, GROUP, KERNELS = range(len(DERIVATIONS))
transpose_at, group_at, kernels_at = map(row_of, DERIVATIONS)

pass_at, pace_at = row_of(Pass), row_of(Pace)


class Program(NamedTuple):
    """A plan, as threads run it.

    Attributes
    ----------
    operations : ndarray, int64
        The number of each instruction's operation.
    rows : ndarray, int64, instructions×words
        Each instruction's record.
    passes : ndarray, int64, passes×words
        Each `lowering.Pass`: in which order instructions are run.
    bounds : ndarray, int64, lanes+1
        The images of each lane.
    tables : ndarray, int32
    memory : ndarray, float32, lanes×floats
        Gradients first, in the packing's order.
    places : ndarray, int32, lanes×ints
    """

    operations: NDArray[np.int64]
    rows: NDArray[np.int64]
    passes: NDArray[np.int64]
    bounds: NDArray[np.int64]
    tables: NDArray[np.int32]
    memory: NDArray[np.float32]
    places: NDArray[np.int32]


class State(NamedTuple):
    """Parameters in the engine's order, and what the optimiser keeps of each.

    Attributes
    ----------
    parameters : ndarray, float32
        With their other forms; see `packing`.
    first, second, average : ndarray, float32
        The optimiser's memory: Δθ, or AdamW's mean and square; and the parameters' average.
    scale, decay : ndarray, float32
        As in `digitile.nn.optimiser.Optimiser`.
    real : ndarray, float32
        1 where there is a parameter, 0 where tiles spill or there is padding.
    squares : ndarray, float64
        The square of the norm of each chunk's gradient.
    rule : Rule
    derivations, rows, pieces : ndarray, int64
        Which forms are derived from the parameters, their records, and in how many pieces each.
    """

    parameters: NDArray[np.float32]
    first: NDArray[np.float32]
    second: NDArray[np.float32]
    average: NDArray[np.float32]
    scale: NDArray[np.float32]
    decay: NDArray[np.float32]
    real: NDArray[np.float32]
    squares: NDArray[np.float64]
    rule: Rule
    derivations: NDArray[np.int64]
    rows: NDArray[np.int64]
    pieces: NDArray[np.int64]


class Batch(NamedTuple):
    """The mini-batches of some steps, and what they show.

    Attributes
    ----------
    order : ndarray, int64, steps×batch
        Which pictures.
    pixels : ndarray, uint8; values : ndarray, float32
        All pictures, as pixels to be preprocessed or as values; flat.
    shift, scale : ndarray, float32, C·H·W
    labels : ndarray, int64; weights, boxes : ndarray, float32
        The target of all pictures, flat.
    noise : ndarray, float32, steps×numbers
    pace : ndarray, int64, steps×words
        Each step's `update.Pace`; empty where parameters stay.
    scores : ndarray, float32, steps×(batch·values)
        Or 1×… where each step's may overwrite those before.
    losses : ndarray, float64, steps×lanes
        Each lane's sum of losses.
    correct : ndarray, int64, steps×lanes
    """

    order: NDArray[np.int64]
    pixels: NDArray[np.uint8]
    values: NDArray[np.float32]
    shift: NDArray[np.float32]
    scale: NDArray[np.float32]
    labels: NDArray[np.int64]
    weights: NDArray[np.float32]
    boxes: NDArray[np.float32]
    noise: NDArray[np.float32]
    pace: NDArray[np.int64]
    scores: NDArray[np.float32]
    losses: NDArray[np.float64]
    correct: NDArray[np.int64]


class Lane(NamedTuple):
    """What operations work on: one lane's images of one step; all but numbers are pointers.

    Attributes
    ----------
    images, first : int
        How many images, and the number of the first in the mini-batch.
    memory, places, parameters, tables, noise
        As in `Program`, `State` and `Batch`.
    order
        The pictures' numbers, from the lane's first image on.
    pixels, values, shift, scale, labels, weights, boxes
        As in `Batch`.
    scores
        From the lane's first image on.
    loss, correct
        Where the lane's sums are.
    """

    images: int
    first: int
    memory: Any
    places: Any
    parameters: Any
    tables: Any
    noise: Any
    order: Any
    pixels: Any
    values: Any
    shift: Any
    scale: Any
    labels: Any
    weights: Any
    boxes: Any
    scores: Any
    loss: Any
    correct: Any


@kernel
def run_instruction(program: Any, k: int, s: int, lane: Any) -> None:
    """Run instruction `k` for image `s` of the lane."""
    operation, rows = program.operations[k], program.rows
    if operation == PRODUCT:
        product(product_at(rows, k), s, lane)
    elif operation == ACTIVATE:
        activate(activate_at(rows, k), s, lane)
    elif operation == ACTIVATE_BACK:
        activate_back(activate_back_at(rows, k), s, lane)
    elif operation == POOLING:
        pool(pooling_at(rows, k), s, lane)
    elif operation == POOLING_BACK:
        pool_back(pooling_back_at(rows, k), s, lane)
    elif operation == WINOGRAD:
        winograd(winograd_at(rows, k), s, lane)
    elif operation == WINOGRAD_WEIGHTS:
        winograd_weights(winograd_weights_at(rows, k), s, lane)
    elif operation == SPARSE_WEIGHTS:
        sparse_weights(sparse_weights_at(rows, k), s, lane)
    elif operation == SUM_ROWS:
        sum_rows(sum_rows_at(rows, k), s, lane)
    elif operation == CLEAR:
        clear(clear_at(rows, k), s, lane)
    elif operation == PUT_IMAGE:
        put_image(put_image_at(rows, k), s, lane)
    elif operation == DROP:
        drop(drop_at(rows, k), s, lane)
    elif operation == SUM:
        add(sum_at(rows, k), s, lane)
    elif operation == COPY:
        copy(copy_at(rows, k), s, lane)
    elif operation == CLASSIFY:
        compute_loss(classify_at(rows, k), s, lane)
    elif operation == ANSWER_PLACES:
        answer_places(answer_places_at(rows, k), s, lane)
    elif operation == FOLD_STRIPS:
        fold_strips(fold_strips_at(rows, k), lane)
    elif operation == FOLD_GROUPS:
        fold_groups(fold_groups_at(rows, k), lane)
    elif operation == FOLD_TILES:
        fold_tiles(fold_tiles_at(rows, k), lane)


@kernel
def run_lane(program: Any, state: Any, batch: Any, step: int, number: int) -> None:
    """Take the images of one lane through the program."""
    first = program.bounds[number]
    images = program.bounds[number + 1] - first
    shown = batch.scores[step % len(batch.scores)]
    lane = Lane(
        images, first, address(program.memory[number], 0), address(program.places[number], 0),
        address(state.parameters, 0), address(program.tables, 0), address(batch.noise[step], 0),
        address(batch.order[step], first), address(batch.pixels, 0), address(batch.values, 0),
        address(batch.shift, 0), address(batch.scale, 0), address(batch.labels, 0),
        address(batch.weights, 0), address(batch.boxes, 0),
        address(shown, first * (len(shown) // len(batch.order[step]))),
        address(batch.losses[step], number), address(batch.correct[step], number),
    )  # fmt: skip
    for p in range(len(program.passes)):
        own = pass_at(program.passes, p)
        for s in range(images if own.each else 1):
            for k in range(own.start, own.stop):
                run_instruction(program, k, s, lane)


@kernel
def derive(item: int, state: Any) -> None:
    """Compute piece number `item` of what follows from the parameters, counted over all forms."""
    k = 0
    while item >= state.pieces[k]:
        item -= state.pieces[k]
        k += 1
    form = state.derivations[k]
    parameters = address(state.parameters, 0)
    if form == TRANSPOSE:
        transpose(transpose_at(state.rows, k), item, parameters)
    elif form == GROUP:
        group(group_at(state.rows, k), item, parameters)
    elif form == KERNELS:
        transform_kernels(kernels_at(state.rows, k), item, parameters)


@kernel
def execute(program: Any, state: Any, batch: Any, stale: int, threads: int, sync: Any) -> None:
    """Run the plan for each step, as one of `threads` threads that make the same call.

    Parameters
    ----------
    program : Program
    state : State
    batch : Batch
    stale : int
        How many forms of the parameters have to be derived before the first step.
    threads : int
    sync : ndarray, int64
        Counters, zero at the start.
    """
    lanes, chunks = len(program.bounds) - 1, len(state.squares)
    base, arrived = 0, 0
    pieces = 0
    for k in range(stale):
        pieces += state.pieces[k]
    if pieces:
        item = take(sync, base)
        while item < pieces:
            derive(item, state)
            item = take(sync, base)
        base += pieces + threads
        arrived += threads
        wait(sync, arrived)
    pieces = 0
    for k in range(len(state.pieces)):
        pieces += state.pieces[k]

    for step in range(len(batch.order)):
        item = take(sync, base)
        while item < lanes:
            run_lane(program, state, batch, step, item)
            item = take(sync, base)
        base += lanes + threads
        arrived += threads
        wait(sync, arrived)
        if len(batch.pace) == 0:
            continue
        item = take(sync, base)
        while item < chunks:
            sum_gradient(item, program.memory, state)
            if state.rule.clip == np.float32(0):
                move(item, program.memory[0], state, pace_at(batch.pace, step), np.float32(1))
            item = take(sync, base)
        base += chunks + threads
        arrived += threads
        wait(sync, arrived)
        if state.rule.clip > np.float32(0):
            factor = shrink(state)  # the same in each thread
            item = take(sync, base)
            while item < chunks:
                move(item, program.memory[0], state, pace_at(batch.pace, step), factor)
                item = take(sync, base)
            base += chunks + threads
            arrived += threads
            wait(sync, arrived)
        item = take(sync, base)
        while item < pieces:
            derive(item, state)
            item = take(sync, base)
        base += pieces + threads
        arrived += threads
        wait(sync, arrived)
