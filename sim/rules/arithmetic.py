"""exp, log, their primitives and a bit count, identical in Python, in compiled code and on every
CPU.

The exp and log of the C library differ between CPU types. These consist of ``+ - * /`` and
:func:`pow2` / :func:`exponent` only, so IEEE 754 fixes every bit. Accuracy: relative error below
5e-16 (tested against 40-digit decimals in ``tests/rules``).
"""

from __future__ import annotations

import math

import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload, register_jitable

from sim.draws import u64

rule = register_jitable
"""Decorator of a behavioural rule: plain when called from Python, compiled in a kernel."""

LN2_HIGH = 0.693147180369123816490
LN2_LOW = 1.90821492927058770002e-10
INVERSE_LN2 = 1.44269504088896338700
SQRT_HALF = 0.70710678118654752440
SQRT_HALF_BITS = 0x3FE6A09E667F3BCD


@intrinsic
def _float_from_bits(typingctx, bits):
    def codegen(context, builder, signature, args):
        return builder.bitcast(args[0], cgutils.ir.DoubleType())

    return types.float64(types.int64), codegen


@intrinsic
def _bits_from_float(typingctx, value):
    def codegen(context, builder, signature, args):
        return builder.bitcast(args[0], cgutils.ir.IntType(64))

    return types.int64(types.float64), codegen


def pow2(n: int) -> float:
    """2**n for -1022 <= n <= 1023 (compiled: a view of the exponent's bits)."""
    return math.ldexp(1.0, n)


@overload(pow2)
def _pow2_compiled(n):
    return lambda n: _float_from_bits((np.int64(n) + np.int64(1023)) << np.int64(52))


def exponent(x: float) -> int:
    """The n with sqrt(1/2) <= x / 2**n < sqrt(2), for normal positive x (compiled: by bits)."""
    m, n = math.frexp(x)
    return n - 1 if m < SQRT_HALF else n


@overload(exponent)
def _exponent_compiled(x):
    return lambda x: (_bits_from_float(x) - np.int64(SQRT_HALF_BITS)) >> np.int64(52)


@rule
def root(x: float) -> float:
    """Square root, which IEEE 754 rounds correctly everywhere."""
    return math.sqrt(x)


@rule
def exp(x: float) -> float:
    """e**x. Arguments are clipped to -700..700, where the result is a normal number."""
    x = min(max(x, -700.0), 700.0)
    n = int(x * INVERSE_LN2 + 1024.5) - 1024  # nearest integer, for any sign
    k = float(n)
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    # Taylor series on |r| <= ln2/2: the first term left out is below 2**-57.
    p = 1.0 / 6227020800.0
    p = p * r + 1.0 / 479001600.0
    p = p * r + 1.0 / 39916800.0
    p = p * r + 1.0 / 3628800.0
    p = p * r + 1.0 / 362880.0
    p = p * r + 1.0 / 40320.0
    p = p * r + 1.0 / 5040.0
    p = p * r + 1.0 / 720.0
    p = p * r + 1.0 / 120.0
    p = p * r + 1.0 / 24.0
    p = p * r + 1.0 / 6.0
    p = p * r + 0.5
    p = p * r + 1.0
    return (p * r + 1.0) * pow2(n)


@rule
def log(x: float) -> float:
    """Natural logarithm of a normal positive number."""
    n = exponent(x)
    k = float(n)
    f = x / pow2(n) - 1.0  # exact
    s = f / (2.0 + f)  # log m = 2 artanh(s), |s| <= 0.1716
    z = s * s
    p = 1.0 / 23.0
    p = p * z + 1.0 / 21.0
    p = p * z + 1.0 / 19.0
    p = p * z + 1.0 / 17.0
    p = p * z + 1.0 / 15.0
    p = p * z + 1.0 / 13.0
    p = p * z + 1.0 / 11.0
    p = p * z + 1.0 / 9.0
    p = p * z + 1.0 / 7.0
    p = p * z + 1.0 / 5.0
    p = p * z + 1.0 / 3.0
    tail = 2.0 * s * z * p
    return k * LN2_HIGH + ((2.0 * s + tail) + k * LN2_LOW)


@rule
def bit_count(bits: int) -> int:
    """Number of set bits among 64, from parallel sums over pairs, fours and eights of bits."""
    bits = u64(bits)
    bits = u64(bits - u64((bits >> u64(1)) & u64(0x5555555555555555)))
    bits = u64((bits & u64(0x3333333333333333)) + u64((bits >> u64(2)) & u64(0x3333333333333333)))
    bits = u64(u64(bits + u64(bits >> u64(4))) & u64(0x0F0F0F0F0F0F0F0F))
    return u64(bits * u64(0x0101010101010101)) >> u64(56)


MOST_SUMMED = 128
"""Values that :func:`numpy_sum` adds up as NumPy does."""


@rule
def numpy_sum(values: np.ndarray, number: int) -> float:
    """Sum of the first ``number`` of a column, to the bit as ``sum()`` of NumPy adds up to
    :data:`MOST_SUMMED` values: eight sums side by side, then these in pairs."""
    total, paired = 0.0, number - number % 8
    if paired:
        a, b, c, d, e, f, g, h = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        for n in range(0, paired, 8):
            a, b, c, d = a + values[n], b + values[n + 1], c + values[n + 2], d + values[n + 3]
            e, f, g, h = e + values[n + 4], f + values[n + 5], g + values[n + 6], h + values[n + 7]
        total = ((a + b) + (c + d)) + ((e + f) + (g + h))
    for n in range(paired, number):
        total += values[n]
    return total
