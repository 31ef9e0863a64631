"""Who waits for what: the slots in order of their phase, so that a kernel's programs share the work on those it is for.

`waiting` begins with four counts, of the slots that are at most at each phase from LOADING to FILTERING; then
the slots follow.
"""

import triton
import triton.language as tl

from twostream.flow.kernels.states import FILTERING, LOADING, PHASE, STATE

COUNTS = tl.constexpr(4)
"""How many counts there are before the slots."""


@triton.jit(do_not_specialize=["slots"])
def line_up(waiting, states, slots, SLOTS: tl.constexpr):
    """Write which slots wait; SLOTS is a power of two that is not less than their number."""
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
    """Return how many blocks there are in `planes` planes of the slots that are at most at `phase`."""
    return tl.load(waiting + phase - LOADING) * planes * tl.cdiv(plane, BLOCK)


@triton.jit
def item_of(item, waiting, planes, plane, BLOCK: tl.constexpr):
    """Return the slot, the plane and the block of an item."""
    blocks = tl.cdiv(plane, BLOCK)
    return tl.load(waiting + COUNTS + item // (blocks * planes)), (item // blocks) % planes, item % blocks
