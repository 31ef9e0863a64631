"""The images of a level: the pyramid, the gradient, and the flow that comes from the coarser level.

OpenCV resizes along rows, then along columns, each with one fused product and sum. `twostream.flow.tables` has the
`sources` (levels, 2, longest) int32 of each pixel along x and y, and the `shares` of the pixel beside its source.
"""

import triton
import triton.language as tl

from twostream.flow.kernels.states import (
    DUAL_SIDE,
    FLOW_SIDE,
    HEIGHT,
    LEVEL,
    LOADING,
    NEW_LEVEL,
    OFFSET,
    PHASE,
    PITCH,
    SIZE,
    STATE,
    WIDTH,
    field,
    place,
    reaches,
)
from twostream.flow.kernels.work import item_of, items


@triton.jit
def read_frames(frames, pyramids, waiting, sizes, plane, total, BLOCK: tl.constexpr):
    """Write both frames of each loading slot, bytes (slots, 2, height, width), as the finest level."""
    for item in range(tl.program_id(0), items(waiting, LOADING, 2, plane, BLOCK), tl.num_programs(0)):
        slot, image, block = item_of(item, waiting, 2, plane, BLOCK)
        x, y, at, inside = place(sizes, block, BLOCK)
        width = tl.load(sizes + WIDTH)
        frame = frames + (slot.to(tl.int64) * 2 + image) * width * tl.load(sizes + HEIGHT)
        tl.store(field(pyramids, slot, 2, total) + image * total + at, tl.load(frame + y * width + x, inside), inside)


@triton.jit(do_not_specialize=["level", "longest"])
def shrink(pyramids, waiting, sizes, sources, shares, level, longest, plane, total, BLOCK: tl.constexpr):
    """Write `level` of both frames' pyramids of each loading slot, from the one before."""
    size = sizes + level * SIZE
    sources, shares = sources + level * 2 * longest, shares + level * 2 * longest
    for item in range(tl.program_id(0), items(waiting, LOADING, 2, plane, BLOCK), tl.num_programs(0)):
        slot, image, block = item_of(item, waiting, 2, plane, BLOCK)
        if reaches(size, block, BLOCK):
            x, y, at, inside = place(size, block, BLOCK)
            pyramid = field(pyramids, slot, 2, total) + image * total
            finer = pyramid + tl.load(size - SIZE + OFFSET)
            value = _resized(finer, size - SIZE, sources, shares, longest, x, y, inside)
            tl.store(pyramid + tl.load(size + OFFSET) + at, value, inside)


@triton.jit
def _resized(image, size, sources, shares, longest, x, y, inside):
    """Return the pixels x, y of the resized `image`; `size` is that of `image` itself."""
    last_x, last_y, pitch = tl.load(size + WIDTH) - 1, tl.load(size + HEIGHT) - 1, tl.load(size + PITCH)
    left, top = tl.load(sources + x, inside, 0), tl.load(sources + longest + y, inside, 0)
    share_x, share_y = tl.load(shares + x, inside, 0.0), tl.load(shares + longest + y, inside, 0.0)
    right, bottom = tl.minimum(left + 1, last_x), tl.minimum(top + 1, last_y)
    upper = _between(image + top * pitch, left, right, share_x, inside)
    lower = _between(image + bottom * pitch, left, right, share_x, inside)
    return tl.fma(lower - upper, share_y, upper)


@triton.jit
def _between(row, left, right, share, inside):
    """Return the numbers between the columns `left` and `right` of a row, at `share` of the way."""
    first, second = tl.load(row + left, inside, 0.0), tl.load(row + right, inside, 0.0)
    return tl.fma(second - first, share, first)


@triton.jit(do_not_specialize=["slots"])
def begin_level(slopes, pyramids, dual, waiting, states, sizes, slots, plane, total, BLOCK: tl.constexpr):
    """Write, where a level begins, the gradient of the second frame, and dual variables of 0."""
    for item in range(tl.program_id(0), items(waiting, NEW_LEVEL, 1, plane, BLOCK), tl.num_programs(0)):
        slot, _, block = item_of(item, waiting, 1, plane, BLOCK)
        size = sizes + tl.load(states + slot * STATE + LEVEL) * SIZE
        if reaches(size, block, BLOCK):
            x, y, at, inside = place(size, block, BLOCK)
            after = field(pyramids, slot, 2, total) + total + tl.load(size + OFFSET)
            along, across = _gradient(after, size, x, y, inside)
            tl.store(field(slopes, slot, 2, plane) + at, along, inside)
            tl.store(field(slopes, slot, 2, plane) + plane + at, across, inside)
            side = tl.load(states + slot * STATE + DUAL_SIDE)
            for number in tl.static_range(4):
                zero = field(dual, side * slots + slot, 4, plane) + number * plane + at
                tl.store(zero, tl.zeros([BLOCK], tl.float32), inside)


@triton.jit
def _gradient(image, size, x, y, inside):
    """Return half the difference of the two neighbours along x and y; a pixel at a border is its own neighbour."""
    last_x, last_y, pitch = tl.load(size + WIDTH) - 1, tl.load(size + HEIGHT) - 1, tl.load(size + PITCH)
    row = image + y * pitch
    left, right = tl.load(row + tl.maximum(x - 1, 0), inside), tl.load(row + tl.minimum(x + 1, last_x), inside)
    above = tl.load(image + tl.maximum(y - 1, 0) * pitch + x, inside)
    below = tl.load(image + tl.minimum(y + 1, last_y) * pitch + x, inside)
    return 0.5 * (right - left), 0.5 * (below - above)


@triton.jit(do_not_specialize=["slots", "longest"])
def begin_flow(flow, waiting, states, sizes, sources, shares, slots, plane, longest, growth, BLOCK: tl.constexpr):
    """Write, where a level begins, the flow of the coarser level at this one's size; 0 at the coarsest."""
    for item in range(tl.program_id(0), items(waiting, NEW_LEVEL, 2, plane, BLOCK), tl.num_programs(0)):
        slot, component, block = item_of(item, waiting, 2, plane, BLOCK)
        state = states + slot * STATE
        level, side = tl.load(state + LEVEL), tl.load(state + FLOW_SIDE)
        size = sizes + level * SIZE
        if reaches(size, block, BLOCK):
            x, y, at, inside = place(size, block, BLOCK)
            value = tl.zeros([BLOCK], tl.float32)
            if tl.load(state + PHASE) == NEW_LEVEL:
                coarser = field(flow, side * slots + slot, 2, plane) + component * plane
                source, share = sources + level * 2 * longest, shares + level * 2 * longest
                value = _resized(coarser, size + SIZE, source, share, longest, x, y, inside) * growth
            tl.store(field(flow, (1 - side) * slots + slot, 2, plane) + component * plane + at, value, inside)
