"""Eight float32 or int32 values at once, in Numba code.

LLVM's compiler vectorises loops that it can prove to be safe and long; the engine's are neither,
so kernels say which eight values they mean. A processor with narrower registers takes several.
Where the JIT is disabled the same names work on NumPy arrays of 8, and check their bounds.
"""

# ruff: noqa: ARG001 (Numba reads the arguments of an intrinsic off its signature)

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import models, register_model

from digitile.engines.tile.compile import JIT, intrinsic, kernel

WIDTH = 8
"""Values in a vector; every channel count is padded to a multiple of it."""

F32, I32, I64 = ir.FloatType(), ir.IntType(32), ir.IntType(64)
F8, I8, B8 = (ir.VectorType(t, WIDTH) for t in (F32, I32, ir.IntType(1)))


class _Vector(types.Type):  # type: ignore[misc]
    """A Numba type whose values are LLVM vectors of `element`."""

    def __init__(self, element: ir.Type) -> None:
        self.lowered = ir.VectorType(element, WIDTH)
        super().__init__(name=f"vector8[{element}]")


FLOATS, INTS, BOOLS = _Vector(F32), _Vector(I32), _Vector(ir.IntType(1))


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


def _load(result: _Vector, scalar: Any) -> Any:
    @intrinsic
    def load(_: Any, array: Any, index: Any) -> Any:
        """Return array[index : index + 8]."""

        def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            at = element(context, builder, signature.args[0], *args)
            value = builder.load(builder.bitcast(at, result.lowered.as_pointer()))
            value.align = 4
            return value

        return result(types.Array(scalar, 1, "C"), types.intp), emit

    return load


@intrinsic
def store(_: Any, array: Any, index: Any, value: Any) -> Any:
    """Set array[index : index + 8]."""

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


def _operation(result: _Vector, arguments: tuple[Any, ...], write: Any) -> Any:
    """Return the intrinsic of `write`, which emits one operation on vectors."""
    # Numba reads an intrinsic's arguments off its signature.
    if len(arguments) == 1:

        @intrinsic
        def one(_: Any, a: Any) -> Any:
            return result(*arguments), lambda _c, b, _s, args: write(b, *args)

        return one
    if len(arguments) == 2:

        @intrinsic
        def two(_: Any, a: Any, b: Any) -> Any:
            return result(*arguments), lambda _c, b, _s, args: write(b, *args)

        return two

    @intrinsic
    def three(_: Any, a: Any, b: Any, c: Any) -> Any:
        return result(*arguments), lambda _c, b, _s, args: write(b, *args)

    return three


def emit_fma(builder: Any, a: Any, b: Any, c: Any) -> Any:
    """Emit a·b + c, fused where the processor can."""
    function = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(a.type, [a.type] * 3), f"llvm.fmuladd.v{a.type.count}f32"
    )
    return builder.call(function, [a, b, c])


if JIT:
    get, put = _native_get, _native_put
    load, load_ints = _load(FLOATS, types.float32), _load(INTS, types.int32)
    spread = _operation(FLOATS, (types.float32,), lambda b, x: splat(b, x, WIDTH))
    spread_int = _operation(INTS, (types.int32,), lambda b, x: splat(b, x, WIDTH))
    add = _operation(FLOATS, (FLOATS, FLOATS), lambda b, x, y: b.fadd(x, y))
    sub = _operation(FLOATS, (FLOATS, FLOATS), lambda b, x, y: b.fsub(x, y))
    mul = _operation(FLOATS, (FLOATS, FLOATS), lambda b, x, y: b.fmul(x, y))
    div = _operation(FLOATS, (FLOATS, FLOATS), lambda b, x, y: b.fdiv(x, y))
    fma = _operation(FLOATS, (FLOATS, FLOATS, FLOATS), emit_fma)
    greater = _operation(BOOLS, (FLOATS, FLOATS), lambda b, x, y: b.fcmp_ordered(">", x, y))
    same = _operation(BOOLS, (INTS, INTS), lambda b, x, y: b.icmp_signed("==", x, y))
    select = _operation(FLOATS, (BOOLS, FLOATS, FLOATS), lambda b, m, x, y: b.select(m, x, y))
    select_int = _operation(INTS, (BOOLS, INTS, INTS), lambda b, m, x, y: b.select(m, x, y))
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

    def load(array: Any, index: int) -> Any:
        """Return array[index : index + 8]."""
        if not 0 <= index <= len(array) - WIDTH:
            raise IndexError(index)
        return array[index : index + WIDTH].copy()

    def store(array: Any, index: int, value: Any) -> None:
        """Set array[index : index + 8]."""
        if not 0 <= index <= len(array) - WIDTH:
            raise IndexError(index)
        array[index : index + WIDTH] = value

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
    greater, same, select, select_int = np.greater, np.equal, np.where, np.where


@kernel
def relu(x: Any) -> Any:
    """Return max(0, x), and nan for nan."""
    zero = spread(np.float32(0))
    return select(greater(zero, x), zero, x)


@kernel
def tanh(x: Any) -> Any:
    """Return tanh(x) to 3 units in the last place.

    A quotient of polynomials, 13th over 6th degree, that is 1 in float32 beyond ±7.9.
    """
    most, least = spread(np.float32(7.90531110763549805)), spread(np.float32(-7.90531110763549805))
    x = select(greater(x, most), most, x)
    x = select(greater(least, x), least, x)
    square = mul(x, x)
    p = spread(np.float32(-2.76076847742355e-16))
    p = fma(p, square, spread(np.float32(2.00018790482477e-13)))
    p = fma(p, square, spread(np.float32(-8.60467152213735e-11)))
    p = fma(p, square, spread(np.float32(5.12229709037114e-08)))
    p = fma(p, square, spread(np.float32(1.48572235717979e-05)))
    p = fma(p, square, spread(np.float32(6.37261928875436e-04)))
    p = fma(p, square, spread(np.float32(4.89352455891786e-03)))
    q = spread(np.float32(1.19825839466702e-06))
    q = fma(q, square, spread(np.float32(1.18534705686654e-04)))
    q = fma(q, square, spread(np.float32(2.26843463243900e-03)))
    q = fma(q, square, spread(np.float32(4.89352518554385e-03)))
    return div(mul(x, p), q)


@kernel
def sigmoid(x: Any) -> Any:
    """Return (1 + tanh(x/2))/2."""
    half = spread(np.float32(0.5))
    return fma(half, tanh(mul(half, x)), half)
