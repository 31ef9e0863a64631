"""Division that rounds as the processor's does, without a branch.

The compiler's own exact division asks, each time, whether its operands are in a range that it is safe for, and the
scheduler cannot move work across that question. Here the answer is collected: where a quotient may be wrong, it is
`doubtful`, and the whole block is computed once more with the compiler's division.
"""

import triton
import triton.language as tl

TINY = tl.constexpr(2.0**-80)
"""Under this, what is left of a dividend of up to 2^20 may be too small for single precision to hold it."""

ALL_ONES = tl.constexpr(2**23 - 1)
"""The fraction of the one divisor, times a power of two, whose inverse the steps below leave one bit too small."""


@triton.jit
def negative(number):
    """Return -number, which costs nothing; Triton makes a subtraction from 0 of the sign."""
    return number * -1.0


@triton.jit
def inverse(divisor):
    """Return 1 / divisor, rounded to the nearest, for divisors between 2^-30 and 2^30 (Markstein 1990)."""
    root = tl.rsqrt(divisor)
    estimate = root * root
    estimate = tl.fma(estimate, tl.fma(negative(divisor), estimate, 1.0), estimate)
    return tl.fma(estimate, tl.fma(negative(divisor), estimate, 1.0), estimate)


@triton.jit
def quotient(dividend, divisor, inverted):
    """Return dividend / divisor, rounded to the nearest, from the inverse of the divisor."""
    estimate = dividend * inverted
    estimate = tl.fma(tl.fma(negative(divisor), estimate, dividend), inverted, estimate)
    return tl.fma(tl.fma(negative(divisor), estimate, dividend), inverted, estimate)


@triton.jit
def is_doubtful(dividend):
    """Return whether a quotient may be wrong because it is small."""
    return (tl.abs(dividend) < TINY) & (dividend != 0.0)


@triton.jit
def has_doubtful_inverse(divisor):
    """Return whether `inverse` may be wrong."""
    return (divisor.to(tl.int32, bitcast=True) & ALL_ONES) == ALL_ONES
