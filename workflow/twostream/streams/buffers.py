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
    longer.
    """

    def __init__(self) -> None:
        self._ring = deque([torch.empty(0, dtype=torch.uint8)] * (AHEAD + 1))

    def take(self, *shape: int) -> Tensor:
        """Return memory for a batch of bytes of this shape; outside a loader's process it is new."""
        if get_worker_info() is None:
            return torch.empty(shape, dtype=torch.uint8)
        self._ring.rotate()
        size = torch.Size(shape).numel()
        if self._ring[0].numel() < size:
            self._ring[0] = torch.empty(size, dtype=torch.uint8).share_memory_()
        return self._ring[0][:size].view(shape)
