"""What a network runs on, and how. Nothing here changes a result by more than rounding."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from twostream.compute import workers
from twostream.compute.options import NetworkOptions
from twostream.errors import InputError


def mark(stream: torch.cuda.Stream) -> torch.cuda.Event:
    """Return an event after all that is queued on `stream`: who waits for it leaves the core to the loader's processes.

    One that is made as usual keeps a core busy while it is waited for.
    """
    event = torch.cuda.Event(blocking=True)
    event.record(stream)
    return event


class HostCopy:
    """A copy of a device's tensor that is on its way to the host: asking for it does not stop the device."""

    def __init__(self, values: Tensor) -> None:
        self._values = values
        self._arrival: torch.cuda.Event | None = None
        if values.is_cuda:
            self._values = torch.empty(values.shape, dtype=values.dtype, pin_memory=True)
            self._values.copy_(values, non_blocking=True)
            self._arrival = mark(torch.cuda.current_stream(values.device))

    @property
    def is_there(self) -> bool:
        """Whether `values` need not wait."""
        return self._arrival is None or self._arrival.query()

    def values(self) -> Tensor:
        """Return the tensor, on the CPU."""
        if self._arrival is not None:
            self._arrival.synchronize()
        return self._values


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """The device that a network runs on, and the means that may make it faster there.

    With `device_crops` it crops, mirrors, resizes and colours its batches too, which else the loader does.
    """

    device: torch.device
    loader_workers: int = 0
    channels_last: bool = False
    compile: bool = False
    device_crops: bool = False

    @property
    def records_passes(self) -> bool:
        """Whether passes through a network are recorded as CUDA graphs; torch.compile would record its own."""
        return self.is_gpu and not self.compile

    @property
    def pins_batches(self) -> bool:
        """Whether the loader copies its batches into pinned memory; raw ones lie in such memory already."""
        return self.is_gpu and not self.device_crops

    @property
    def precision(self) -> str:
        """What `precision: auto` trains in: bfloat16 where the device is a GPU that has it."""
        has_bfloat16 = self.is_gpu and torch.cuda.get_device_capability(self.device)[0] >= 8
        return "bfloat16" if has_bfloat16 else "float32"

    @property
    def resize_precision(self) -> torch.dtype:
        """What the device resizes in: a GPU is many times faster in half precision, in which bytes are exact."""
        return torch.float16 if self.is_gpu else torch.float32

    def prepare(self, network: nn.Module) -> nn.Module:
        """Return `network`, moved to the device, in the chosen memory format and compiled if that is set."""
        network.to(self.device)
        if self.channels_last:
            network.to(memory_format=torch.channels_last)
        if self.compile:
            network.compile()
        return network

    def random_state(self) -> list[Tensor]:
        """Return the states of the generators that a network draws from: the CPU's and, on a GPU, that GPU's."""
        return [torch.get_rng_state(), *([torch.cuda.get_rng_state(self.device)] if self.is_gpu else [])]

    def set_random_state(self, states: Sequence[Tensor]) -> None:
        """Set the generators to what `random_state` returned; a GPU's only if both machines have one."""
        torch.set_rng_state(states[0])
        if self.is_gpu and len(states) > 1:
            torch.cuda.set_rng_state(states[1], self.device)

    @property
    def is_gpu(self) -> bool:
        """Whether the device works on while the host does."""
        return self.device.type == "cuda"

    def to_device(self, tensor: Tensor) -> Tensor:
        """Return `tensor` on the device; from pinned memory the copy goes on while the caller does."""
        return tensor.to(self.device, non_blocking=True)

    def small_to_device(self, tensor: Tensor) -> Tensor:
        """Return a small `tensor` on the device; it is pinned first, so that the caller need not wait for a GPU."""
        return self.to_device(tensor.pin_memory() if self.is_gpu else tensor)

    def to_memory_format(self, images: Tensor) -> Tensor:
        """Return `images` (N, C, H, W) with the channels last in memory, if that is set."""
        return images.contiguous(memory_format=torch.channels_last) if self.channels_last else images


def wait(device: torch.device) -> None:
    """Wait until `device` has done all that it was given; a CPU always has."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def runtime(options: NetworkOptions, threads: int, local_rank: int = 0, local_size: int = 1) -> Runtime:
    """Return what `options` mean for process `local_rank` of the `local_size` processes of this node.

    `threads` are the cores that the processes share. InputError where there are too few GPUs.
    """
    where = device(options.device, threads, local_rank, local_size)
    is_gpu = where.type == "cuda"
    return Runtime(
        device=where,
        loader_workers=loader_workers(options.loader_workers, where, local_size),
        channels_last=is_gpu if options.channels_last is None else options.channels_last,
        compile=options.compile,
        device_crops=is_gpu,
    )


def device(name: str, threads: int, local_rank: int = 0, processes: int = 1) -> torch.device:
    """Return the device called `name` (auto: CUDA where there is one) for one of the `processes` of this node.

    The CPU uses `threads` cores at most, divided among the processes. InputError where there are too few GPUs.
    """
    torch.set_num_threads(max(1, workers.cores(threads) // processes))
    if name == "cuda" and not torch.cuda.is_available():
        raise InputError("compute.device", "is cuda, and torch finds no GPU that it can use", "set it to auto or cpu")
    if name == "cpu" or not torch.cuda.is_available():
        # Else Swin's gradients are added up in any order.
        torch.use_deterministic_algorithms(True, warn_only=True)
        torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
        return torch.device("cpu")
    if processes > torch.cuda.device_count():
        raise InputError(
            "compute.devices",
            f"is {processes}, and there are {torch.cuda.device_count()} GPUs",
            "set it to that number or less",
        )
    torch.cuda.set_device(local_rank)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = True
    return torch.device("cuda", local_rank)


def loader_workers(total: int | None, device: torch.device, processes: int = 1) -> int:
    """Return the loader workers for each of the node's `processes`, which share `total`.

    Never more than one a core in all. By default none on a CPU, where they would take cores from the network, and
    as many as there are cores with a GPU.
    """
    loads_itself = device.type == "cpu" if total is None else total == 0
    return 0 if loads_itself else max(1, workers.cores(total) // processes)
