"""The most this processor can multiply and add: the tile, on operands of one cache line."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from digitile.engines.tile.compile import kernel
from digitile.engines.tile.simd import WIDTH
from digitile.engines.tile.tile import ROWS, matmul


@kernel
def _repeat(times: int, a: Any, b: Any, c: Any, tab: Any, rows: int, count: int, at: int) -> None:
    for _ in range(times):
        matmul(a, 0, b, 0, c, 0, c, 0, 1, tab, 0, rows, rows, 0, rows, count, at, 1)


def fma_peak(threads: int = 1, seconds: float = 0.5) -> float:
    """Return the peak of so many threads at once in GFLOP/s, a multiply-add counted as two.

    Parameters
    ----------
    threads : int
    seconds : float
        Time to measure for; the best of five windows counts.
    """
    units = max(ROWS)
    rows, count, times = ROWS[units], 2000, 200
    tab = np.zeros(rows + count + 1, np.int32)
    tab[-1] = units

    def measure(until: float) -> float:
        a, b, c = (np.zeros(units * WIDTH, np.float32) for _ in range(3))
        start, done = time.perf_counter(), 0
        while time.perf_counter() < until:
            _repeat(times, a, b, c, tab, rows, count, rows + count)
            done += times
        return done / (time.perf_counter() - start)

    best = 0.0
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(6):  # the first compiles, and wakes the threads
            until = time.perf_counter() + seconds / 5
            best = max(best, sum(pool.map(measure, [until] * threads)))
    return 2e-9 * best * rows * units * WIDTH * count
