"""Pointers, and vectors of float32 and int32, in Numba code.

LLVM's compiler vectorises loops that it can prove to be safe and long; the engine's are neither,
so kernels say which values they mean: eight, or as many as a register holds. A processor with
narrower registers takes several. Vectors have the arithmetic operators; a scalar operand stands for
a vector of it. Where the JIT is disabled the same names work on NumPy arrays, and check bounds.
"""

import operator
from typing import Any

import llvmlite.binding
import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin, models, register_model

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
    switch = builder.switch(value, done)
    for number, emit in cases.items():
        block = builder.append_basic_block(f"case{number}")
        switch.add_case(I64(number), block)
        builder.position_at_end(block)
        emit()
        builder.branch(done)
    builder.position_at_end(done)


@intrinsic
def _native_address(_: Any, array: Any, index: Any) -> Any:
    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        return builder.gep(data, [args[1]])

    return types.CPointer(array.dtype)(array, types.intp), emit


@intrinsic
def _native_at(_: Any, pointer: Any, offset: Any) -> Any:
    return pointer(pointer, types.intp), lambda _c, b, _s, args: b.gep(args[0], [args[1]])


def _load(count: int) -> Any:
    @intrinsic
    def load(_: Any, pointer: Any, index: Any) -> Any:
        def emit(_c: Any, builder: Any, _s: Any, args: Any) -> Any:
            return emit_load(builder, builder.gep(args[0], [args[1]]), 0, count)

        lowered = F32 if pointer.dtype == types.float32 else I32
        return _Vector(lowered, count)(pointer, types.intp), emit

    return load


@intrinsic
def _native_store(_: Any, pointer: Any, index: Any, value: Any) -> Any:
    def emit(context: Any, builder: Any, _s: Any, args: Any) -> Any:
        emit_store(builder, builder.gep(args[0], [args[1]]), 0, args[2])
        return context.get_dummy_value()

    return types.void(pointer, types.intp, value), emit


def _spread(element: ir.Type, scalar: Any) -> Any:
    @intrinsic
    def spread(_: Any, value: Any) -> Any:
        return _Vector(element, WIDTH)(scalar), lambda _c, b, _s, args: splat(b, args[0], WIDTH)

    return spread


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


def _comparison(write: Any) -> Any:
    @intrinsic
    def compare(_: Any, a: Any, b: Any) -> Any:
        like = _like((a, b))

        def emit(_c: Any, builder: Any, sig: Any, args: Any) -> Any:
            return write(builder, *_vectors(builder, sig.args, args, like.count))

        return _Vector(ir.IntType(1), like.count)(a, b), emit

    return compare


@intrinsic
def _native_select(_: Any, mask: Any, x: Any, y: Any) -> Any:
    like = _Vector(_like((x, y)).lowered.element, mask.count) if _any(x, y) else None
    result = like or _Vector(F32 if x == types.float32 else I32, mask.count)

    def emit(_c: Any, builder: Any, sig: Any, args: Any) -> Any:
        ways = _vectors(builder, sig.args[1:], args[1:], mask.count)
        return builder.select(args[0], *ways)

    return result(mask, x, y), emit


@intrinsic
def _native_exp(_: Any, x: Any) -> Any:
    """Return e^x of a vector, to 2 units in the last place; 0 below −87.

    e^x = 2^n·e^r with n the whole number next to x/ln 2, and a polynomial for e^r.
    """

    def emit(_c: Any, b: Any, _s: Any, args: Any) -> Any:
        def many(value: float) -> Any:
            return kind([float(np.float32(value))] * x.count)

        kind, ints = x.lowered, ir.VectorType(I32, x.count)
        least = b.select(b.fcmp_ordered("<", args[0], many(-87)), many(-87), args[0])
        bounded = b.select(b.fcmp_ordered(">", least, many(88)), many(88), least)
        whole = ir.FunctionType(kind, [kind])
        name = f"llvm.rint.v{x.count}f32"
        rint = cgutils.get_or_insert_function(b.module, whole, name)
        n = b.call(rint, [b.fmul(bounded, many(1.4426950408889634))])
        r = emit_fma(b, n, many(-0.693359375), bounded)
        r = emit_fma(b, n, many(2.12194440e-4), r)
        power = many(1 / 5040)
        for factor in (1 / 720, 1 / 120, 1 / 24, 1 / 6, 1 / 2, 1, 1):
            power = emit_fma(b, power, r, many(factor))
        exponent = b.add(b.fptosi(n, ints), ints([127] * x.count))
        scale = b.bitcast(b.shl(exponent, ints([23] * x.count)), kind)
        found = b.fmul(power, scale)
        low = b.fcmp_ordered("<", args[0], many(-87))
        return b.select(low, many(0), found)

    return x(x), emit


def _any(*operands: Any) -> bool:
    return any(isinstance(operand, _Vector) for operand in operands)


class _Checked:
    """A pointer where the JIT is disabled: an array from some place on, with bounds."""

    def __init__(self, array: Any, start: int) -> None:
        if not 0 <= start <= len(array):
            raise IndexError(start)
        self.array, self.start = array, int(start)

    def __getitem__(self, index: int) -> Any:
        return self.array[self.place(index, 1)]

    def __setitem__(self, index: int, value: Any) -> None:
        self.array[self.place(index, 1)] = value

    def place(self, index: int, count: int) -> int:
        """Return where `count` values from `index` on lie in the array."""
        place = self.start + int(index)
        if not 0 <= place <= len(self.array) - count:
            raise IndexError(place)
        return place


if JIT:
    address, at = _native_address, _native_at
    load, load_wide, store = _load(WIDTH), _load(WIDE), _native_store
    spread, spread_int = _spread(F32, types.float32), _spread(I32, types.int32)
    greater = _comparison(lambda b, x, y: b.fcmp_ordered(">", x, y))
    same = _comparison(lambda b, x, y: b.icmp_signed("==", x, y))
    select, exp = _native_select, _native_exp
    _operator(operator.add, lambda b, x, y: b.fadd(x, y))
    _operator(operator.sub, lambda b, x, y: b.fsub(x, y))
    _operator(operator.mul, lambda b, x, y: b.fmul(x, y))
    _operator(operator.truediv, lambda b, x, y: b.fdiv(x, y))
else:

    def address(array: Any, index: int) -> Any:
        """Return a pointer to array[index]."""
        return _Checked(array, index)

    def at(pointer: Any, offset: int) -> Any:
        """Return the pointer moved by `offset` elements."""
        return _Checked(pointer.array, pointer.start + offset)

    def load(pointer: Any, index: int, count: int = WIDTH) -> Any:
        """Return pointer[index : index + count]."""
        place = pointer.place(index, count)
        return pointer.array[place : place + count].copy()

    def load_wide(pointer: Any, index: int) -> Any:
        """Return pointer[index : index + WIDE]."""
        return load(pointer, index, WIDE)

    def store(pointer: Any, index: int, value: Any) -> None:
        """Set pointer[index : index + len(value)]."""
        place = pointer.place(index, len(value))
        pointer.array[place : place + len(value)] = value

    def spread(x: Any) -> Any:
        """Return 8 times x."""
        return np.full(WIDTH, x, np.float32)

    def spread_int(x: Any) -> Any:
        """Return 8 times x."""
        return np.full(WIDTH, x, np.int32)

    greater, same, select, exp = np.greater, np.equal, np.where, np.exp


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
