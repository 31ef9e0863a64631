"""What each slot, which holds one pair of frames, is at; the sizes of the levels; and where fields lie.

Slots are rows of `states`, levels rows of `sizes`, both int32. A field has two sides: a step reads one and writes the
other.
"""

import triton
import triton.language as tl

EMPTY, LOADING, NEW_LEVEL, NEW_WARP = tl.constexpr(0), tl.constexpr(1), tl.constexpr(2), tl.constexpr(3)
FILTERING, ITERATING, DOUBTFUL, DONE = tl.constexpr(4), tl.constexpr(5), tl.constexpr(6), tl.constexpr(7)
"""Phases, in order. In doubt is whether the flow has settled; done is flow that waits for being fetched."""

PHASE, LEVEL, WARP, OUTER = tl.constexpr(0), tl.constexpr(1), tl.constexpr(2), tl.constexpr(3)
INNER, FLOW_SIDE, DUAL_SIDE, ALONE = tl.constexpr(4), tl.constexpr(5), tl.constexpr(6), tl.constexpr(7)
STATE = tl.constexpr(8)
"""Columns of `states`, and their number. `ALONE` counts the iterations to be done one by one."""

WIDTH, HEIGHT, PITCH, OFFSET = tl.constexpr(0), tl.constexpr(1), tl.constexpr(2), tl.constexpr(3)
PARTS, SIZE = tl.constexpr(4), tl.constexpr(5)
"""Columns of `sizes`, and their number.

Width and height in pixels, numbers from row to row, where the level begins in a pyramid, programs of an iteration.
"""


@triton.jit
def field(base, index, count, plane):
    """Return where the `index`th group of `count` planes begins."""
    return base + index.to(tl.int64) * plane * count


@triton.jit
def begun_side(state):
    """Return the side of the flow from which a warp or filter goes on: the other one where a level has just begun."""
    side = tl.load(state + FLOW_SIDE)
    return tl.where(tl.load(state + PHASE) <= NEW_LEVEL, 1 - side, side)


@triton.jit
def place(size, block, BLOCK: tl.constexpr):
    """Return the pixels of a block: x and y, where they lie in a plane, and whether they are in the image."""
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
    """Return 1 where two iterations are to be done at once, 0 where one is."""
    together = (tl.load(state + ALONE) == 0) & (tl.load(state + INNER) + 2 <= inner_iterations)
    return together.to(tl.int32)
