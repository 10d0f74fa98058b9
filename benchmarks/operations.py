"""Time each instruction of a network's training program, one thread, hot in the cache.

    python benchmarks/operations.py "1x28x28 - 6C5 - ReLU - MP2 - 10N - softmax" 50

What is computed once for all images of a lane is shown per image, too.
"""

import sys
import time

import numpy as np

from digitile.bench.task import draw_target
from digitile.engines.tile.atomics import SYNC_SIZE
from digitile.engines.tile.engine import TileEngine
from digitile.engines.tile.execute import OPERATIONS, Batch, execute
from digitile.engines.tile.lowering import Pass
from digitile.engines.tile.peak import fma_peak
from digitile.engines.tile.plan import Mode, Plan, with_target
from digitile.engines.tile.products import Product
from digitile.engines.tile.records import layout, rows_of
from digitile.engines.tile.simd import WIDTH
from digitile.nn import Network
from digitile.nn.init import Init

ROUNDS, STEPS = 7, 20


def seconds(engine: TileEngine, plan: Plan, batch: Batch, instruction: int, each: int) -> float:
    """Return the time that one instruction takes for all images, the best of some rounds."""
    own = rows_of([Pass(instruction, instruction + 1, each)])
    program = plan.program._replace(passes=own)
    state, sync, best = engine.still_state(), np.zeros(SYNC_SIZE, np.int64), np.inf
    for _ in range(ROUNDS):
        start = time.perf_counter()
        execute(program, state, batch, 0, 1, sync)
        best = min(best, (time.perf_counter() - start) / STEPS)
        sync[:] = 0
    return best


def describe(plan: Plan, instruction: int, images: int, micros: float, peak: float) -> str:
    """Return a product's shape, speed and share of the peak; nothing for other instructions."""
    operation = list(OPERATIONS)[plan.program.operations[instruction]]
    if operation is not Product:
        return ""
    kind = layout(operation)
    op = plan.program.rows[instruction].view(np.uint8)[: kind.itemsize].view(kind)[0]
    rows, terms = int(op["rows"]) or images, int(op["terms"]) or images
    widths = plan.program.tables[op["widths"] : op["widths"] + op["parts"]]
    width, repeat = WIDTH * int(widths.sum()), int(op["repeat"])
    rate = 2e-3 * rows * terms * width * repeat / micros
    return f"{rows}×{terms}×{width} ×{repeat}: {rate:.0f} GFLOP/s, {100 * rate / peak:.0f} %"


def main(text: str, size: int) -> None:
    """Print one line for each instruction."""
    network, rng = Network.parse(text), np.random.default_rng(0)
    engine = TileEngine(network, threads=1, lanes=1)
    theta = Init.parse("xavier").draw(network, 0.0, rng)
    x = rng.random((size, *network.input_shape), np.float32)
    target, noise = draw_target(network, size, rng), network.draw(rng, size)
    engine.gradient(theta, x, target, noise)  # each instruction finds what it reads
    plan = engine.plan(size, Mode.GRADIENT)
    drawn = np.concatenate([own.ravel() for own in noise if own is not None] or [np.zeros(1)])
    batch = with_target(plan.steps(STEPS), target)._replace(
        order=np.tile(np.arange(size), (STEPS, 1)),
        values=x.reshape(-1),
        noise=np.tile(drawn.astype(np.float32), (STEPS, 1)),
    )
    total, peak = 0.0, fma_peak()
    for start, stop, each in np.asarray(plan.program.passes).tolist():
        for instruction in range(start, stop):
            taken = 1e6 * seconds(engine, plan, batch, instruction, each)
            total += taken / size
            note = describe(plan, instruction, size, taken / (size if each else 1), peak)
            name = list(OPERATIONS)[plan.program.operations[instruction]].__name__
            print(f"{name:16s} {taken / size:8.2f} µs/image  {note}")
    print(f"{'sum':16s} {total:8.2f} µs/image; peak {peak:.0f} GFLOP/s")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
