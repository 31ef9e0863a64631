"""Slots on a device, each of which holds a pair of frames, and the kernels that bring their flow on.

A slot goes its own way: it iterates while another one is warped, and takes the next pair when its flow has been
fetched, so that nothing waits for the slowest pair. Kernels are launched for all slots, always in the same order,
whatever the slots are at: programs of a slot that is at something else leave at once. The host decides nothing but
which pair is loaded into which slot.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import torch
import triton
from torch import Tensor

from twostream.flow.kernels.images import begin_flow, begin_level, read_frames, shrink
from twostream.flow.kernels.iteration import iterate
from twostream.flow.kernels.median import filter_flow
from twostream.flow.kernels.settling import judge, prepare, recount, resume
from twostream.flow.kernels.states import STATE
from twostream.flow.kernels.warp import linearise
from twostream.flow.kernels.work import COUNTS, line_up
from twostream.flow.parameters import TVL1
from twostream.flow.tables import ROWS, Tables

UNFUSED = {"enable_fp_fusion": False}
"""The option that keeps the compiler from fusing products and sums."""

LAUNCHES = 8
"""Launches in a row, of two iterations each, before the slots that wait for a warp, a filter or frames have their turn.

Between two median filters OpenCV does 30 iterations by default, nearly twice as many. With fewer launches slots wait
less, but the steps between the launches cost more.
"""

ONE_WARP = {"num_warps": 1, "maxnreg": 80}
"""How an iteration is compiled: in one warp, whose lanes exchange numbers without waiting, and with few registers.

Without the limit the compiler takes more than 80 registers a thread: then fewer warps fit, to compute while others wait
for memory.
"""

PROGRAMS = 2048
"""Programs that share the preparation of all slots: as many as a large card runs at once, or a few times that."""

BLOCK, SUM_BLOCK, RECOUNT_BLOCK = 128, 256, 1024
"""Pixels that a program prepares at once, and numbers that it sums at once: in any order, and in OpenCV's."""


def bytes_of_a_slot(shape: tuple[int, int], tvl1: TVL1) -> int:
    """Return how much memory a pair of frames (height, width) takes on the device."""
    tables = Tables(shape, tvl1)
    # Two sides of flow and of dual variables, the gradient, and the linear residual.
    planes = 2 * 2 + 2 * 4 + 2 + 3
    return 4 * (planes * tables.plane + 2 * tables.total)


class Slots:
    """Buffers for `count` pairs of frames (height, width), and the steps that work on all of them."""

    def __init__(self, shape: tuple[int, int], tvl1: TVL1, count: int, device: torch.device) -> None:
        self.shape, self.tvl1, self.count, self.device = shape, tvl1, count, device
        self._tables = tables = Tables(shape, tvl1)
        self._sizes, self._thresholds = self._tensor(tables.sizes), self._tensor(tables.thresholds)
        self._shrinking = [self._tensor(table) for table in tables.shrinking(tvl1.scale_step)]
        self._growing = [self._tensor(table) for table in tables.growing()]
        self.frames = self._zeros(count, 2, *shape, dtype=torch.uint8)
        self.states = self._zeros(count, STATE.value, dtype=torch.int32)
        self.orders = self._zeros(count, dtype=torch.int32)
        self._waiting = self._zeros(COUNTS.value + count, dtype=torch.int32)
        self._verdicts, self._changes = self._zeros(count, dtype=torch.int32), self._zeros(count, 2, tables.parts)
        self._pyramids = self._zeros(count, 2, tables.total)
        self._flow, self._dual = self._zeros(2, count, 2, tables.plane), self._zeros(2, count, 4, tables.plane)
        self._slopes, self._linear = self._zeros(count, 2, tables.plane), self._zeros(count, 3, tables.plane)
        self._launch: Callable[..., None] = _launch
        self._aside = torch.cuda.Stream(device) if device.type == "cuda" else None

    def _tensor(self, table: np.ndarray[Any, Any]) -> Tensor:
        return torch.from_numpy(table).to(self.device)

    def _zeros(self, *shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
        return torch.zeros(shape, dtype=dtype, device=self.device)

    def load(self, slot: int, frames: Tensor) -> None:
        """Load a pair of frames (2, height, width), bytes, into a slot, which begins with it in the next turn."""
        self.frames[slot].copy_(frames, non_blocking=True)
        self.orders[slot] = 1

    def flow(self, slot: int, side: int) -> Tensor:
        """Return the flow (2, height, width) of a slot on one of its sides."""
        height, width = self.shape
        return self._flow[side, slot].view(2, height, self._tables.pitch)[..., :width]

    def advance(self) -> None:
        """Load, warp and filter the slots that wait for it; then iterate, twice a launch."""
        tvl1 = self.tvl1
        limits = tvl1.warps, tvl1.outer_iterations, tvl1.inner_iterations
        self._each_slot(resume, self.states, self.orders, self._verdicts, self._tables.levels, *limits)
        self._launch(line_up, (1,), self._waiting, self.states, self.count, triton.next_power_of_2(self.count))
        self._load()
        self._begin()
        self._each_slot(prepare, self.states, self._verdicts, tvl1.median_filter > 1)
        with self._recounting():
            for _ in range(LAUNCHES):
                self._iterate()
                sums = self._changes, self.states, self._sizes, self._thresholds, self._tables.parts
                self._each_slot(judge, *sums, *limits, SUM_BLOCK)

    def compile(self) -> None:
        """Compile all kernels at once, in threads; the first turn would compile one after another."""
        launches: dict[Any, Callable[[], Any]] = {}

        def keep(kernel: Any, grid: tuple[int, ...], *arguments: Any, **options: Any) -> None:
            launches[kernel] = partial(kernel.warmup, *arguments, grid=grid, **options, **UNFUSED)

        def carry_out(launch: Callable[[], Any]) -> None:
            torch.cuda.set_device(self.device)
            launch()

        self._launch = keep
        self.advance()
        self._launch = _launch
        with ThreadPoolExecutor(len(launches)) as pool:
            list(pool.map(carry_out, launches.values()))

    def _each_slot(self, kernel: Any, *arguments: Any) -> None:
        self._launch(kernel, (self.count,), *arguments)

    def _prepare(self, kernel: Any, *arguments: Any) -> None:
        """Launch a kernel whose programs share the pixels of the slots that wait for it."""
        self._launch(kernel, (PROGRAMS,), *arguments, BLOCK)

    def _load(self) -> None:
        """Launch what makes the pyramids of the frames that were loaded."""
        tables, waiting, sizes = self._tables, self._waiting, self._sizes
        lengths = tables.plane, tables.total
        self._prepare(read_frames, self.frames, self._pyramids, waiting, sizes, *lengths)
        for level in range(1, tables.levels):
            self._prepare(shrink, self._pyramids, waiting, sizes, *self._shrinking, level, tables.longest, *lengths)

    def _begin(self) -> None:
        """Launch what comes before iterations: the start of a level, the warp and the median filter."""
        slots, plane, total, longest = self.count, self._tables.plane, self._tables.total, self._tables.longest
        state = self._waiting, self.states, self._sizes
        growth = float(np.float32(1 / self.tvl1.scale_step))
        self._prepare(begin_level, self._slopes, self._pyramids, self._dual, *state, slots, plane, total)
        self._prepare(begin_flow, self._flow, *state, *self._growing, slots, plane, longest, growth)
        self._prepare(linearise, self._flow, self._linear, self._slopes, self._pyramids, *state, slots, plane, total)
        if self.tvl1.median_filter > 1:
            self._prepare(filter_flow, self._flow, *state, slots, plane, self.tvl1.median_filter)

    def _iterate(self) -> None:
        """Launch an iteration or two of every slot that is at them."""
        tvl1 = self.tvl1
        weights = np.array([tvl1.lambda_ * tvl1.theta, tvl1.theta, tvl1.tau / tvl1.theta], np.float32).tolist()
        fields = self._flow, self._dual, self._linear, self._changes
        grid = self._tables.parts, self.count
        sizes = self.states, self._sizes, self.count, self._tables.plane
        self._launch(iterate, grid, *fields, *sizes, tvl1.inner_iterations, ROWS, *weights, **ONE_WARP)

    @contextmanager
    def _recounting(self) -> Iterator[None]:
        """Recount the slots in doubt while others iterate, and wait for that at the end."""
        fields = self._flow, self.states, self._sizes, self._thresholds, self._verdicts
        arguments = *fields, self.count, self._tables.plane, RECOUNT_BLOCK
        if self._aside is None:
            self._each_slot(recount, *arguments)
            yield
            return
        stream = torch.cuda.current_stream(self.device)
        self._aside.wait_stream(stream)
        with torch.cuda.stream(self._aside):
            self._each_slot(recount, *arguments)
        yield
        stream.wait_stream(self._aside)


def _launch(kernel: Any, grid: tuple[int, ...], *arguments: Any, **options: Any) -> None:
    kernel[grid](*arguments, **options, **UNFUSED)
