"""Batches made ready on a GPU while the one before is computed with."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TypeVar

import torch
from torch import Tensor

from twostream.compute import hardware
from twostream.compute.hardware import Runtime
from twostream.streams.raw import RawClips, RawViews

Batch = TypeVar("Batch")

STEPS_AHEAD = 2
"""Batches that the caller may have queued work for on a GPU before it gets the next: that one need not wait for work.

Without a limit it would queue hundreds of steps, with their memory, and wait for data that the GPU does not need yet.
"""


def prepared(
    batches: Iterable[Batch], prepare: Callable[[Batch], tuple[Tensor, ...]], runtime: Runtime
) -> Iterator[tuple[Tensor, ...]]:
    """Yield what `prepare` makes of each of the `batches` on the device.

    On a GPU the next batch is copied there and prepared on a stream of its own: the network need not wait for it, nor
    the caller for the GPU, unless it is STEPS_AHEAD batches ahead.
    """
    if not runtime.is_gpu:
        yield from map(prepare, batches)
        return
    stream, pins, source = torch.cuda.Stream(runtime.device), Pins(), iter(batches)
    queue: deque[tuple[tuple[Tensor, ...], torch.cuda.Event]] = deque()
    copies: deque[torch.cuda.Event] = deque()
    steps: deque[torch.cuda.Event] = deque()
    with suppress(StopIteration):
        while True:
            # Asking for a batch lets a loader's process write over the memory of the one before the last.
            _wait_for_all_but(1, copies)
            batch = pins.keep(next(source))
            with torch.cuda.stream(stream):
                queue.append((prepare(batch), hardware.mark(stream)))
            copies.append(queue[-1][1])
            if len(queue) > 1:
                yield _handed_over(*queue.popleft())
                steps.append(hardware.mark(torch.cuda.current_stream()))
                _wait_for_all_but(STEPS_AHEAD, steps)
    while queue:
        yield _handed_over(*queue.popleft())


def _wait_for_all_but(last: int, events: deque[torch.cuda.Event]) -> None:
    """Wait for the `events` but so many of the last, and drop those that are over."""
    while len(events) > last:
        events.popleft().synchronize()


class Pins:
    """The memory that a loader's processes share with this one, kept mapped and pinned: the GPU copies out of it.

    Mapping it anew for every batch would take longer than to copy it.
    """

    def __init__(self) -> None:
        self._storages: dict[int, torch.UntypedStorage] = {}
        self._pinned: list[int] = []

    def keep(self, batch: Batch) -> Batch:
        """Return `batch`, whose memory stays what it is until this object goes."""
        for part in batch if isinstance(batch, tuple) else (batch,):
            if isinstance(part, RawClips | RawViews) and part.content.tensor.is_shared():
                self._pin(part.content.tensor.untyped_storage())
        return batch

    def _pin(self, storage: torch.UntypedStorage) -> None:
        """Pin `storage`, unless the system does not allow it, as it said of the one before: copies take longer then."""
        address = storage.data_ptr()
        if address in self._storages:
            return
        is_allowed = len(self._pinned) == len(self._storages)
        self._storages[address] = storage
        if is_allowed and int(torch.cuda.cudart().cudaHostRegister(address, storage.nbytes(), 0)) == 0:
            self._pinned.append(address)
        elif is_allowed:
            with suppress(RuntimeError):  # The error waits for the next kernel, which is to be this one.
                torch.ones(1, device="cuda")

    def __del__(self) -> None:
        for address in self._pinned:
            torch.cuda.cudart().cudaHostUnregister(address)


def _handed_over(tensors: tuple[Tensor, ...], is_ready: torch.cuda.Event) -> tuple[Tensor, ...]:
    """Return `tensors` for use on the current stream, which waits for them."""
    current = torch.cuda.current_stream()
    current.wait_event(is_ready)
    for tensor in tensors:
        tensor.record_stream(current)  # Else its memory could be used again too early.
    return tensors
