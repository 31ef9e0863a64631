"""Batches made ready on a GPU while the one before is computed with."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import torch
from torch import Tensor

Batch = TypeVar("Batch")


def prepared(
    batches: Iterable[Batch], prepare: Callable[[Batch], tuple[Tensor, ...]], device: torch.device
) -> Iterator[tuple[Tensor, ...]]:
    """Yield what `prepare` makes of each of the `batches` on the device.

    On a GPU the next batch is copied there and prepared on a stream of its own: the network need not wait for it, nor
    the caller for the GPU.
    """
    if device.type != "cuda":
        yield from map(prepare, batches)
        return
    stream = torch.cuda.Stream(device)
    queue: deque[tuple[tuple[Tensor, ...], torch.cuda.Event]] = deque()
    for batch in batches:
        with torch.cuda.stream(stream):
            queue.append((prepare(batch), stream.record_event()))
        if len(queue) > 1:
            yield _handed_over(*queue.popleft())
    while queue:
        yield _handed_over(*queue.popleft())


def _handed_over(tensors: tuple[Tensor, ...], is_ready: torch.cuda.Event) -> tuple[Tensor, ...]:
    """Return `tensors` for use on the current stream, which waits for them."""
    current = torch.cuda.current_stream()
    current.wait_event(is_ready)
    for tensor in tensors:
        tensor.record_stream(current)  # Else its memory could be used again too early.
    return tensors
