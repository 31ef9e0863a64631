"""The slots that wait, in order of their phase, so that the programs of a kernel share the work on the slots it is for.

`waiting` (COUNTS + slots,) int32 begins with four counts, one for each phase from LOADING to FILTERING: the waiting
slots up to that phase. Then the numbers of the slots follow.
"""

import triton
import triton.language as tl

from twostream.flow.kernels.states import FILTERING, LOADING, PHASE, STATE

COUNTS = tl.constexpr(4)
"""The number of counts before the slots."""


@triton.jit(do_not_specialize=["slots"])
def line_up(waiting, states, slots, SLOTS: tl.constexpr):
    """Write `waiting`; SLOTS is a power of two that is not less than the number of slots."""
    slot = tl.arange(0, SLOTS)
    phase = tl.load(states + slot * STATE + PHASE, slot < slots, 0)
    count = tl.sum(phase * 0, 0)
    for wanted in tl.static_range(LOADING, FILTERING + 1):
        waits = (phase == wanted).to(tl.int32)
        tl.store(waiting + COUNTS + count + tl.cumsum(waits, 0) - 1, slot, waits != 0)
        count += tl.sum(waits, 0)
        tl.store(waiting + wanted - LOADING, count)


@triton.jit
def items(waiting, phase, planes, plane, BLOCK: tl.constexpr):
    """Return the number of items of work: blocks in `planes` planes of each slot that waits at `phase` or before."""
    return tl.load(waiting + phase - LOADING) * planes * tl.cdiv(plane, BLOCK)


@triton.jit
def item_of(item, waiting, planes, plane, BLOCK: tl.constexpr):
    """Return the slot, the plane and the block of the item of work with the number `item`."""
    blocks = tl.cdiv(plane, BLOCK)
    return tl.load(waiting + COUNTS + item // (blocks * planes)), (item // blocks) % planes, item % blocks
