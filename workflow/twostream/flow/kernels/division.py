"""Division that rounds as the processor's does, without a branch.

The compiler's own exact division branches each time on whether its operands are in a safe range, and the scheduler
cannot move work across a branch. Here the answers are collected: if a quotient may be wrong, it is `doubtful`, and the
whole block is computed once more with the compiler's division.
"""

import triton
import triton.language as tl

TINY = tl.constexpr(2.0**-80)
"""The remainder of a smaller dividend may be too small for single precision to hold."""

ALL_ONES = tl.constexpr(2**23 - 1)
"""The fraction of those divisors whose inverse the steps below leave one bit too small; no other fraction has that."""


@triton.jit
def negative(number):
    """Return -number by a product, which costs nothing; of the sign Triton makes a subtraction from 0."""
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
