"""Pointers, and vectors of float32 and int32, in Numba code.

LLVM's compiler vectorises loops that it can prove to be safe and long; the engine's are neither,
so kernels say which values they mean: eight, or as many as a register holds. A processor with
narrower registers takes several. Vectors have the arithmetic operators; a scalar operand stands for
a vector of it. Where the JIT is disabled the same names work on NumPy arrays, and check bounds.
"""

import operator
from collections.abc import Callable
from typing import Any

import llvmlite.binding
import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import default_manager
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin, models, register_model

from digitile.engines.tile.compile import Kernel, kernel, native

WIDTH = 8  # every channel count is padded to a multiple of it
F32, I32, I64 = ir.FloatType(), ir.IntType(32), ir.IntType(64)


def vector_width() -> int:
    """Return the widest float32 vector the processor computes with at full speed: 16, 8 or 4.

    NUMBA_CPU_FEATURES, which names what Numba compiles for, is heeded.
    """
    try:
        host = llvmlite.binding.get_host_cpu_features().flatten()
    except RuntimeError:  # LLVM cannot tell on every system; the tile is right at any width
        host = ""
    words = (numba.config.CPU_FEATURES or host).split(",")
    features = {word[1:] for word in words if word.startswith("+")}
    if {"avx512f", "avx512vl"} <= features:
        return 16
    return 8 if {"avx2", "fma"} <= features else 4


VECTOR = vector_width()
WIDE = max(VECTOR, WIDTH)  # values in a wide vector


class _Vector(types.Type):  # type: ignore[misc]
    """A Numba type whose values are LLVM vectors of `count` elements."""

    def __init__(self, element: ir.Type, count: int) -> None:
        self.count = count
        self.lowered = ir.VectorType(element, count)
        super().__init__(name=f"vector{count}[{element}]")


@register_model(_Vector)
class _VectorModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, dmm: Any, fe_type: _Vector) -> None:
        super().__init__(dmm, fe_type, fe_type.lowered)


def splat(builder: Any, scalar: Any, count: int) -> Any:
    """Emit a vector of `count` times `scalar`."""
    vector = ir.VectorType(scalar.type, count)
    one = builder.insert_element(ir.Constant(vector, ir.Undefined), scalar, ir.Constant(I32, 0))
    zeros = ir.Constant(ir.VectorType(I32, count), [0] * count)
    return builder.shuffle_vector(one, ir.Constant(vector, ir.Undefined), zeros)


def emit_load(builder: Any, pointer: Any, index: int, count: int) -> Any:
    """Emit pointer[index : index + count] as a vector."""
    vector = ir.VectorType(pointer.type.pointee, count)
    place = builder.gep(pointer, [ir.Constant(I64, index)])
    value = builder.load(builder.bitcast(place, vector.as_pointer()))
    value.align = 4
    return value


def emit_store(builder: Any, pointer: Any, index: int, value: Any) -> None:
    """Emit pointer[index : …] = value, a vector."""
    place = builder.gep(pointer, [ir.Constant(I64, index)])
    builder.store(value, builder.bitcast(place, value.type.as_pointer())).align = 4


def emit_fma(builder: Any, a: Any, b: Any, c: Any) -> Any:
    """Emit a·b + c, fused where the processor can: every operation here may be contracted."""
    return builder.fadd(builder.fmul(a, b, flags=("contract",)), c, flags=("contract",))


def emit_switch(builder: Any, value: Any, cases: dict[int, Any]) -> None:
    """Emit one of several pieces of code, by a number that is among them."""
    done = builder.append_basic_block("end")
    switch = builder.switch(builder.sext(value, I64), done)
    for number, emit in cases.items():
        block = builder.append_basic_block(f"case{number}")
        switch.add_case(I64(number), block)
        builder.position_at_end(block)
        emit()
        builder.branch(done)
    builder.position_at_end(done)


def member(builder: Any, kind: Any, array: Any, name: str) -> Any:
    """Emit an array's data, or its shape."""
    return default_manager[kind].get(builder, array, name)


class _Checked:
    """A pointer where the JIT is disabled: an array from some place on, with bounds."""

    def __init__(self, array: Any, start: int) -> None:
        if not 0 <= start <= len(array):
            raise IndexError(start)
        self.array, self.start = array, int(start)

    def __getitem__(self, index: int) -> Any:
        return self.part(index, 1)[0]

    def __setitem__(self, index: int, value: Any) -> None:
        self.part(index, 1)[0] = value

    def part(self, index: int, count: int) -> Any:
        """Return `count` values from `index` on, to read or to change."""
        place = self.start + int(index)
        if not 0 <= place <= len(self.array) - count:
            raise IndexError(place)
        return self.array[place : place + count]


@native(
    lambda b, kinds, array, index: b.gep(member(b, kinds[0], array, "data"), [index]),
    lambda array, _: types.CPointer(array.dtype),
)
def address(array: Any, index: int) -> Any:
    """Return a pointer to array[index]."""
    return _Checked(array, index)


@native(lambda b, _, pointer, offset: b.gep(pointer, [offset]), lambda pointer, _: pointer)
def at(pointer: Any, offset: int) -> Any:
    """Return the pointer moved by `offset` elements."""
    return _Checked(pointer.array, pointer.start + offset)


def _load(count: int) -> Any:
    """Return the function that loads `count` values."""

    def emit(b: Any, _: Any, pointer: Any, index: Any) -> Any:
        return emit_load(b, b.gep(pointer, [index]), 0, count)

    def vector(pointer: Any, _: Any) -> Any:
        return _Vector(F32 if pointer.dtype == types.float32 else I32, count)

    return native(emit, vector)(lambda pointer, at, n=count: pointer.part(at, n).copy())


load, load_wide = _load(WIDTH), _load(WIDE)
"""load(pointer, index) returns pointer[index : index + WIDTH], and load_wide WIDE values."""


@native(lambda b, _, pointer, index, value: emit_store(b, b.gep(pointer, [index]), 0, value))
def store(pointer: Any, index: int, value: Any) -> None:
    """Set pointer[index : index + len(value)]."""
    pointer.part(index, len(value))[:] = value


@native(lambda b, _, x: splat(b, x, WIDTH), lambda x: _vector_of(x, WIDTH))
def spread(x: Any) -> Any:
    """Return 8 times x, float32 or int32."""
    return np.full(WIDTH, x)


def _vector_of(scalar: Any, count: int) -> _Vector:
    return _Vector(F32 if scalar == types.float32 else I32, count)


def _vectors(builder: Any, kinds: Any, args: Any, count: int) -> list[Any]:
    """Return operands as vectors."""
    pairs = zip(args, kinds, strict=True)
    return [v if isinstance(kind, _Vector) else splat(builder, v, count) for v, kind in pairs]


def _like(operands: Any) -> _Vector:
    return [operand for operand in operands if isinstance(operand, _Vector)][-1]


def _operator(symbol: Any, write: Any) -> None:
    """Let Numba's operator work on vectors, and on a vector and a scalar."""

    @infer_global(symbol)
    class _Template(AbstractTemplate):  # type: ignore[misc]
        def generic(self, args: Any, kws: Any) -> Any:
            if any(isinstance(arg, _Vector) for arg in args):
                return signature(_like(args), *args)
            return None

    def emit(_c: Any, builder: Any, sig: Any, args: Any) -> Any:
        return write(builder, *_vectors(builder, sig.args, args, sig.return_type.count))

    for pair in ((_Vector, _Vector), (_Vector, types.Float), (types.Float, _Vector)):
        lower_builtin(symbol, *pair)(emit)


_operator(operator.add, lambda b, x, y: b.fadd(x, y))
_operator(operator.sub, lambda b, x, y: b.fsub(x, y))
_operator(operator.mul, lambda b, x, y: b.fmul(x, y))
_operator(operator.truediv, lambda b, x, y: b.fdiv(x, y))


def _comparison(write: Any) -> Callable[[Kernel], Kernel]:
    """Return what makes a function of two operands, one of them a vector, give a mask."""

    def emit(b: Any, kinds: Any, *args: Any) -> Any:
        return write(b, *_vectors(b, kinds, args, _like(kinds).count))

    return native(emit, lambda *kinds: _Vector(ir.IntType(1), _like(kinds).count))


@_comparison(lambda b, x, y: b.fcmp_ordered(">", x, y))
def greater(x: Any, y: Any) -> Any:
    """Tell where x > y, of float32."""
    return np.greater(x, y)


@_comparison(lambda b, x, y: b.icmp_signed("==", x, y))
def same(x: Any, y: Any) -> Any:
    """Tell where x = y, of int32."""
    return np.equal(x, y)


@native(
    lambda b, kinds, mask, *args: b.select(mask, *_vectors(b, kinds[1:], args, kinds[0].count)),
    lambda mask, x, y: next(
        (kind for kind in (x, y) if isinstance(kind, _Vector)), _vector_of(x, mask.count)
    ),
)
def select(mask: Any, x: Any, y: Any) -> Any:
    """Return x where the mask is set, and y elsewhere."""
    return np.where(mask, x, y)


def _emit_exp(b: Any, kinds: Any, x: Any) -> Any:
    """Emit e^x = 2^n·e^r, n the whole number next to x/ln 2, with a polynomial for e^r."""
    kind, count = x.type, x.type.count
    ints = ir.VectorType(I32, count)

    def many(value: float) -> Any:
        return kind([float(np.float32(value))] * count)

    low = b.fcmp_ordered("<", x, many(-87))
    least = b.select(low, many(-87), x)
    bounded = b.select(b.fcmp_ordered(">", least, many(88)), many(88), least)
    rint = cgutils.get_or_insert_function(
        b.module, ir.FunctionType(kind, [kind]), f"llvm.rint.v{count}f32"
    )
    n = b.call(rint, [b.fmul(bounded, many(1.4426950408889634))])
    r = emit_fma(b, n, many(-0.693359375), bounded)
    r = emit_fma(b, n, many(2.12194440e-4), r)
    power = many(1 / 5040)
    for factor in (1 / 720, 1 / 120, 1 / 24, 1 / 6, 1 / 2, 1, 1):
        power = emit_fma(b, power, r, many(factor))
    exponent = b.add(b.fptosi(n, ints), ints([127] * count))
    scale = b.bitcast(b.shl(exponent, ints([23] * count)), kind)
    return b.select(low, many(0), b.fmul(power, scale))


@native(_emit_exp, lambda x: x)
def exp(x: Any) -> Any:
    """Return e^x of a vector, to 2 units in the last place; 0 below −87."""
    return np.exp(x)


@kernel
def zeros() -> Any:
    """Return 8 zeros."""
    return spread(np.float32(0))


@kernel
def relu(x: Any) -> Any:
    """Return max(0, x), and nan for nan."""
    zero = np.float32(0)
    return select(greater(zero, x), zero, x)


@kernel
def tanh(x: Any) -> Any:
    """Return tanh(x) to 3 units in the last place.

    A quotient of polynomials, 13th over 6th degree, that is 1 in float32 beyond ±7.9.
    """
    most = np.float32(7.90531110763549805)
    x = select(greater(x, most), most, x)
    x = select(greater(-most, x), -most, x)
    square = x * x
    p = np.float32(-2.76076847742355e-16) * square + np.float32(2.00018790482477e-13)
    p = p * square + np.float32(-8.60467152213735e-11)
    p = p * square + np.float32(5.12229709037114e-08)
    p = p * square + np.float32(1.48572235717979e-05)
    p = p * square + np.float32(6.37261928875436e-04)
    p = p * square + np.float32(4.89352455891786e-03)
    q = np.float32(1.19825839466702e-06) * square + np.float32(1.18534705686654e-04)
    q = q * square + np.float32(2.26843463243900e-03)
    q = q * square + np.float32(4.89352518554385e-03)
    return x * p / q


@kernel
def sigmoid(x: Any) -> Any:
    """Return (1 + tanh(x/2))/2."""
    half = np.float32(0.5)
    return half * tanh(half * x) + half
