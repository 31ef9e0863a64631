"""The state of each slot, which holds one pair of frames; the sizes of the levels; and where fields lie.

Kernels take pointers to these arrays, float32 if nothing else is said; a plane has room for the finest level:

- `states` (slots, STATE) and `sizes` (levels, SIZE), int32: the columns are named below;
- `frames` (slots, 2, height, width), bytes, and `pyramids` (slots, 2, total): all levels of both, the finest first;
- `flow` (2 sides, slots, 2, plane), x and y, and `dual` (2 sides, slots, 4, plane), x and y of either component;
- `slopes` (slots, 2, plane): the gradient of the second frame;
- `linear` (slots, 3, plane): the warped gradient, and the constant part of the residual;
- `changes` (slots, 2, parts): the squared change of the flow that each program sums, of either iteration of a launch;
- `settled` (levels,): a level's flow has settled where its squared change is not above that;
- `orders` (slots,), int32: 1 where the host has loaded a pair; `verdicts` (slots,), int32: see `settling`.

A field with two sides is read from one side and written to the other, so that no program waits for another.
"""

import triton
import triton.language as tl

EMPTY, LOADING, NEW_LEVEL, NEW_WARP = tl.constexpr(0), tl.constexpr(1), tl.constexpr(2), tl.constexpr(3)
FILTERING, ITERATING, DOUBTFUL, DONE = tl.constexpr(4), tl.constexpr(5), tl.constexpr(6), tl.constexpr(7)
"""Phases, in order. It is doubtful whether the flow has settled; it is done where it waits to be fetched."""

PHASE, LEVEL, WARP, OUTER = tl.constexpr(0), tl.constexpr(1), tl.constexpr(2), tl.constexpr(3)
INNER, FLOW_SIDE, DUAL_SIDE, ALONE = tl.constexpr(4), tl.constexpr(5), tl.constexpr(6), tl.constexpr(7)
STATE = tl.constexpr(8)
"""Columns of `states`, and their number.

Phase, level and warp; outer and inner iterations so far; the side of the flow and of the dual variables that is valid;
and how many of the next iterations are to be done one by one.
"""

WIDTH, HEIGHT, PITCH, OFFSET = tl.constexpr(0), tl.constexpr(1), tl.constexpr(2), tl.constexpr(3)
PARTS, SIZE = tl.constexpr(4), tl.constexpr(5)
"""Columns of `sizes`, and their number.

Width and height in pixels; numbers from row to row; where the level begins in a pyramid; programs of an iteration.
"""


@triton.jit
def field(base, index, count, plane):
    """Return the pointer to the `index`th group of `count` planes."""
    return base + index.to(tl.int64) * plane * count


@triton.jit
def begun_side(state):
    """Return the side of the flow that a warp or a filter reads: the other one if a level has just begun."""
    side = tl.load(state + FLOW_SIDE)
    return tl.where(tl.load(state + PHASE) <= NEW_LEVEL, 1 - side, side)


@triton.jit
def place(size, block, BLOCK: tl.constexpr):
    """Return the pixels of a block: x and y, their offsets in a plane, and whether they are in the image."""
    pitch = tl.load(size + PITCH)
    at = block * BLOCK + tl.arange(0, BLOCK)
    x, y = at % pitch, at // pitch
    return x, y, at, (x < tl.load(size + WIDTH)) & (y < tl.load(size + HEIGHT))


@triton.jit
def reaches(size, block, BLOCK: tl.constexpr):
    """Return whether a level has pixels in a block."""
    return block * BLOCK < tl.load(size + PITCH) * tl.load(size + HEIGHT)


@triton.jit
def goes_twice(state, inner_iterations):
    """Return 1 if two iterations are to be done at once, 0 if one is."""
    together = (tl.load(state + ALONE) == 0) & (tl.load(state + INNER) + 2 <= inner_iterations)
    return together.to(tl.int32)
