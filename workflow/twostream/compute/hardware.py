"""What a network runs on, and how. Nothing here changes a result by more than rounding."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from twostream.compute import workers
from twostream.errors import InputError

NO_MEMORY = ("DefaultCPUAllocator", "CUDA error: out of memory", "CUBLAS_STATUS_ALLOC_FAILED")
NO_COMPILER = ("InvalidCxxCompiler", "TritonMissing", "working triton")
NO_SHARED_MEMORY = ("unable to allocate shared memory", "unable to mmap", "Bus error", "No space left on device")
"""What torch says, in errors that are of no kind of their own."""


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

    def random_state(self) -> list[Tensor]:
        """Of the generators that a network draws from here: the CPU's and, on a GPU, that GPU's."""
        return [torch.get_rng_state(), *([torch.cuda.get_rng_state(self.device)] if self._is_gpu else [])]

    def set_random_state(self, states: Sequence[Tensor]) -> None:
        """As `random_state` gave it; a GPU's, if there is none here or was none there, is left out."""
        torch.set_rng_state(states[0])
        if self._is_gpu and len(states) > 1:
            torch.cuda.set_rng_state(states[1], self.device)

    @property
    def _is_gpu(self) -> bool:
        return self.device.type == "cuda"

    def fetch(self, tensor: Tensor) -> Tensor:
        return tensor.to(self.device, non_blocking=True)

    def lay_out(self, stacks: Tensor) -> Tensor:
        return stacks.contiguous(memory_format=torch.channels_last) if self.channels_last else stacks


def device(name: str, threads: int, place: int = 0, processes: int = 1) -> torch.device:
    """The device called `name` (auto: CUDA where there is one) for process `place` of `processes` on this machine.

    The CPU is given `threads` cores at most, divided among the processes.
    """
    torch.set_num_threads(max(1, workers.cores(threads) // processes))
    if name == "cuda" and not torch.cuda.is_available():
        raise InputError("compute.device is cuda, and there is none that torch can use: set it to auto or cpu")
    if name == "cpu" or not torch.cuda.is_available():
        torch.use_deterministic_algorithms(True, warn_only=True)  # Swin's gradients are added up in any order else.
        torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
        return torch.device("cpu")
    if processes > torch.cuda.device_count():
        raise InputError(
            f"compute.devices is {processes}, and there are {torch.cuda.device_count()} GPUs: set it to at most that"
        )
    torch.cuda.set_device(place)
    return torch.device("cuda", place)


def loader_workers(asked: int | None, device: torch.device, processes: int = 1) -> int:
    """How many processes load samples for one of the `processes` of this machine, which together may have `asked`.

    At most as many as there are cores. Without a number, none for a CPU, which they would take cores from; else all.
    """
    is_left_to_job = device.type == "cpu" if asked is None else asked == 0
    return 0 if is_left_to_job else max(1, workers.cores(asked) // processes)


@contextmanager
def enough_memory(remedy: str) -> Iterator[None]:
    """Say what to do where a network, or what is loaded for it, does not fit into memory."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        told = str(error)
        if isinstance(error, MemoryError | torch.OutOfMemoryError) or any(said in told for said in NO_MEMORY):
            raise InputError(f"the network does not fit into memory: {remedy}") from error
        if any(said in told for said in NO_SHARED_MEMORY):
            raise InputError(
                "the loader's processes do not fit into shared memory (/dev/shm): lower compute.loader_workers or "
                "make it larger (of a container: docker run --shm-size=8g)"
            ) from error
        if any(said in f"{type(error).__name__} {told}" for said in NO_COMPILER):
            raise InputError(
                "compute.compile is true, and torch finds no compiler here: set it to false, or install one (g++)"
            ) from error
        if "DataLoader worker" in told:
            raise InputError(
                "a process of the loader was killed, most often for want of memory: lower compute.loader_workers "
                "and run the same command again to go on"
            ) from error
        raise
