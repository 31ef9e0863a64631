"""Kernels that show what functions of the flow kernels return."""

from typing import Any

import torch
import triton
import triton.language as tl

from twostream.flow.kernels.division import has_doubtful_inverse, inverse, is_doubtful, quotient
from twostream.flow.kernels.length import bounds, rounds_up
from twostream.flow.kernels.settling import add_block


def run(kernel: Any, *arguments: Any) -> None:
    """Run a kernel on arrays, in one program."""
    tensors = [torch.from_numpy(a) if hasattr(a, "dtype") else a for a in arguments]
    kernel[(1,)](*tensors, 64 if kernel is total else arguments[0].size)


@triton.jit
def lengths(x, y, low, high, exact, SIZE: tl.constexpr):
    """Write the bounds of lengths, and which the exact ones are."""
    at = tl.arange(0, SIZE)
    x, y = tl.load(x + at), tl.load(y + at)
    shorter, longer = bounds(x, y)
    tl.store(low + at, shorter)
    tl.store(high + at, longer)
    tl.store(exact + at, tl.where((shorter != longer) & rounds_up(x, y, shorter, longer), longer, shorter))


@triton.jit
def quotients(dividend, divisor, result, doubtful, SIZE: tl.constexpr):
    """Write quotients, and which are in doubt."""
    at = tl.arange(0, SIZE)
    dividend, divisor = tl.load(dividend + at), tl.load(divisor + at)
    tl.store(result + at, quotient(dividend, divisor, inverse(divisor)))
    tl.store(doubtful + at, (is_doubtful(dividend) | has_doubtful_inverse(divisor)).to(tl.float32))


@triton.jit
def total(numbers, result, count, SIZE: tl.constexpr):
    """Write the sum of numbers, one by one."""
    sum_so_far, start = tl.full((), 0.0, tl.float32), 0
    while start < count:
        at = start + tl.arange(0, SIZE)
        sum_so_far, added = add_block(sum_so_far, tl.load(numbers + at, at < count, 0.0), SIZE)
        start += added
    tl.store(result, sum_so_far)
