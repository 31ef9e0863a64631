"""Batches made ready on a GPU while the one before is computed with."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TypeVar

import torch
from torch import Tensor

from twostream.compute.hardware import Runtime
from twostream.streams.raw import RawClips, RawViews

Batch = TypeVar("Batch")


def prepared(
    batches: Iterable[Batch], prepare: Callable[[Batch], tuple[Tensor, ...]], runtime: Runtime
) -> Iterator[tuple[Tensor, ...]]:
    """Yield what `prepare` makes of each of the `batches` on the device.

    On a GPU the next batch is copied there and prepared on a stream of its own: the network need not wait for it, nor
    the caller for the GPU.
    """
    if not runtime.is_gpu:
        yield from map(prepare, batches)
        return
    stream, pins, source = torch.cuda.Stream(runtime.device), Pins(), iter(batches)
    queue: deque[tuple[tuple[Tensor, ...], torch.cuda.Event]] = deque()
    copied: deque[torch.cuda.Event] = deque()
    with suppress(StopIteration):
        while True:
            # Asking for a batch lets a loader's process write over the memory of the one before the last.
            while len(copied) > 1:
                copied.popleft().synchronize()
            batch = pins.keep(next(source))
            with torch.cuda.stream(stream):
                queue.append((prepare(batch), stream.record_event()))
            copied.append(queue[-1][1])
            if len(queue) > 1:
                yield _handed_over(*queue.popleft())
    while queue:
        yield _handed_over(*queue.popleft())


class Pins:
    """The memory that a loader's processes share with this one, kept mapped and pinned: the GPU copies out of it.

    Mapping it anew for every batch would take longer than to copy it.
    """

    def __init__(self) -> None:
        self._storages: dict[int, torch.UntypedStorage] = {}

    def keep(self, batch: Batch) -> Batch:
        """Return `batch`, whose memory stays what it is until this object goes."""
        for part in batch if isinstance(batch, tuple) else (batch,):
            if isinstance(part, RawClips | RawViews) and part.content.is_shared():
                self._pin(part.content.untyped_storage())
        return batch

    def _pin(self, storage: torch.UntypedStorage) -> None:
        if storage.data_ptr() not in self._storages:
            self._storages[storage.data_ptr()] = storage
            # Where the system does not allow it, copies take longer.
            torch.cuda.cudart().cudaHostRegister(storage.data_ptr(), storage.nbytes(), 0)

    def __del__(self) -> None:
        for address in self._storages:
            torch.cuda.cudart().cudaHostUnregister(address)


def _handed_over(tensors: tuple[Tensor, ...], is_ready: torch.cuda.Event) -> tuple[Tensor, ...]:
    """Return `tensors` for use on the current stream, which waits for them."""
    current = torch.cuda.current_stream()
    current.wait_event(is_ready)
    for tensor in tensors:
        tensor.record_stream(current)  # Else its memory could be used again too early.
    return tensors
