"""The most this processor can multiply and add: the tile, on operands of one cache line."""

import time
from typing import Any

import numpy as np

from digitile.engines.tile.compile import kernel
from digitile.engines.tile.simd import WIDTH
from digitile.engines.tile.tile import ROWS, matmul


@kernel
def _repeat(times: int, a: Any, b: Any, c: Any, tab: Any, rows: int, count: int, at: int) -> None:
    for _ in range(times):
        matmul(a, 0, b, 0, c, 0, c, 0, 1, tab, 0, rows, rows, 0, rows, count, at, 1)


def fma_peak(seconds: float = 0.5) -> float:
    """Return one thread's peak in GFLOP/s, a multiply-add counted as two, best of five windows."""
    units = max(ROWS)
    rows, count, times = ROWS[units], 2000, 200
    tab = np.zeros(rows + count + 1, np.int32)
    tab[-1] = units
    a, b, c = (np.zeros(units * WIDTH, np.float32) for _ in range(3))

    def work() -> None:
        _repeat(times, a, b, c, tab, rows, count, rows + count)

    work()
    best = 0.0
    for _ in range(5):
        start, done = time.perf_counter(), 0
        while time.perf_counter() - start < seconds / 5:
            work()
            done += times
        best = max(best, done / (time.perf_counter() - start))
    return 2e-9 * best * rows * units * WIDTH * count
