"""The machine's name, its memory and its versions."""

import os
import sys

import numpy as np
import pytest

import digitile
from digitile.bench import machine
from digitile.processors import processor_name


def test_names_are_there() -> None:
    assert processor_name()
    versions = machine.versions()
    assert versions["digitile"] == digitile.__version__
    assert versions["numpy"] == np.__version__


def test_peak_memory_is_in_bytes() -> None:
    held = np.ones(2**26, np.uint8)
    peak = machine.peak_memory()
    if peak is None:
        pytest.skip("the system does not tell")
    assert held.nbytes < peak < os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def test_peak_memory_without_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resource", None)
    assert machine.peak_memory() is None


@pytest.mark.parametrize("threads", [1, 3])
def test_memory_bandwidth_counts_three_arrays(
    threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes = []
    times = iter([0.0, 1.0, 5.0, 6.0, 8.0])  # the limit's start; passes of 4 and 2 seconds

    class Clock:
        @staticmethod
        def perf_counter() -> float:
            return next(times)

    def triad(factor: float, a: np.ndarray, b: np.ndarray, c: np.ndarray) -> None:
        a[:] = b + factor * c
        passes.append(a)

    monkeypatch.setattr(machine, "time", Clock)
    monkeypatch.setattr(machine, "_triad", triad)
    with pytest.raises(StopIteration):  # the clock has run out: it would try again
        machine.memory_bandwidth(threads, seconds=100.0, size=1000)
    assert len(passes) == 2 * threads
    assert sum(len(part) for part in passes) == 2 * 1000
    times = iter([0.0, 1.0, 5.0, 6.0, 8.0, 9.0])
    assert machine.memory_bandwidth(threads, seconds=2.5, size=1000) == 12e-9 * 1000 / 2
