"""The one native call: threads run a plan's program on lanes of images, then move the parameters.

Work is cut the same way for any number of threads, and who does a piece does not matter to what
comes out: a lane's sums stay in the lane, and gradients are added lane by lane.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitile.engines.tile.activations import Activate, ActivateBack, activate, activate_back
from digitile.engines.tile.atomics import shared
from digitile.engines.tile.compile import inlined, kernel
from digitile.engines.tile.convolution import grouped, sparse, winograd
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


@kernel
def fold_tiles(op: Any, s: int, lane: Any) -> None:
    """Compute a `FoldTiles`."""
    winograd.fold_tiles(op, lane)


OPERATIONS: dict[Any, Any] = {
    Product: product,
    Activate: activate,
    ActivateBack: activate_back,
    Pooling: pool,
    PoolingBack: pool_back,
    winograd.Winograd: winograd.winograd,
    winograd.WinogradWeights: winograd.winograd_weights,
    sparse.SparseWeights: sparse.sparse_weights,
    SumRows: sum_rows,
    Clear: clear,
    PutImage: put_image,
    Drop: drop,
    Sum: add,
    Copy: copy,
    Classify: compute_loss,
    AnswerPlaces: answer_places,
    sparse.FoldStrips: sparse.fold_strips,
    grouped.FoldGroups: grouped.fold_groups,
    winograd.FoldTiles: fold_tiles,
}
"""Every operation of a program and its kernel; its number is its place here."""

DERIVATIONS: dict[Any, Any] = {
    Transpose: transpose,
    grouped.Group: grouped.group,
    winograd.Kernels: winograd.transform_kernels,
}
"""What is derived from parameters, in the same way."""

pass_at, pace_at = row_of(Pass), row_of(Pace)


class Program(NamedTuple):
    """A plan, as threads run it."""

    operations: NDArray[np.int64]  # the number of each instruction's operation
    rows: NDArray[np.int64]  # each instruction's record
    passes: NDArray[np.int64]  # each `Pass`: in which order instructions are run
    bounds: NDArray[np.int64]  # the images of each lane, from one entry to the next
    tables: NDArray[np.int32]
    memory: NDArray[np.float32]  # lanes×floats; gradients first, in the packing's order
    places: NDArray[np.int32]  # lanes×ints


class State(NamedTuple):
    """Parameters in the engine's order, and what the optimiser keeps of each."""

    parameters: NDArray[np.float32]  # with their other forms; see `packing`
    first: NDArray[np.float32]  # Δθ, or AdamW's mean
    second: NDArray[np.float32]  # AdamW's mean square
    average: NDArray[np.float32]
    scale: NDArray[np.float32]  # as in `digitile.nn.optimiser.Optimiser`, and so is decay
    decay: NDArray[np.float32]
    real: NDArray[np.float32]  # 1 where there is a parameter, 0 in padding
    squares: NDArray[np.float64]  # the square of the norm of each chunk's gradient
    rule: Rule
    derivations: NDArray[np.int64]  # the kinds of forms that are derived from the parameters,
    rows: NDArray[np.int64]  # their records,
    pieces: NDArray[np.int64]  # and in how many pieces each


class Batch(NamedTuple):
    """The mini-batches of some steps, and what they show; all pictures' data are flat."""

    order: NDArray[np.int64]  # steps×batch: which pictures
    pixels: NDArray[np.uint8]  # to be preprocessed: (pixel − shift)·scale
    values: NDArray[np.float32]  # or as they are
    shift: NDArray[np.float32]  # C·H·W
    scale: NDArray[np.float32]
    labels: NDArray[np.int64]  # the target, of places with weights and boxes
    weights: NDArray[np.float32]
    boxes: NDArray[np.float32]
    noise: NDArray[np.float32]  # steps×numbers
    pace: NDArray[np.int64]  # each step's `Pace`; empty where parameters stay
    scores: NDArray[np.float32]  # steps×(batch·values); 1×… where a step's overwrite those before
    losses: NDArray[np.float64]  # steps×lanes: each lane's sum
    correct: NDArray[np.int64]  # steps×lanes


class Lane(NamedTuple):
    """What operations work on, one lane's images of one step: pointers, but for two numbers."""

    images: int  # how many
    first: int  # the number of the first in the mini-batch
    memory: Any  # of the lane, as places
    places: Any
    parameters: Any
    tables: Any
    noise: Any  # of the step
    order: Any  # from the lane's first image on, as scores
    pixels: Any
    values: Any
    shift: Any
    scale: Any
    labels: Any
    weights: Any
    boxes: Any
    scores: Any
    loss: Any  # the lane's sum, as correct
    correct: Any


def _dispatch(operations: dict[Any, Any]) -> Any:
    """Return a kernel that runs an operation on row k of an array of records, by its number."""

    @inlined
    def run(number: int, rows: Any, k: int, item: int, data: Any) -> None:
        pass

    for number, (record, work) in reversed(list(enumerate(operations.items()))):
        run = _first_of(number, row_of(record), work, run)
    return run


def _first_of(own: int, record_at: Any, work: Any, others: Any) -> Any:
    @inlined
    def run(number: int, rows: Any, k: int, item: int, data: Any) -> None:
        if number == own:
            work(record_at(rows, k), item, data)
        else:
            others(number, rows, k, item, data)

    return run


run_operation, run_derivation = map(_dispatch, (OPERATIONS, DERIVATIONS))


@kernel
def run_lane(number: int, program: Any, state: Any, batch: Any, step: int) -> None:
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
                run_operation(program.operations[k], program.rows, k, s, lane)


@kernel
def derive(piece: int, state: Any) -> None:
    """Compute one piece of what follows from the parameters, counted over all forms."""
    k = 0
    while piece >= state.pieces[k]:
        piece -= state.pieces[k]
        k += 1
    run_derivation(state.derivations[k], state.rows, k, piece, address(state.parameters, 0))


lanes_shared, sums_shared, moves_shared, forms_shared = map(
    shared, (run_lane, sum_gradient, move, derive)
)


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
        A counter, zero at the start.
    """
    counter, drawn = address(sync, 0), 0
    lanes, chunks = len(program.bounds) - 1, len(state.squares)
    if stale:
        drawn = forms_shared(counter, drawn, threads, state.pieces[:stale].sum(), state)
    for step in range(len(batch.order)):
        drawn = lanes_shared(counter, drawn, threads, lanes, program, state, batch, step)
        if len(batch.pace) == 0:
            continue
        memory, pace = program.memory, pace_at(batch.pace, step)
        drawn = sums_shared(counter, drawn, threads, chunks, memory, state, pace)
        if state.rule.clip > np.float32(0):
            own = shrink(state)  # the same in each thread
            drawn = moves_shared(counter, drawn, threads, chunks, memory, state, pace, own)
        drawn = forms_shared(counter, drawn, threads, state.pieces.sum(), state)
