"""Vectors of float32 and int32 in Numba code: eight values, or as many as a register holds.

LLVM's compiler vectorises loops that it can prove to be safe and long; the engine's are neither,
so kernels say which values they mean. A processor with narrower registers takes several. A scalar
operand stands for a vector of it. Where the JIT is disabled the same names work on NumPy arrays,
and check their bounds.
"""

# ruff: noqa: ARG001 (Numba reads the arguments of an intrinsic off its signature)

from typing import Any

import llvmlite.binding
import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import models, register_model

from digitile.engines.tile.compile import JIT, intrinsic, kernel

WIDTH = 8
"""Every channel count is padded to a multiple of it."""

F32, I32, I64 = ir.FloatType(), ir.IntType(32), ir.IntType(64)


def vector_width() -> int:
    """Return the widest float32 vector the processor computes with at full speed: 16, 8 or 4.

    NUMBA_CPU_FEATURES, which names what Numba compiles for, is heeded.
    """
    if numba.config.CPU_FEATURES:
        features = {word[1:] for word in numba.config.CPU_FEATURES.split(",") if word[0] == "+"}
    else:
        try:
            features = {k for k, on in llvmlite.binding.get_host_cpu_features().items() if on}
        except RuntimeError:  # LLVM cannot tell on every system; the tile is right at any width
            features = set()
    if {"avx512f", "avx512vl"} <= features:
        return 16
    return 8 if {"avx2", "fma"} <= features else 4


VECTOR = vector_width()
WIDE = max(VECTOR, WIDTH)
"""Values in a wide vector."""


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


def element(context: Any, builder: Any, array_type: Any, array: Any, index: Any) -> Any:
    """Emit the address of a contiguous array's element."""
    return builder.gep(context.make_array(array_type)(context, builder, array).data, [index])


def _load(element_type: ir.Type, scalar: Any, count: int) -> Any:
    result = _Vector(element_type, count)

    @intrinsic
    def load(_: Any, array: Any, index: Any) -> Any:
        """Return array[index : index + count]."""

        def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            at = element(context, builder, signature.args[0], *args)
            value = builder.load(builder.bitcast(at, result.lowered.as_pointer()))
            value.align = 4
            return value

        return result(types.Array(scalar, 1, "C"), types.intp), emit

    return load


@intrinsic
def store(_: Any, array: Any, index: Any, value: Any) -> Any:
    """Set array[index : …] to a vector."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        at = element(context, builder, signature.args[0], args[0], args[1])
        builder.store(args[2], builder.bitcast(at, args[2].type.as_pointer())).align = 4
        return context.get_dummy_value()

    return types.void(array, types.intp, value), emit


@intrinsic
def _native_get(_: Any, array: Any, index: Any) -> Any:
    """Return array[index]; there is no such thing as index −1."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.load(element(context, builder, signature.args[0], *args))

    return array.dtype(array, types.intp), emit


@intrinsic
def _native_put(_: Any, array: Any, index: Any, value: Any) -> Any:
    """Set array[index]."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.store(args[2], element(context, builder, signature.args[0], args[0], args[1]))
        return context.get_dummy_value()

    return types.void(array, types.intp, array.dtype), emit


def _operation(arity: int, write: Any, mask: bool = False) -> Any:
    """Return the intrinsic of `write`, which emits one operation on `arity` vectors.

    Scalars among the operands stand for vectors of them; one operand must be a vector. The result
    is a vector like the last operand that is one, or of bits, for a `mask`.
    """

    def typed(*operands: Any) -> Any:
        like = [operand for operand in operands if isinstance(operand, _Vector)][-1]
        result = _Vector(ir.IntType(1), like.count) if mask else like

        def emit(_c: Any, builder: Any, _s: Any, args: Any) -> Any:
            pairs = zip(args, operands, strict=True)
            return write(
                builder,
                *(v if isinstance(o, _Vector) else splat(builder, v, like.count) for v, o in pairs),
            )

        return result(*operands), emit

    # Numba reads an intrinsic's arguments off its signature.
    if arity == 2:

        @intrinsic
        def two(_: Any, a: Any, b: Any) -> Any:
            return typed(a, b)

        return two

    @intrinsic
    def three(_: Any, a: Any, b: Any, c: Any) -> Any:
        return typed(a, b, c)

    return three


def _spread(element_type: ir.Type, scalar: Any, count: int) -> Any:
    result = _Vector(element_type, count)

    @intrinsic
    def spread(_: Any, value: Any) -> Any:
        """Return a vector of one value."""
        return result(scalar), lambda _c, b, _s, args: splat(b, args[0], count)

    return spread


def emit_fma(builder: Any, a: Any, b: Any, c: Any) -> Any:
    """Emit a·b + c, fused where the processor can."""
    function = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(a.type, [a.type] * 3), f"llvm.fmuladd.v{a.type.count}f32"
    )
    return builder.call(function, [a, b, c])


if JIT:
    get, put = _native_get, _native_put
    load, load_wide = _load(F32, types.float32, WIDTH), _load(F32, types.float32, WIDE)
    load_ints = _load(I32, types.int32, WIDTH)
    spread = _spread(F32, types.float32, WIDTH)
    spread_int = _spread(I32, types.int32, WIDTH)
    add = _operation(2, lambda b, x, y: b.fadd(x, y))
    sub = _operation(2, lambda b, x, y: b.fsub(x, y))
    mul = _operation(2, lambda b, x, y: b.fmul(x, y))
    div = _operation(2, lambda b, x, y: b.fdiv(x, y))
    fma = _operation(3, emit_fma)
    greater = _operation(2, lambda b, x, y: b.fcmp_ordered(">", x, y), mask=True)
    same = _operation(2, lambda b, x, y: b.icmp_signed("==", x, y), mask=True)
    select = _operation(3, lambda b, m, x, y: b.select(m, x, y))
else:

    def get(array: Any, index: int) -> Any:
        """Return array[index]."""
        if not 0 <= index < len(array):
            raise IndexError(index)
        return array[index]

    def put(array: Any, index: int, value: Any) -> None:
        """Set array[index]."""
        if not 0 <= index < len(array):
            raise IndexError(index)
        array[index] = value

    def load(array: Any, index: int, count: int = WIDTH) -> Any:
        """Return array[index : index + count]."""
        if not 0 <= index <= len(array) - count:
            raise IndexError(index)
        return array[index : index + count].copy()

    def load_wide(array: Any, index: int) -> Any:
        """Return array[index : index + WIDE]."""
        return load(array, index, WIDE)

    def store(array: Any, index: int, value: Any) -> None:
        """Set array[index : index + len(value)]."""
        if not 0 <= index <= len(array) - len(value):
            raise IndexError(index)
        array[index : index + len(value)] = value

    def spread(x: Any) -> Any:
        """Return 8 times x."""
        return np.full(WIDTH, x, np.float32)

    def spread_int(x: Any) -> Any:
        """Return 8 times x."""
        return np.full(WIDTH, x, np.int32)

    def fma(a: Any, b: Any, c: Any) -> Any:
        """Return a·b + c."""
        return a * b + c

    load_ints = load
    add, sub, mul, div = np.add, np.subtract, np.multiply, np.divide
    greater, same, select = np.greater, np.equal, np.where


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
    square = mul(x, x)
    p = fma(np.float32(-2.76076847742355e-16), square, np.float32(2.00018790482477e-13))
    p = fma(p, square, np.float32(-8.60467152213735e-11))
    p = fma(p, square, np.float32(5.12229709037114e-08))
    p = fma(p, square, np.float32(1.48572235717979e-05))
    p = fma(p, square, np.float32(6.37261928875436e-04))
    p = fma(p, square, np.float32(4.89352455891786e-03))
    q = fma(np.float32(1.19825839466702e-06), square, np.float32(1.18534705686654e-04))
    q = fma(q, square, np.float32(2.26843463243900e-03))
    q = fma(q, square, np.float32(4.89352518554385e-03))
    return div(mul(x, p), q)


@kernel
def sigmoid(x: Any) -> Any:
    """Return (1 + tanh(x/2))/2."""
    half = np.float32(0.5)
    return fma(half, tanh(mul(half, x)), half)
