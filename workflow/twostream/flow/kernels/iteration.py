"""One iteration of TV-L1: flow, then dual variables, in one pass over the rows.

A program (one warp) takes a strip of 32 columns and walks down a band of rows: the flow of a row first, then the dual
variables of the row above, which need it. What the next row needs stays in registers; what a column needs of its right
neighbour comes from the neighbouring lane. Every field is read once, and written to its other side, so that no program
waits for another.

The walk has no branches, so that its long chains of operations overlap. Where that may have cost the last bit, which is
rare, the program walks once more, in another way.
"""

import triton
import triton.language as tl

from twostream.flow.kernels.division import has_doubtful_inverse, inverse, is_doubtful, quotient
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
)

LANES = tl.constexpr(32)
USEFUL = tl.constexpr(31)
"""Columns of a strip, and those of them that it improves: the last one only shows what is right of the one before."""

FLAT = tl.constexpr(2.0**-23)
"""A squared gradient up to this gives no direction."""


@triton.jit(do_not_specialize=["slots"])
def iterate(flow, dual, linear, changes, states, sizes, slots, plane, reach, theta, step, ROWS: tl.constexpr):
    """Improve each iterating slot's flow once; write the squared change that each program sums."""
    part, slot = tl.program_id(0), tl.program_id(1)
    state = states + slot * STATE
    if tl.load(state + PHASE) == ITERATING:
        size = sizes + tl.load(state + LEVEL) * SIZE
        strips = tl.cdiv(tl.load(size + WIDTH), USEFUL)
        strip, top = part % strips, (part // strips) * ROWS
        if top < tl.load(size + HEIGHT):
            u_side, p_side = tl.load(state + FLOW_SIDE), tl.load(state + DUAL_SIDE)
            old = field(flow, u_side * slots + slot, 2, plane), field(dual, p_side * slots + slot, 4, plane)
            u_side, p_side = 1 - u_side, 1 - p_side
            new = field(flow, u_side * slots + slot, 2, plane), field(dual, p_side * slots + slot, 4, plane)
            linear = field(linear, slot, 3, plane)
            weights = reach, theta, step
            changed, doubtful = _walk_down(old, new, linear, size, plane, strip, top, top + ROWS, weights, False)
            if doubtful:
                changed, doubtful = _walk_down(old, new, linear, size, plane, strip, top, top + ROWS, weights, True)
            tl.store(changes + slot * tl.num_programs(0) + part, changed)


@triton.jit
def _walk_down(old, new, linear, size, plane, strip, top, end, weights, EXACT: tl.constexpr):
    """Improve the rows from `top` to `end` of a strip; return their squared change, and whether a bit is in doubt."""
    width, height, pitch = tl.load(size + WIDTH), tl.load(size + HEIGHT), tl.load(size + PITCH)
    lane = tl.arange(0, LANES)
    x = strip * USEFUL + lane
    in_row, mine, at = x < width, (x < width) & (lane < USEFUL), top * pitch + x
    above = tl.load(old[1] + plane + at - pitch, in_row & (top > 0), 0.0)
    above = above, tl.load(old[1] + 3 * plane + at - pitch, in_row & (top > 0), 0.0)
    row, changed, doubtful = _move(old, linear, at, plane, x, in_row, above, weights, EXACT)
    _store(new[0], at, plane, row[0], row[1], mine)
    changed = tl.where(mine, changed, 0.0)
    end = tl.minimum(end, height)
    for y in range(top + 1, end + 1):
        inside, u, v = in_row & (y < height), row[0], row[1]
        below, change, unsure = _move(old, linear, at + pitch, plane, x, inside, (row[3], row[5]), weights, EXACT)
        below_u, below_v = tl.where(y < height, below[0], u), tl.where(y < height, below[1], v)
        u_x, u_y, u_unsure = _pull(u, below_u, row[2], row[3], x + 1 < width, weights[2], EXACT)
        v_x, v_y, v_unsure = _pull(v, below_v, row[4], row[5], x + 1 < width, weights[2], EXACT)
        _store(new[1], at, plane, u_x, u_y, mine)
        _store(new[1] + 2 * plane, at, plane, v_x, v_y, mine)
        at += pitch
        _store(new[0], at, plane, below[0], below[1], mine & (y < end))
        row, changed = below, changed + tl.where(mine & (y < end), change, 0.0)
        doubtful |= unsure | u_unsure | v_unsure
    return tl.sum(changed, 0), tl.max(doubtful.to(tl.int32), 0) > 0


@triton.jit
def _move(old, linear, at, plane, x, inside, above, weights, EXACT: tl.constexpr):
    """Return flow, moved towards a smaller residual and along the divergence of the dual variables, and those.

    Besides, its squared change, and where a bit is in doubt. OpenCV sums the divergence of the first column in another
    order.
    """
    u, v = _load(old[0], at, plane, inside)
    u_x, u_y = _load(old[1], at, plane, inside)
    v_x, v_y = _load(old[1] + 2 * plane, at, plane, inside)
    u_left, v_left = _load(old[1], at - 1, 2 * plane, inside & (x > 0))
    u_pull = weights[1] * tl.where(x == 0, u_x + u_y - above[0], (u_x - u_left) + (u_y - above[0]))
    v_pull = weights[1] * tl.where(x == 0, v_x + v_y - above[1], (v_x - v_left) + (v_y - above[1]))
    along, across = _load(linear, at, plane, inside)
    excess = tl.load(linear + 2 * plane + at, inside, 0.0) + (along * u + across * v)
    times, doubtful = _steps(excess, along * along + across * across, weights[0], EXACT)
    u_next, v_next = (u + times * along) + u_pull, (v + times * across) + v_pull
    return (u_next, v_next, u_x, u_y, v_x, v_y), squared_change(u, v, u_next, v_next), doubtful


@triton.jit
def _steps(excess, square, reach, EXACT: tl.constexpr):
    """Return how many gradients, whose squared length is `square`, to move against the residual: `reach` at most."""
    limit, sloping = reach * square, square > FLAT
    square = tl.where(sloping, square, 1.0)
    if EXACT:
        times, doubtful = tl.div_rn(-excess, square), excess != excess
    else:
        times = quotient(-excess, square, inverse(square))
        doubtful = sloping & (is_doubtful(excess) | has_doubtful_inverse(square))
    times = tl.where(sloping, times, 0.0)
    times = tl.where(excess > limit, -reach, times)
    return tl.where(excess < -limit, reach, times), doubtful


@triton.jit
def squared_change(u, v, u_next, v_next):
    """Return the squared distance between two flows."""
    du, dv = u_next - u, v_next - v
    return du * du + dv * dv


@triton.jit
def _pull(u, below, u_x, u_y, has_right, step, EXACT: tl.constexpr):
    """Return the dual variables of one component, moved along its gradient, and where a bit is in doubt."""
    right = tl.gather(u, tl.minimum(tl.arange(0, LANES) + 1, LANES - 1), 0)
    du_x, du_y = tl.where(has_right, right - u, 0.0), below - u
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
def _load(base, at, plane, mask):
    """Return two fields, `plane` apart; zero outside."""
    return tl.load(base + at, mask, 0.0), tl.load(base + plane + at, mask, 0.0)


@triton.jit
def _store(base, at, plane, first, second, mask):
    tl.store(base + at, first, mask)
    tl.store(base + plane + at, second, mask)
