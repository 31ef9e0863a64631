"""What a network runs on, and how. Nothing here changes a result by more than rounding."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from twostream import parallel
from twostream.errors import InputError


@dataclass(frozen=True)
class Machine:
    """Where a network runs, and what may make it faster there."""

    device: torch.device
    loader_workers: int = 0
    channels_last: bool = False
    compile: bool = False

    def place(self, network: nn.Module) -> nn.Module:
        """`network` on the device, laid out and compiled as asked for."""
        network.to(self.device)
        if self.channels_last:
            network.to(memory_format=torch.channels_last)
        if self.compile:
            network.compile()
        return network

    def fetch(self, tensor: Tensor) -> Tensor:
        return tensor.to(self.device, non_blocking=True)

    def lay_out(self, stacks: Tensor) -> Tensor:
        return stacks.contiguous(memory_format=torch.channels_last) if self.channels_last else stacks


def device(name: str, threads: int, place: int = 0, processes: int = 1) -> torch.device:
    """The device called `name` (auto: CUDA where there is one) for process `place` of `processes` on this machine.

    The CPU is given `threads` cores at most, divided among the processes.
    """
    torch.set_num_threads(max(1, parallel.cores(threads) // processes))
    if name == "cuda" and not torch.cuda.is_available():
        raise InputError("compute.device is cuda, and there is none that torch can use: set it to auto or cpu")
    if name == "cpu" or not torch.cuda.is_available():
        return torch.device("cpu")
    if processes > torch.cuda.device_count():
        raise InputError(
            f"compute.devices is {processes}, and there are {torch.cuda.device_count()} GPUs: set it to at most that"
        )
    torch.cuda.set_device(place)
    return torch.device("cuda", place)


@contextmanager
def enough_memory(remedy: str) -> Iterator[None]:
    """Say what to do where a network does not fit into memory."""
    try:
        yield
    except RuntimeError as error:
        if isinstance(error, torch.OutOfMemoryError) or "DefaultCPUAllocator" in str(error):
            raise InputError(f"the network does not fit into memory: {remedy}") from error
        raise
