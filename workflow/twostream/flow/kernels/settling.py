"""When a pair's flow has settled, and what the pair does next.

OpenCV adds the squared change in single precision, pixel after pixel. Another order gives nearly the same sum. Where
that is so near to the threshold that rounding decides, `recount` computes the sum in OpenCV's order, in parallel.
"""

import triton
import triton.language as tl

from twostream.flow.kernels.iteration import squared_change
from twostream.flow.kernels.states import (
    ALONE,
    DONE,
    DOUBTFUL,
    DUAL_SIDE,
    EMPTY,
    FILTERING,
    FLOW_SIDE,
    HEIGHT,
    INNER,
    ITERATING,
    LEVEL,
    LOADING,
    NEW_LEVEL,
    NEW_WARP,
    OUTER,
    PARTS,
    PHASE,
    PITCH,
    SIZE,
    STATE,
    WARP,
    WIDTH,
    field,
    goes_twice,
)

ROUNDING = tl.constexpr(2.0**-24)
"""How far the sum of n numbers may be off in single precision: n times this share of it."""

OTHER_ORDER = tl.constexpr(64)
"""How far the sum in another order may be off, in the same unit."""

FULL = tl.constexpr(2**24)
"""A number in single precision, in units of its last bit, is less than that."""


WANTED, NONE, SETTLED, UNSETTLED = tl.constexpr(-1), tl.constexpr(0), tl.constexpr(1), tl.constexpr(2)
"""Verdicts on slots in doubt: a recount is wanted; there is none; the flow has settled, or not."""


@triton.jit(do_not_specialize=["parts", "warps", "outer_iterations", "inner_iterations"])
def judge(changes, states, sizes, settled, parts, warps, outer_iterations, inner_iterations, BLOCK: tl.constexpr):
    """Sum the squared changes of the last one or two iterations of each slot, and choose the slot's next phase.

    If the first of two iterations settles the flow, or either is in doubt, both are discarded: they are done again from
    the side that they read, one by one.
    """
    slot = tl.program_id(0)
    state = states + slot * STATE
    if tl.load(state + PHASE) == ITERATING:
        level = tl.load(state + LEVEL)
        size, threshold = sizes + level * SIZE, tl.load(settled + level)
        settles, unsure = _has_settled(changes + slot * 2 * parts, size, threshold, BLOCK)
        settles_then, unsure_then = _has_settled(changes + (slot * 2 + 1) * parts, size, threshold, BLOCK)
        twice = goes_twice(state, inner_iterations)
        if (twice != 0) & (settles | unsure | unsure_then):
            tl.store(state + ALONE, tl.where(settles | unsure, 1, 2))
        else:
            tl.store(state + FLOW_SIDE, 1 - tl.load(state + FLOW_SIDE))
            tl.store(state + DUAL_SIDE, 1 - tl.load(state + DUAL_SIDE))
            if twice != 0:
                _go_on(state, 2, settles_then, warps, outer_iterations, inner_iterations)
            else:
                tl.store(state + ALONE, tl.maximum(tl.load(state + ALONE) - 1, 0))
                if unsure:
                    tl.store(state + PHASE, DOUBTFUL)
                else:
                    _go_on(state, 1, settles, warps, outer_iterations, inner_iterations)


@triton.jit
def _has_settled(changes, size, threshold, BLOCK: tl.constexpr):
    """Return whether the sum of `changes` is not above the threshold, and whether that may depend on the order."""
    count, change = tl.load(size + PARTS), threshold * 0.0
    for start in range(0, count, BLOCK):
        part = start + tl.arange(0, BLOCK)
        change += tl.sum(tl.load(changes + part, part < count, 0.0), 0)
    pixels = (tl.load(size + WIDTH) * tl.load(size + HEIGHT) + OTHER_ORDER).to(tl.float32)
    return change <= threshold, tl.abs(change - threshold) < pixels * ROUNDING * change


@triton.jit
def _go_on(state, count, has_settled, warps, outer_iterations, inner_iterations):
    """Count iterations, and go on to the phase that follows: an iteration, a filter, a warp, a level or the end."""
    inner = tl.load(state + INNER) + count
    outer = tl.load(state + OUTER) + (inner == inner_iterations).to(tl.int32)
    warp, level = tl.load(state + WARP), tl.load(state + LEVEL)
    phase = tl.where(inner == inner_iterations, FILTERING, ITERATING)
    inner = tl.where(inner == inner_iterations, 0, inner)
    if has_settled | (outer == outer_iterations):
        inner, outer, warp, phase = inner * 0, outer * 0, warp + 1, phase * 0 + NEW_WARP
        if warp == warps:
            warp, phase = warp * 0, tl.where(level == 0, DONE, NEW_LEVEL)
            level = tl.maximum(level - 1, 0)
    tl.store(state + INNER, inner)
    tl.store(state + OUTER, outer)
    tl.store(state + WARP, warp)
    tl.store(state + LEVEL, level)
    tl.store(state + PHASE, phase)


@triton.jit(do_not_specialize=["levels", "warps", "outer_iterations", "inner_iterations"])
def resume(states, orders, verdicts, levels, warps, outer_iterations, inner_iterations):
    """Begin with the pairs in the slots that `orders` names, and let slots in doubt go on by their verdict."""
    slot = tl.program_id(0)
    state = states + slot * STATE
    if tl.load(orders + slot) != 0:
        tl.store(orders + slot, 0)
        for column in tl.static_range(STATE):
            tl.store(state + column, 0)
        tl.store(state + LEVEL, levels - 1)
        tl.store(state + PHASE, LOADING)
    verdict = tl.load(verdicts + slot)
    if verdict > NONE:
        tl.store(verdicts + slot, NONE)
        _go_on(state, 1, verdict == SETTLED, warps, outer_iterations, inner_iterations)


@triton.jit
def prepare(states, verdicts, FILTERED: tl.constexpr):
    """Let each slot whose image, warp and median are ready iterate, and ask for a recount of each slot in doubt."""
    state = states + tl.program_id(0) * STATE
    phase, flow_side = tl.load(state + PHASE), tl.load(state + FLOW_SIDE)
    if (phase > EMPTY) & (phase < ITERATING):
        if phase <= NEW_LEVEL:
            flow_side = 1 - flow_side
        if FILTERED:
            flow_side = 1 - flow_side
        tl.store(state + FLOW_SIDE, flow_side)
        tl.store(state + PHASE, ITERATING)
    if phase == DOUBTFUL:
        tl.store(verdicts + tl.program_id(0), WANTED)


@triton.jit(do_not_specialize=["slots"])
def recount(flow, states, sizes, settled, verdicts, slots, plane, BLOCK: tl.constexpr):
    """Write the verdict on each slot for which one is wanted. Other slots may iterate meanwhile."""
    slot = tl.program_id(0)
    state = states + slot * STATE
    if tl.load(verdicts + slot) == WANTED:
        level, flow_side = tl.load(state + LEVEL), tl.load(state + FLOW_SIDE)
        new = field(flow, flow_side * slots + slot, 2, plane)
        old = field(flow, (1 - flow_side) * slots + slot, 2, plane)
        total = _sum_one_by_one(old, new, sizes + level * SIZE, plane, BLOCK)
        tl.store(verdicts + slot, tl.where(total <= tl.load(settled + level), SETTLED, UNSETTLED))


@triton.jit
def _sum_one_by_one(old, new, size, plane, BLOCK: tl.constexpr):
    """Return the squared change as OpenCV sums it, in single precision, pixel after pixel.

    While the sum stays below a power of two, the unit of its last bit stays the same, and each number is added as a
    whole number of these units, rounded. A sum of whole numbers may be taken in any order. The number that carries the
    sum past the power of two is added by itself, and the next block begins behind it.
    """
    width, pitch = tl.load(size + WIDTH), tl.load(size + PITCH)
    pixels = width * tl.load(size + HEIGHT)
    total, start = tl.full((), 0.0, tl.float32), 0
    while start < pixels:
        pixel = start + tl.arange(0, BLOCK)
        at, inside = (pixel // width) * pitch + pixel % width, pixel < pixels
        u, v = tl.load(old + at, inside, 0.0), tl.load(old + plane + at, inside, 0.0)
        u_next, v_next = tl.load(new + at, inside, 0.0), tl.load(new + plane + at, inside, 0.0)
        total, added = add_block(total, squared_change(u, v, u_next, v_next), BLOCK)
        start += added
    return total


@triton.jit
def add_block(total, numbers, BLOCK: tl.constexpr):
    """Add the first of `numbers` to `total` as if one by one; return the sum, and how many were added."""
    exponent = tl.maximum(total.to(tl.int32, bitcast=True) >> 23, 1)
    half, rest = (150 - exponent) >> 1, (150 - exponent) - ((150 - exponent) >> 1)
    bits = numbers * _power(half) * _power(rest)
    even, odd = _rounded(tl.minimum(bits, 2.0 * FULL), 0), _rounded(tl.minimum(bits, 2.0 * FULL), 1)
    before = (total * _power(half) * _power(rest)).to(tl.int32)
    even, odd = tl.associative_scan((even, odd), 0, _after)
    sums = before + tl.where((before & 1) == 0, even, odd)
    index = tl.arange(0, BLOCK)
    crossing = tl.min(tl.where(sums >= FULL, index, BLOCK), 0)
    reached = tl.max(tl.where(index < crossing, sums, before), 0)
    total = reached.to(tl.float32) * _power(-half) * _power(-rest)
    total += tl.sum(tl.where(index == crossing, numbers, 0.0), 0)
    return total, tl.minimum(crossing + 1, BLOCK)


@triton.jit
def _power(exponent):
    """Return 2 to the power of a whole number between -126 and 127."""
    return ((exponent + 127) << 23).to(tl.float32, bitcast=True)


@triton.jit
def _rounded(bits, parity):
    """Return `bits` as a whole number of units, rounded so that halves make the sum even.

    `parity` is 0 if the sum is even so far, 1 if it is odd.
    """
    down = tl.floor(bits)
    whole = down.to(tl.int64)
    fraction = bits - down
    up = (fraction > 0.5) | ((fraction == 0.5) & (((whole + parity) & 1) == 1))
    return whole + up.to(tl.int64)


@triton.jit
def _after(even, odd, next_even, next_odd):
    """Return the units that two runs of numbers add together, one after the other, to an even and to an odd sum."""
    return even + tl.where((even & 1) == 0, next_even, next_odd), odd + tl.where((odd & 1) == 0, next_odd, next_even)
