"""Two iterations of TV-L1 at once: flow, then dual variables, and both again, in one pass over the rows.

A program (one warp) takes a strip of 32 columns and walks down a band of rows: the first iteration's flow of a row,
its dual variables of the row above, which need that flow, then the second iteration's flow of that row, and its dual
variables of one row higher up. With row y, these are of rows y, y - 1, y - 1 and y - 2; row y + 1 is read meanwhile, so
that no row waits for memory. What the next row needs stays in registers; what a column needs of its neighbours comes
from the neighbouring lanes. Every field is read once and written to its other side, so that no program waits for
another; around its own columns and rows a program computes the first iteration of its neighbours, too.

Where a pair has to stop after one iteration, that one is stored.

The walk has no branches, so that its long chains of operations overlap. If a last bit may be wrong for that, which is
rare, the program walks once more, with exact divisions and lengths.
"""

import triton
import triton.language as tl

from twostream.flow.kernels.division import has_doubtful_inverse, inverse, is_doubtful, negative, quotient
from twostream.flow.kernels.length import bounds, rounds_up
from twostream.flow.kernels.states import (
    DUAL_SIDE,
    FLOW_SIDE,
    HEIGHT,
    ITERATING,
    LEVEL,
    PHASE,
    PITCH,
    SIZE,
    STATE,
    WIDTH,
    field,
    goes_twice,
)

LANES = tl.constexpr(32)
USEFUL = tl.constexpr(29)
"""Columns of a strip, and how many of them it improves: all but the first one and the last two."""

FLAT = tl.constexpr(2.0**-23)
"""A squared gradient up to this gives no direction."""


@triton.jit(do_not_specialize=["slots", "inner_iterations", "rows"])
def iterate(flow, dual, linear, changes, states, sizes, slots, plane, inner_iterations, rows, reach, theta, step):
    """Improve the flow of each iterating slot, twice or once; write the `changes` of both iterations."""
    part, slot, parts = tl.program_id(0), tl.program_id(1), tl.num_programs(0)
    state = states + slot * STATE
    if tl.load(state + PHASE) == ITERATING:
        size = sizes + tl.load(state + LEVEL) * SIZE
        strips = tl.cdiv(tl.load(size + WIDTH), USEFUL)
        strip, top = part % strips, (part // strips) * rows
        if top < tl.load(size + HEIGHT):
            u_side, p_side = tl.load(state + FLOW_SIDE), tl.load(state + DUAL_SIDE)
            old = field(flow, u_side * slots + slot, 2, plane), field(dual, p_side * slots + slot, 4, plane)
            old = old[0], old[1], field(linear, slot, 3, plane)
            u_side, p_side = 1 - u_side, 1 - p_side
            new = field(flow, u_side * slots + slot, 2, plane), field(dual, p_side * slots + slot, 4, plane)
            band, twice = (strip, top, top + rows), goes_twice(state, inner_iterations)
            once, again, doubtful = _walk_down(old, new, size, plane, band, twice, (reach, theta, step), False)
            if doubtful:
                once, again, doubtful = _walk_down(old, new, size, plane, band, twice, (reach, theta, step), True)
            tl.store(changes + slot * 2 * parts + part, once)
            tl.store(changes + slot * 2 * parts + parts + part, again)


@triton.jit
def _walk_down(old, new, size, plane, band, twice, weights, EXACT: tl.constexpr):
    """Improve a band of rows of a strip; return the squared change of either iteration, and if a bit is in doubt."""
    width, height, pitch = tl.load(size + WIDTH), tl.load(size + HEIGHT), tl.load(size + PITCH)
    lane, top, end = tl.arange(0, LANES), band[1], tl.minimum(band[2], height)
    x = band[0] * USEFUL - 1 + lane
    in_row, has_right, at = (x >= 0) & (x < width), x + 1 < width, (top - 1) * pitch + x
    mine, zero = in_row & (lane > 0) & (lane <= USEFUL), tl.zeros([LANES], tl.float32)
    above = _load(old[1] + plane, at - pitch, 2 * plane, in_row & (top > 1))
    flow, dual, left, slope = _read(old, at, plane, x, in_row & (top > 0))
    first, _, doubtful = _move(flow, dual, left, above, slope, x, weights, EXACT)
    second, first_dual, once, again = (zero, zero), (zero, zero, zero, zero), zero, zero
    ahead = _read(old, at + pitch, plane, x, in_row & (top < height))
    for y in range(top, end + 2):
        at += pitch
        flow, dual_below, left, slope_below = ahead
        ahead = _read(old, at + pitch, plane, x, in_row & (y + 1 < height) & (y <= end))
        below, change, unsure = _move(flow, dual_below, left, (dual[1], dual[3]), slope_below, x, weights, EXACT)
        # The row above the first one has no flow: its dual variables have to stay 0.
        pulled, unsurer = _pull_both(first, below, dual, has_right, (y > 0) & (y < height), weights[2], EXACT)
        once, doubtful = once + tl.where(mine & (y < end), change, 0.0), doubtful | unsure | unsurer
        left, above = (_of_left(pulled[0]), _of_left(pulled[2])), (first_dual[1], first_dual[3])
        second_below, change, unsure = _move(first, pulled, left, above, slope, x, weights, EXACT)
        last, unsurer = _pull_both(second, second_below, first_dual, has_right, y <= height, weights[2], EXACT)
        again, doubtful = again + tl.where(mine & (y > top) & (y <= end), change, 0.0), doubtful | unsure | unsurer
        _store(new, at, pitch, plane, mine, twice, y, top, end, (below, pulled), (second_below, last))
        first, dual, slope, first_dual, second = below, dual_below, slope_below, pulled, second_below
    return tl.sum(once, 0), tl.sum(again, 0), tl.max(doubtful.to(tl.int32), 0) > 0


@triton.jit
def _read(old, at, plane, x, inside):
    """Return of a row the flow, the dual variables, those along x of the column before, and the linear residual."""
    u_x, u_y = _load(old[1], at, plane, inside)
    v_x, v_y = _load(old[1] + 2 * plane, at, plane, inside)
    along, across = _load(old[2], at, plane, inside)
    constant = tl.load(old[2] + 2 * plane + at, inside, 0.0)
    left = _load(old[1], at - 1, 2 * plane, inside & (x > 0))
    return _load(old[0], at, plane, inside), (u_x, u_y, v_x, v_y), left, (along, across, constant)


@triton.jit
def _move(flow, dual, left, above, slope, x, weights, EXACT: tl.constexpr):
    """Return the flow, moved towards a smaller residual and along the divergence of the dual variables.

    Beside it are its squared change, and where a bit is in doubt. OpenCV sums the divergence of the first column in
    another order.
    """
    u, v = flow
    u_x, u_y, v_x, v_y = dual
    u_pull = weights[1] * tl.where(x == 0, u_x + u_y - above[0], (u_x - left[0]) + (u_y - above[0]))
    v_pull = weights[1] * tl.where(x == 0, v_x + v_y - above[1], (v_x - left[1]) + (v_y - above[1]))
    along, across, constant = slope
    excess = constant + (along * u + across * v)
    times, doubtful = _steps(excess, along * along + across * across, weights[0], EXACT)
    u_next, v_next = (u + times * along) + u_pull, (v + times * across) + v_pull
    return (u_next, v_next), squared_change(u, v, u_next, v_next), doubtful


@triton.jit
def _steps(excess, square, reach, EXACT: tl.constexpr):
    """Return how many gradients to move against the residual, `reach` at most, and where a bit is in doubt.

    `square` is the squared length of a gradient.
    """
    limit, sloping = reach * square, square > FLAT
    square = tl.where(sloping, square, 1.0)
    if EXACT:
        times, doubtful = tl.div_rn(negative(excess), square), excess != excess
    else:
        times = quotient(negative(excess), square, inverse(square))
        doubtful = sloping & (is_doubtful(excess) | has_doubtful_inverse(square))
    times = tl.where(sloping, times, 0.0)
    times = tl.where(excess > limit, negative(reach), times)
    return tl.where(excess < negative(limit), reach, times), doubtful


@triton.jit
def squared_change(u, v, u_next, v_next):
    """Return the squared distance between two flows."""
    du, dv = u_next - u, v_next - v
    return du * du + dv * dv


@triton.jit
def _pull_both(flow, below, dual, has_right, has_below, step, EXACT: tl.constexpr):
    """Return the dual variables of both components, moved along their gradients, and where a bit is in doubt."""
    u_below, v_below = tl.where(has_below, below[0], flow[0]), tl.where(has_below, below[1], flow[1])
    u_x, u_y, unsure = _pull(flow[0], u_below, dual[0], dual[1], has_right, step, EXACT)
    v_x, v_y, unsurer = _pull(flow[1], v_below, dual[2], dual[3], has_right, step, EXACT)
    return (u_x, u_y, v_x, v_y), unsure | unsurer


@triton.jit
def _pull(u, below, u_x, u_y, has_right, step, EXACT: tl.constexpr):
    """Return the dual variables of one component, moved along its gradient, and where a bit is in doubt."""
    du_x, du_y = tl.where(has_right, _of_right(u) - u, 0.0), below - u
    length, longer = bounds(du_x, du_y)
    if EXACT:
        length = tl.where((length != longer) & rounds_up(du_x, du_y, length, longer), longer, length)
    norm, u_x, u_y = 1.0 + step * length, u_x + step * du_x, u_y + step * du_y
    if EXACT:
        u_x, u_y, doubtful = tl.div_rn(u_x, norm), tl.div_rn(u_y, norm), norm != norm
    else:
        inverted = inverse(norm)
        doubtful = (length != longer) | has_doubtful_inverse(norm)
        doubtful |= (is_doubtful(u_x) | is_doubtful(u_y)) & (norm != 1.0)
        u_x, u_y = quotient(u_x, norm, inverted), quotient(u_y, norm, inverted)
    return u_x, u_y, doubtful


@triton.jit
def _of_right(numbers):
    """Return what the next lane has; the last one keeps its own."""
    return tl.gather(numbers, tl.minimum(tl.arange(0, LANES) + 1, LANES - 1), 0)


@triton.jit
def _of_left(numbers):
    """Return what the lane before has; the first one keeps its own."""
    return tl.gather(numbers, tl.maximum(tl.arange(0, LANES) - 1, 0), 0)


@triton.jit
def _load(base, at, plane, mask):
    """Return two fields, `plane` apart; zero outside."""
    return tl.load(base + at, mask, 0.0), tl.load(base + plane + at, mask, 0.0)


@triton.jit
def _store(new, at, pitch, plane, mine, twice, y, top, end, once, again):
    """Write the rows that are complete once row y, whose pixels are `at`, is read: after `once` or after `again`."""
    y, at = y - twice, at - twice * pitch
    for i in tl.static_range(2):
        tl.store(new[0] + i * plane + at, _choose(twice, again[0][i], once[0][i]), mine & (y >= top) & (y < end))
    y, at = y - 1, at - pitch
    for i in tl.static_range(4):
        tl.store(new[1] + i * plane + at, _choose(twice, again[1][i], once[1][i]), mine & (y >= top) & (y < end))


@triton.jit
def _choose(twice, again, once):
    return tl.where(twice != 0, again, once)
