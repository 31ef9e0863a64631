"""Memory that a loader's processes share with their caller, and use again and again.

A loader's own way is new shared memory for each batch, which takes a process longer to get than to fill
(`twostream bench loader`).
"""

from collections import deque

import torch
from torch import Tensor
from torch.utils.data import get_worker_info

AHEAD = 2
"""Batches that each process loads ahead of the one in use: a loader's prefetch_factor."""


class BatchBuffers:
    """A ring of shared-memory buffers: in a loader's process each batch overwrites the oldest one.

    The caller has finished with that one: a batch holds until the caller asks for the next. Copy what is to be kept
    longer. Outside a loader's process the memory of a batch is new.
    """

    def __init__(self, count: int = AHEAD + 1) -> None:
        """Make a ring of `count` buffers. With one more than AHEAD + 1, the caller may use the batch before too."""
        self._ring = deque([torch.empty(0, dtype=torch.uint8)] * count)
        self._used = 0
        self._parts = 1

    def take(self, *shape: int) -> Tensor:
        """Return memory for a batch of bytes of this shape."""
        self.begin()
        return self.append(*shape)

    def begin(self, parts: int = 1) -> None:
        """Begin a batch whose parts, about so many of about one size, are appended one by one."""
        self._parts = parts
        self._ring.rotate()
        if get_worker_info() is None:
            self._ring[0] = torch.empty(self._used, dtype=torch.uint8)
        self._used = 0

    def append(self, *shape: int) -> Tensor:
        """Return memory for bytes of this shape behind those before, which may move: fill each before the next."""
        begin, self._used = self._used, self._used + torch.Size(shape).numel()
        if self._ring[0].numel() < self._used:
            self._grow(begin)
        return self._ring[0][begin : self._used].view(shape)

    def batch(self) -> Tensor:
        """Return the bytes of the batch so far."""
        return self._ring[0][: self._used]

    def _grow(self, filled: int) -> None:
        """Replace the buffer by a larger one with the first `filled` bytes of it."""
        size = self._used * self._parts if not filled else max(self._used, 2 * filled)
        larger = torch.empty(size, dtype=torch.uint8)
        if get_worker_info() is not None:
            larger.share_memory_()
        larger[:filled] = self._ring[0][:filled]
        self._ring[0] = larger
