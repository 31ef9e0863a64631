"""Batches on their way to a GPU, which is played here: it notes what it is told, and does nothing by itself."""

from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import islice
from types import SimpleNamespace

import pytest
import torch

from twostream.compute.hardware import Runtime
from twostream.streams import device_batches
from twostream.streams.buffers import BatchBytes
from twostream.streams.raw import RawViews

GPU = Runtime(device=torch.device("cuda", 0), device_crops=True)
REFUSED = 1


class Event:
    def __init__(self, blocking: bool) -> None:
        assert blocking, "waiting for it would keep a core busy"
        self.is_waited_for = False

    def record(self, stream: "Stream") -> None:
        stream.events.append(self)

    def synchronize(self) -> None:
        self.is_waited_for = True


@dataclass
class Stream:
    events: list[Event] = field(default_factory=list)

    def wait_event(self, event: Event) -> None:
        pass


class Prepared(SimpleNamespace):
    def record_stream(self, stream: Stream) -> None:
        pass


@pytest.fixture
def network_stream(monkeypatch) -> Stream:
    """The stream that the network runs on."""
    stream = Stream()
    monkeypatch.setattr(torch.cuda, "Event", Event)
    monkeypatch.setattr(torch.cuda, "Stream", lambda device: Stream())
    monkeypatch.setattr(torch.cuda, "stream", nullcontext)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda *device: stream)
    return stream


def test_every_batch_comes_in_order(network_stream):
    ready = device_batches.prepared(range(6), lambda number: (Prepared(number=number),), GPU)
    assert [batch.number for (batch,) in ready] == list(range(6))


def test_the_caller_is_a_few_steps_ahead_of_the_gpu_and_no_more(network_stream):
    ready = device_batches.prepared(range(20), lambda number: (Prepared(number=number),), GPU)
    list(islice(ready, 10))
    waited = [event.is_waited_for for event in network_stream.events]
    ahead = device_batches.STEPS_AHEAD
    assert waited == [True] * (9 - ahead) + [False] * ahead


class Cudart:
    """CUDA's functions; of the first buffers, so many are pinned."""

    def __init__(self, allowed: int) -> None:
        self.allowed = allowed
        self.asked: list[int] = []
        self.unpinned: list[int] = []

    def cudaHostRegister(self, address: int, size: int, flags: int) -> int:  # noqa: N802
        self.asked.append(address)
        return 0 if len(self.asked) <= self.allowed else REFUSED

    def cudaHostUnregister(self, address: int) -> int:  # noqa: N802
        assert address in self.asked[: self.allowed]
        self.unpinned.append(address)
        return 0


@pytest.mark.parametrize("allowed", [0, 2, 5])
def test_memory_that_cannot_be_pinned_is_used_as_it_is(monkeypatch, allowed):
    cudart = Cudart(allowed)
    monkeypatch.setattr(torch.cuda, "cudart", lambda: cudart)
    kernels = []

    def launch(*shape: int, device: str) -> None:
        kernels.append(device)
        raise RuntimeError("CUDA error: the one that was refused")

    monkeypatch.setattr(torch, "ones", launch)
    pins = device_batches.Pins()
    views = [
        RawViews(content=BatchBytes(torch.zeros(8, dtype=torch.uint8).share_memory_()), parts=()) for _ in range(5)
    ]
    for view in views * 2:
        assert pins.keep(view) is view
    assert len(cudart.asked) == min(5, allowed + 1)
    assert len(kernels) == int(allowed < 5)
    del pins
    assert cudart.unpinned == cudart.asked[:allowed]
