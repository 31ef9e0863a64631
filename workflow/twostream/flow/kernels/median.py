"""The median filter of the flow."""

import triton
import triton.language as tl

from twostream.flow.kernels.states import (
    FILTERING,
    HEIGHT,
    LEVEL,
    PITCH,
    SIZE,
    STATE,
    WIDTH,
    begun_side,
    field,
    place,
    reaches,
)
from twostream.flow.kernels.work import item_of, items


@triton.jit(do_not_specialize=["slots"])
def filter_flow(flow, waiting, states, sizes, slots, plane, WINDOW: tl.constexpr, BLOCK: tl.constexpr):
    """Write the flow's median of `WINDOW` x `WINDOW` pixels around each pixel, of the slots that iterate next."""
    for item in range(tl.program_id(0), items(waiting, FILTERING, 2, plane, BLOCK), tl.num_programs(0)):
        slot, component, block = item_of(item, waiting, 2, plane, BLOCK)
        size = sizes + tl.load(states + slot * STATE + LEVEL) * SIZE
        if reaches(size, block, BLOCK):
            x, y, at, inside = place(size, block, BLOCK)
            side = begun_side(states + slot * STATE)
            old = field(flow, side * slots + slot, 2, plane) + component * plane
            new = field(flow, (1 - side) * slots + slot, 2, plane) + component * plane
            tl.store(new + at, _median(old, size, x, y, inside, WINDOW), inside)


@triton.jit
def _median(image, size, x, y, inside, WINDOW: tl.constexpr):
    """Return the medians around the pixels x, y; beyond a border the pixel at the border is repeated.

    Of a pile of half the pixels and two more, the least and the greatest cannot be the median: they make way for
    another pixel, until one is left.
    """
    pile = ()
    for number in tl.static_range(WINDOW * WINDOW // 2 + 2):
        pile = pile + (_pixel(image, size, x, y, inside, number, WINDOW),)
    for number in tl.static_range(WINDOW * WINDOW // 2 + 2, WINDOW * WINDOW):
        pile = _without_ends(pile, WINDOW * WINDOW + 3 - number) + (_pixel(image, size, x, y, inside, number, WINDOW),)
    return _without_ends(pile, 3)[0]


@triton.jit
def _pixel(image, size, x, y, inside, number: tl.constexpr, WINDOW: tl.constexpr):
    """Return the pixel of a window with this number, counted row by row."""
    last_x, last_y, pitch = tl.load(size + WIDTH) - 1, tl.load(size + HEIGHT) - 1, tl.load(size + PITCH)
    column = tl.minimum(tl.maximum(x + (number % WINDOW - WINDOW // 2), 0), last_x)
    row = tl.minimum(tl.maximum(y + (number // WINDOW - WINDOW // 2), 0), last_y)
    return tl.load(image + row * pitch + column, inside, 0.0)


@triton.jit
def _without_ends(pile, COUNT: tl.constexpr):
    """Return a pile of `COUNT` numbers without its least and its greatest."""
    least, rest = pile[0], ()
    for i in tl.static_range(1, COUNT):
        rest = rest + (tl.maximum(least, pile[i]),)
        least = tl.minimum(least, pile[i])
    greatest, middle = rest[0], ()
    for i in tl.static_range(1, COUNT - 1):
        middle = middle + (tl.minimum(greatest, rest[i]),)
        greatest = tl.maximum(greatest, rest[i])
    return middle
