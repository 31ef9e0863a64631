"""TV-L1 on CUDA by the kernels of `twostream.flow.kernels`: the bits of `fused`, many pairs at once.

The steps that `Slots` launches are recorded once as a graph and replayed, once a turn. While one replay runs, the host
looks at the states after the replay before it: it fetches flow that is done, and loads pairs into the free slots.
"""

from collections import deque
from collections.abc import Callable, Iterator
from itertools import chain, count
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from twostream.flow.kernels.states import DONE, FLOW_SIDE, PHASE
from twostream.flow.parameters import TVL1, Pair
from twostream.flow.slots import Slots, bytes_of_a_slot

SHARE = 0.8
"""The part of the device's free memory that the slots may take."""

MOST_HELD = 2**30
"""Bytes of flow, at most, that wait on the host because an earlier pair's flow is not done yet."""


Finish = Callable[[Tensor], Tensor]
"""What turns flow (2, height, width) on the device into what is fetched."""


def solve(
    pairs: Iterator[Pair | None], tvl1: TVL1, finish: Finish, device: torch.device, batch: int
) -> Iterator[NDArray[Any]]:
    """Yield what `finish` makes of the flow of each pair of frames (height, width) uint8, `batch` at once.

    All pairs have one size. None among them says that no other is ready.
    """
    first = next((pair for pair in pairs if pair is not None), None)
    if first is None:
        return
    key = first[0].shape, tvl1, batch, device
    engine = _idle.pop(key, None)
    _idle.clear()
    engine = engine or Engine(first[0].shape, tvl1, batch, device)
    yield from engine.solve(chain([first], pairs), finish)
    _idle[key] = engine


_idle: dict[tuple[tuple[int, ...], TVL1, int, torch.device], "Engine"] = {}
"""The engine of the last video, for the next one if it is alike: making one takes as long as a short video."""


class Engine:
    """Slots, the numbers of the pairs in them, and the way of frames and flow between them and the host.

    Flow is yielded in the order of the pairs, though pairs settle in another order. On a CPU, for tests, there is no
    graph and nothing overlaps.
    """

    def __init__(self, shape: tuple[int, ...], tvl1: TVL1, batch: int, device: torch.device) -> None:
        height, width = shape
        self._cuda = device.type == "cuda"
        if self._cuda:
            free, _ = torch.cuda.mem_get_info(device)
            batch = max(1, min(batch, int(SHARE * free / bytes_of_a_slot((height, width), tvl1))))
        self._slots = Slots((height, width), tvl1, batch, device)
        self._advance = _record(self._slots) if self._cuda else self._slots.advance
        self._staged = torch.empty(batch, 2, height, width, dtype=torch.uint8, pin_memory=self._cuda)
        self._fetching = torch.cuda.Stream(device) if self._cuda else None
        self._held = max(batch, MOST_HELD // (8 * height * width))
        self._loaded, self._is_over = 0, False
        self._pairs: dict[int, tuple[int, int]] = {}
        """For each slot in use: the number of its pair, and of the turn at which it was loaded."""

    def solve(self, pairs: Iterator[Pair | None], finish: Finish) -> Iterator[NDArray[Any]]:
        """Yield what `finish` makes of the flow of each pair, in their order."""
        self._slots.states.zero_()
        self._pairs, self._loaded, self._is_over = {}, 0, False
        done, looks, following = dict[int, NDArray[Any]](), deque[Look](), 0
        for turn in count():
            self._load(pairs, turn, following + self._held)
            if self._is_over and not self._pairs:
                return
            self._advance()
            looks.append(Look(turn, self._slots.states))
            # On CUDA the newest look is left for the next turn, so that the device works while the host fetches.
            if len(looks) > int(self._cuda):
                done |= self._fetch(looks.popleft(), finish)
            while following in done:
                yield done.pop(following)
                following += 1

    def _load(self, pairs: Iterator[Pair | None], turn: int, end: int) -> None:
        """Load the next pairs, up to number `end`, into the slots that are free, as long as pairs are ready."""
        for slot in sorted(set(range(self._slots.count)) - self._pairs.keys()):
            if self._is_over or self._loaded >= end:
                return
            pair = next(pairs, ())
            if not pair:  # An empty tuple is the end, None a pair that is not ready yet.
                self._is_over = pair is not None
                return
            for staged, frame in zip(self._staged[slot], pair, strict=True):
                staged.copy_(torch.from_numpy(frame))
            self._slots.load(slot, self._staged[slot])
            self._pairs[slot] = self._loaded, turn
            self._loaded += 1

    def _fetch(self, look: "Look", finish: Finish) -> dict[int, NDArray[Any]]:
        """Return what `finish` makes of the flow that is done, by the number of its pair, and free the slots of it."""
        flow = {}
        with torch.cuda.stream(self._fetching):
            for slot, side in look.sides().items():
                # A slot whose pair was loaded after the look was done with an earlier pair, which is fetched already.
                number, loaded = self._pairs.get(slot, (0, look.turn + 1))
                if loaded <= look.turn:
                    ours = finish(self._slots.flow(slot, side))
                    host = torch.empty(ours.shape, dtype=ours.dtype, pin_memory=self._cuda)
                    flow[number] = host.copy_(ours, non_blocking=True).numpy()
                    del self._pairs[slot]
        if self._fetching:
            self._fetching.synchronize()
        return flow


class Look:
    """The states of the slots after a turn, copied to the host while the device goes on."""

    def __init__(self, turn: int, states: Tensor) -> None:
        self.turn = turn
        self._states = torch.empty(states.shape, dtype=states.dtype, pin_memory=states.is_cuda)
        self._states.copy_(states, non_blocking=True)
        self._copied = torch.cuda.current_stream().record_event() if states.is_cuda else None

    def sides(self) -> dict[int, int]:
        """Return, for each slot whose flow is done, the side of its field on which that lies."""
        if self._copied:
            self._copied.synchronize()
        rows = enumerate(self._states.tolist())
        return {slot: row[FLOW_SIDE.value] for slot, row in rows if row[PHASE.value] == DONE.value}


def _record(slots: Slots) -> Callable[[], None]:
    """Return a function that replays the steps of `slots`, recorded as a graph while the slots are empty."""
    slots.compile()
    slots.advance()
    torch.cuda.synchronize(slots.device)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, capture_error_mode="thread_local"):
        slots.advance()
    return graph.replay
