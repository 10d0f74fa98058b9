"""The most this processor can multiply and add: the tile, on operands of one cache line."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from digitile.engines.tile.compile import kernel
from digitile.engines.tile.simd import WIDTH, address
from digitile.engines.tile.tile import ROWS, Matrices, Tables, matmul


@kernel
def _repeat(times: int, a: Any, b: Any, c: Any, table: Any, rows: int, terms: int) -> None:
    """Multiply again and again; the table is 0, and has the tile's width behind it."""
    m = Matrices(address(a, 0), address(b, 0), address(c, 0), address(c, 0), 1)
    zeros, width = address(table, 0), address(table, rows + terms)
    for _ in range(times):
        matmul(m, Tables(zeros, zeros, zeros, zeros), rows, terms, width, 1)


def peak_work(threads: int) -> tuple[Callable[[], object], float]:
    """Return a work of nothing but multiply-adds, and the GFLOP of it, an addition counted, too.

    All threads are at it together: a processor may slow down when all its cores work.
    """
    units = max(ROWS)
    rows, count, times = ROWS[units], 2000, 2000
    tab = np.zeros(rows + count + 1, np.int32)
    tab[-1] = units
    pool = ThreadPoolExecutor(threads)

    def one(_: int) -> None:
        a, b, c = (np.zeros(units * WIDTH, np.float32) for _ in range(3))
        _repeat(times, a, b, c, tab, rows, count)

    return lambda: list(pool.map(one, range(threads))), (
        2e-9 * threads * times * rows * units * WIDTH * count
    )


def fma_peak(threads: int = 1) -> float:
    """Return the peak of so many threads at once in GFLOP/s, the best of twenty works."""
    work, gflop = peak_work(threads)
    work()  # compiles
    least = np.inf
    for _ in range(20):
        start = time.perf_counter()
        work()
        least = min(least, time.perf_counter() - start)
    return float(gflop / least)
