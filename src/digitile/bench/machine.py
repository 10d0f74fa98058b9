"""The machine: how fast its memory is, and what runs on it."""

import platform
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from typing import Any

import numpy as np

from digitile.engines.tile.compile import kernel

LIBRARIES = ("digitile", "numpy", "numba", "llvmlite", "torch", "jax", "onnx", "onnxruntime")
SIZE = 32 * 2**20
"""Values in each array of the triad: 128 MiB, more than caches hold."""


def versions() -> dict[str, str]:
    """Return the versions of Python and of what is installed of `LIBRARIES`."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def peak_memory() -> int | None:
    """Return the most bytes this process has had in memory so far; None where it is not known."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


@kernel
def _triad(factor: Any, a: Any, b: Any, c: Any) -> None:
    for n in range(len(a)):
        a[n] = b[n] + factor * c[n]


def memory_bandwidth(threads: int, seconds: float = 0.5, size: int = SIZE) -> float:
    """Return the memory's speed in GB/s: a ← b + 3c on large arrays, the best pass.

    Twelve bytes for each value, as STREAM counts: what the processor reads of a before it writes
    it is left out.

    Parameters
    ----------
    threads : int
        Each takes its part of the arrays.
    seconds : float
        How long to try; at least twice.
    size : int
        Values in each of the three arrays, float32.
    """
    arrays = [np.ones(size, np.float32) for _ in range(3)]
    columns = (np.array_split(array, threads) for array in arrays)
    parts = [(a, b, c) for a, b, c in zip(*columns, strict=True)]
    best, passes, end = np.inf, 0, time.perf_counter() + seconds
    with ThreadPoolExecutor(threads) as pool:
        while passes < 2 or time.perf_counter() < end:
            start = time.perf_counter()
            list(pool.map(lambda part: _triad(np.float32(3), *part), parts))
            best, passes = min(best, time.perf_counter() - start), passes + 1
    return 12e-9 * size / best
