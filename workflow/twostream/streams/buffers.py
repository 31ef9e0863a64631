"""Memory that a loader's processes share with their caller, and use again and again.

A loader's own way is new shared memory for each batch, which takes a process longer to get than to fill
(`twostream bench loader`).
"""

from collections import deque

import torch
from torch import Tensor
from torch.utils.data import get_worker_info

AHEAD = 2
"""Batches that each process is asked for ahead of the one in use: a loader's prefetch_factor."""


class Memory:
    """Where to lay a batch, of bytes: in a process of a loader, where one lay that the caller has done with.

    A batch holds until the caller asks for the next; what is to be kept longer is to be copied.
    """

    def __init__(self) -> None:
        self._turns = deque([torch.empty(0, dtype=torch.uint8)] * (AHEAD + 1))

    def room(self, *shape: int) -> Tensor:
        if get_worker_info() is None:
            return torch.empty(shape, dtype=torch.uint8)
        self._turns.rotate()
        size = torch.Size(shape).numel()
        if self._turns[0].numel() < size:
            self._turns[0] = torch.empty(size, dtype=torch.uint8).share_memory_()
        return self._turns[0][:size].view(shape)
