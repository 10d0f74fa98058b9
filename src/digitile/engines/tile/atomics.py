"""How threads inside native code share work and wait for each other.

The engine's threads are ordinary Python threads that enter one native call without the
interpreter's lock. So there is no threading layer to install, to fork or to enter twice.
"""

import ctypes
import sys
from typing import Any

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils

from digitile.engines.tile.compile import JIT, intrinsic, kernel
from digitile.engines.tile.simd import I64

SPINS = 2000
"""Looks at a counter before the processor is offered to others: about a microsecond."""

SYNC_SIZE = 16
"""int64 values two counters take, each in a cache line of its own."""

_YIELD = "digitile_yield"
if JIT:
    _library: Any = ctypes.windll.kernel32 if sys.platform == "win32" else ctypes.CDLL(None)  # type: ignore[attr-defined,unused-ignore]
    _function = _library.SwitchToThread if sys.platform == "win32" else _library.sched_yield
    _address = ctypes.cast(_function, ctypes.c_void_p).value
    llvmlite.binding.add_symbol(_YIELD, _address)


def _element(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """Emit the address of array[index]."""
    array = context.make_array(signature.args[0])(context, builder, args[0])
    return builder.gep(array.data, [args[1]])


@intrinsic
def _native_add(_: Any, array: Any, index: Any) -> Any:
    """Add 1 to array[index], as seen by all threads at once, and return what it was."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        at = _element(context, builder, signature, args)
        return builder.atomic_rmw("add", at, ir.Constant(I64, 1), "seq_cst")

    return types.int64(array, types.intp), emit


@intrinsic
def _native_read(_: Any, array: Any, index: Any) -> Any:
    """Return array[index] as other threads have left it."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        at = _element(context, builder, signature, args)
        return builder.load_atomic(at, "seq_cst", 8)

    return types.int64(array, types.intp), emit


@intrinsic
def _native_yield(_: Any) -> Any:
    """Offer the processor to other threads."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = ir.FunctionType(ir.IntType(32), [])
        builder.call(cgutils.get_or_insert_function(builder.module, kind, _YIELD), [])
        return context.get_dummy_value()

    return types.void(), emit


if JIT:
    fetch_add, read, give_way = _native_add, _native_read, _native_yield
else:

    def fetch_add(array: Any, index: int) -> Any:
        """Add 1 to array[index] and return what it was; one thread only."""
        before = np.int64(array[index])
        array[index] += 1
        return before

    def read(array: Any, index: int) -> Any:
        """Return array[index]."""
        return array[index]

    def give_way() -> None:
        """Do nothing: there is one thread."""


@kernel
def take(sync: Any, base: int) -> Any:
    """Return the next item of work; an item that does not exist ends a thread's phase.

    Each thread takes exactly one such, so a phase of `items` moves `base` by items + threads.
    """
    return fetch_add(sync, 0) - base


@kernel
def wait(sync: Any, arrived: int) -> None:
    """Wait until `arrived` threads, counted over all phases, have come here."""
    fetch_add(sync, 8)
    spins = 0
    while read(sync, 8) < arrived:
        spins += 1
        if spins > SPINS:
            give_way()
