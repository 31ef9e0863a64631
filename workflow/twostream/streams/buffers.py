"""Memory that a loader's processes share with their caller, and use again and again.

A loader's own way is new shared memory for each batch, which takes a process longer to get than to fill
(`twostream bench loader`). And to receive shared memory, the caller has to talk to the process that sends it, which is
busy: here a buffer is sent once, and after that only its number.
"""

import os
import weakref
from collections import deque
from itertools import count as numbers
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import get_worker_info

AHEAD = 2
"""Batches that each process loads ahead of the one in use: a loader's prefetch_factor."""


Key = tuple[int, int, int]
"""What names a buffer: its ring, the process that fills it, and its number there."""

_rings = numbers()
_received: dict[Key, Tensor] = {}
"""The buffers that loaders' processes have sent to this one, until their ring goes."""


class BatchBytes:
    """The bytes of a batch: `tensor` (bytes,)."""

    def __init__(self, tensor: Tensor, key: Key | None = None, buffer: Tensor | None = None) -> None:
        """Take the bytes `tensor`; those in a loader's process lie in the buffer called `key`.

        That `buffer` itself is passed where it has not been sent yet.
        """
        self.tensor = tensor
        self._key = key
        self._buffer = buffer

    def __reduce__(self) -> tuple[Any, ...]:
        """Send the bytes to another process: as a buffer's name, where that process has the buffer."""
        if self._key is None:
            return BatchBytes, (self.tensor,)
        return _receive, (self._key, self._buffer, self.tensor.numel())


def _receive(key: Key, buffer: Tensor | None, used: int) -> BatchBytes:
    """Return the first `used` bytes of the buffer `key`, which is the new `buffer` if there is one."""
    if buffer is not None:
        _received[key] = buffer
    return BatchBytes(_received[key][:used])


def _forget(ring: int) -> None:
    """Let go of the buffers of a ring."""
    for key in [key for key in _received if key[0] == ring]:
        del _received[key]


class BatchBuffers:
    """A ring of shared-memory buffers: in a loader's process each batch overwrites the oldest one.

    The caller has finished with that one: a batch holds until the caller asks for the next. Copy what is to be kept
    longer. Outside a loader's process the memory of a batch is new.
    """

    def __init__(self, count: int = AHEAD + 1) -> None:
        """Make a ring of `count` buffers. With one more than AHEAD + 1, the caller may use the batch before too."""
        self._ring = deque((number, torch.empty(0, dtype=torch.uint8)) for number in range(count))
        self._used = 0
        self._parts = 1
        self._sent: set[int] = set()
        self._id = next(_rings)
        weakref.finalize(self, _forget, self._id)

    def take(self, *shape: int) -> Tensor:
        """Return memory for a batch of bytes of this shape."""
        self.begin()
        return self.append(*shape)

    def begin(self, parts: int = 1) -> None:
        """Begin a batch whose parts, about so many of about one size, are appended one by one."""
        self._parts = parts
        self._ring.rotate()
        if get_worker_info() is None:
            self._replace(torch.empty(self._used, dtype=torch.uint8))
        self._used = 0

    def append(self, *shape: int) -> Tensor:
        """Return memory for bytes of this shape behind those before, which may move: fill each before the next."""
        begin, self._used = self._used, self._used + torch.Size(shape).numel()
        if self._buffer.numel() < self._used:
            self._grow(begin)
        return self._buffer[begin : self._used].view(shape)

    def batch(self) -> Tensor:
        """Return the bytes of the batch so far."""
        return self._buffer[: self._used]

    def batch_to_send(self) -> BatchBytes:
        """Return the bytes of the batch, which a loader's process sends to its caller once."""
        if get_worker_info() is None:
            return BatchBytes(self.batch())
        number, buffer = self._ring[0]
        is_new = number not in self._sent
        self._sent.add(number)
        return BatchBytes(self.batch(), (self._id, os.getpid(), number), buffer if is_new else None)

    @property
    def _buffer(self) -> Tensor:
        return self._ring[0][1]

    def _replace(self, buffer: Tensor) -> None:
        """Make `buffer` the one that the batch is laid in."""
        number, _ = self._ring[0]
        self._sent.discard(number)
        self._ring[0] = number, buffer

    def _grow(self, filled: int) -> None:
        """Replace the buffer by a larger one with the first `filled` bytes of it."""
        size = self._used * self._parts if not filled else max(self._used, 2 * filled)
        larger = torch.empty(size, dtype=torch.uint8)
        if get_worker_info() is not None:
            larger.share_memory_()
        larger[:filled] = self._buffer[:filled]
        self._replace(larger)
