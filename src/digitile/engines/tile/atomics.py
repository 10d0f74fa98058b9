"""How threads inside native code share work and wait for each other.

The engine's threads are ordinary Python threads that enter one native call without the
interpreter's lock. So there is no threading layer to install, to fork or to enter twice.
"""

import ctypes
import sys
from typing import Any

import llvmlite.binding
from llvmlite import ir
from numba import types
from numba.core import cgutils

from digitile.engines.tile.compile import JIT, kernel, native
from digitile.engines.tile.simd import I64

SPINS = 2000  # looks at a counter before the processor is offered to others: about a microsecond
SYNC_SIZE = 8  # int64 values that a counter takes: a cache line of its own
_YIELD = "digitile_yield"
if JIT:
    _library: Any = ctypes.windll.kernel32 if sys.platform == "win32" else ctypes.CDLL(None)  # type: ignore[attr-defined,unused-ignore]
    _function = _library.SwitchToThread if sys.platform == "win32" else _library.sched_yield
    _address = ctypes.cast(_function, ctypes.c_void_p).value
    llvmlite.binding.add_symbol(_YIELD, _address)


@native(
    lambda b, _, counter: b.atomic_rmw("add", counter, I64(1), "seq_cst"), lambda _: types.int64
)
def fetch_add(counter: Any) -> Any:
    """Add 1 to counter[0], as seen by all threads at once, and return what it was."""
    counter[0] += 1
    return counter[0] - 1


@native(lambda b, _, counter: b.load_atomic(counter, "seq_cst", 8), lambda _: types.int64)
def read(counter: Any) -> Any:
    """Return counter[0] as other threads have left it."""
    return counter[0]


def _emit_yield(b: Any, _: Any) -> None:
    kind = ir.FunctionType(ir.IntType(32), [])
    b.call(cgutils.get_or_insert_function(b.module, kind, _YIELD), [])


@native(_emit_yield)
def give_way() -> None:
    """Offer the processor to other threads."""


def shared(work: Any) -> Any:
    """Return a kernel by which threads do ``work(item, …)`` for `items` items, and then go on.

    Each draws items from a counter until there are none, and so one too many, when what it drew is
    done: all is done when the counter has moved by items + threads. That is returned, with what was
    `drawn` before.
    """

    @kernel
    def share(counter: Any, drawn: int, threads: int, items: int, *arguments: Any) -> Any:
        item = fetch_add(counter) - drawn
        while item < items:
            work(item, *arguments)
            item = fetch_add(counter) - drawn
        drawn += items + threads
        spins = 0
        while read(counter) < drawn:
            spins += 1
            if spins > SPINS:
                give_way()
        return drawn

    return share
