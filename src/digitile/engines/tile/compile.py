"""How kernels are compiled: one decorator with all options, and a cache keyed on their source.

Numba's own cache notices edits of a function, not of what it calls, so the key here is
`disk.source_hash`. (Numba adds the processor's features.)
"""

import os
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import numba
from numba import types
from numba.core import cgutils
from numba.core.caching import CompileResultCacheImpl, FunctionCache
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin

from digitile.engines.tile.disk import cache_folder, source_hash

Kernel = TypeVar("Kernel", bound=Callable[..., Any])

JIT = not numba.config.DISABLE_JIT
"""False where NUMBA_DISABLE_JIT=1 runs the kernels as plain Python, for tests of their bounds."""


OPTIONS: dict[str, Any] = {
    "error_model": "numpy",
    "fastmath": {"contract", "nsz"},
    "nogil": True,
    "boundscheck": False,
    "_nrt": False,
}
"""Division by zero gives inf or nan, as in NumPy; a·b + c may be rounded once; no sum is moved
about; and the interpreter's lock is released."""


def kernel(function: Kernel) -> Kernel:
    """Compile `function` on its first call."""
    compiled: Kernel = numba.njit(**OPTIONS)(function)
    return compiled


def inlined(function: Kernel) -> Kernel:
    """Copy `function` into each kernel that calls it, where a constant argument shapes the code."""
    compiled: Kernel = numba.njit(inline="always", **OPTIONS)(function)
    return compiled


def intrinsic(function: Callable[..., Any]) -> Any:
    """Let kernels call what `function` emits as LLVM IR."""
    return numba.extending.intrinsic(function)


def native(
    emit: Callable[..., Any], result: Callable[..., Any] = lambda *_: types.void
) -> Callable[[Kernel], Kernel]:
    """Give a function the machine code that kernels have in its place.

    ``emit(builder, types, *arguments)`` writes it as LLVM IR, and ``result(*types)`` is the type of
    its value. Of a named tuple, the fields come by name. Where the JIT is disabled, the function
    itself runs.
    """

    def bind(function: Kernel) -> Kernel:
        class Template(AbstractTemplate):  # type: ignore[misc]
            key = function

            def generic(self, args: Any, kws: Any) -> Any:
                return signature(result(*args), *args)

        def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            own = [_named(builder, kind, arg) for kind, arg in zip(sig.args, args, strict=True)]
            value = emit(builder, sig.args, *own)
            return context.get_dummy_value() if value is None else value

        infer_global(function, types.Function(Template))
        lower_builtin(function, types.VarArg(types.Any))(lower)
        return function

    return bind


def _named(builder: Any, kind: Any, value: Any) -> Any:
    """Return the fields of a named tuple, or another value as it is."""
    if isinstance(kind, types.BaseNamedTuple):
        return kind.instance_class(*cgutils.unpack_tuple(builder, value))
    return value


def entry_of(compiled: Any) -> Any:
    """Return the quickest way to call a kernel whose arguments always have the same types.

    To find those out takes Numba 5 µs a call, a third of a small picture's time.
    """
    codes = compiled.overloads if JIT else {}
    return next((code.entry_point for code in codes.values()), compiled)


def keep_on_disk(compiled: Any) -> None:
    """Let `compiled`, a kernel, load and save its machine code."""
    if JIT and not isinstance(compiled._cache, _SourceCache):
        compiled._cache = _SourceCache(compiled.py_func)


class _Locator:
    """Where Numba's cache puts the files of one function, and when they are stale."""

    _py_file = __file__

    @classmethod
    def from_function(cls, *_: object) -> "_Locator":
        return cls()

    def ensure_cache_path(self) -> None:
        cache_folder().mkdir(parents=True, exist_ok=True)

    def get_cache_path(self) -> str:
        return os.fspath(cache_folder())

    def get_source_stamp(self) -> str:
        return source_hash()

    def get_disambiguator(self) -> str:
        return source_hash()


class _SourceCacheImpl(CompileResultCacheImpl):  # type: ignore[misc]
    _locator_classes: ClassVar[list[type]] = [_Locator]


class _SourceCache(FunctionCache):  # type: ignore[misc]
    _impl_class = _SourceCacheImpl
