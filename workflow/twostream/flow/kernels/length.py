"""The length of a vector, with the bits that the C library gives, from single precision.

The C library takes `sqrt(x * x + y * y)` in double precision and rounds to single. On most graphics cards double
precision is 32 to 64 times slower. So here the sum is a pair of numbers in single precision, exact to some 2^-45, and a
Newton step from the card's own root gives the length as exactly. That decides the rounding unless the length lies
within 2^-41 of the middle of two numbers: there integers decide, without any error.
"""

import triton
import triton.language as tl

from twostream.flow.kernels.division import negative

SLACK = tl.constexpr(2.0**-41)
"""A share of the unrounded length that is more than its largest error."""

LEAST = tl.constexpr(2.0**-90)
"""A squared length under this counts as 0 or nearly so: its length moves 1 + step * length by nothing."""

BELOW_ROOT_2 = tl.constexpr(11863282)
"""The largest whole number under the root of 2, times 2^23."""

TIE_BELOW, TIE_ABOVE = tl.constexpr(3 * 2**21 - 1), tl.constexpr(2**22)
"""How far the squared length may lie from a middle squared for double precision to take it for that middle.

In units of 2^-74, for middles under and over the root of 2: one and a half (and less), or a half, of the last bit.
"""


@triton.jit
def bounds(x, y):
    """Return the length of (x, y), less SLACK and plus SLACK, each rounded: they are nearly always the same number.

    That holds for lengths over 2^-40; of shorter vectors a length comes out that is as small as that, too.
    """
    longer, shorter = tl.maximum(tl.abs(x), tl.abs(y)), tl.minimum(tl.abs(x), tl.abs(y))
    square = longer * longer
    total = tl.fma(shorter, shorter, square)
    # The difference is exact, since the total is at most twice the square.
    rest = tl.fma(shorter, shorter, square - total) + tl.fma(longer, longer, negative(square))
    inverse = tl.rsqrt(tl.maximum(total, LEAST))
    root = total * inverse
    correction = (tl.fma(negative(root), root, total) + rest) * (0.5 * inverse)
    slack = root * SLACK
    return root + (correction - slack), root + (correction + slack)


@triton.jit
def rounds_up(x, y, low, high):
    """Return whether the length rounds to `high` and not to `low`, the number before it.

    The root in double precision is the middle of the two if the rounded sum is near enough to the square of the middle;
    then the even one of the two is taken. All is in units of the last bit of `low`, squares times 2^28, modulo 2^64.
    """
    per_unit = tl.div_rn(1.0, high - low)
    x_units = (tl.abs(x) * per_unit * 16384.0).to(tl.int64)
    y_units = (tl.abs(y) * per_unit * 16384.0).to(tl.int64)
    low_units = (low * per_unit).to(tl.int64)
    middle = 2 * low_units + 1
    excess = x_units * x_units + y_units * y_units - middle * middle * 67108864
    tie = tl.abs(excess) <= tl.where(low_units <= BELOW_ROOT_2, TIE_BELOW, TIE_ABOVE)
    return tl.where(tie, (low_units & 1) == 1, excess > 0)
