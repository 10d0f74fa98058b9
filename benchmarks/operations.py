"""Time each instruction of a network's training program, one thread, hot in the cache.

    python benchmarks/operations.py "1x28x28 - 6C5 - ReLU - MP2 - 10N - softmax" 50

Operations on all images of a lane at once are shown per image. FOLD_STRIPS runs once for a lane;
so it is shown per image, too.
"""

import sys
import time

import numpy as np

from digitile.engines.tile.compile import kernel
from digitile.engines.tile.engine import TileEngine
from digitile.engines.tile.execute import run_op
from digitile.engines.tile.lowering import Op
from digitile.engines.tile.peak import fma_peak
from digitile.nn import Network
from digitile.nn.init import Init


@kernel
def repeat(times, op, images, mem, ints, par, tab, noise, out):
    """Run one instruction `times` times on the first image."""
    for _ in range(times):
        run_op(op, 0, 0, 1, images, mem, ints, par, tab, noise, out)


def main(text: str, batch: int) -> None:
    """Print one line for each instruction."""
    network, rng = Network.parse(text), np.random.default_rng(0)
    engine = TileEngine(network, threads=1)
    theta = Init.parse("xavier").draw(network, 0.0, rng).astype(np.float32)
    x = rng.random((batch, *network.input_shape), np.float32)
    noise = network.draw(rng, batch)
    engine.gradient(theta, x, rng.integers(0, network.classes, batch), noise)
    plan = engine._plan(batch, True)
    images = int(plan.bounds[1])
    drawn = np.concatenate([a.ravel() for a in noise if a is not None] + [np.zeros(1, np.float32)])
    out = np.zeros(batch * network.classes, np.float32)
    peak, total = fma_peak(), 0.0
    for at, op in enumerate(plan.program):
        whole = plan.groups[0] <= at < plan.groups[1] and op[0] in (Op.PRODUCT, Op.SUM_ROWS)
        whole = whole or at >= plan.groups[2]
        seconds = np.inf
        for _ in range(7):
            mem = plan.memory[0].copy()
            start = time.process_time()
            repeat(
                200, op, images, mem, plan.places[0], engine._parameters, plan.tables, drawn, out
            )
            seconds = min(seconds, (time.process_time() - start) / 200)
        each = seconds / (images if whole else 1) * 1e6
        total += each
        note = ""
        if op[0] == Op.PRODUCT:
            rows, count = op[16] + op[17] * images, op[18] + op[19] * images
            width = 8 * int(plan.tables[op[20] : op[20] + op[21]].sum())
            gflops = 2e-9 * rows * count * width * op[22] / seconds
            note = f"{rows}×{count}×{width} ×{op[22]}: {gflops:.0f} GFLOP/s, {gflops / peak:.0%}"
        print(f"{Op(op[0]).name:15s} {each:8.2f} µs/image  {note}")
    print(f"{'sum':15s} {total:8.2f} µs/image; peak {peak:.0f} GFLOP/s")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
