"""One training in many processes, one a GPU, started by torchrun or, as torchrun does, by twostream.compute.launch.

A batch is divided among the processes and its gradients are added up, batch normalisation included, so that
their number changes a result by rounding only.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.autograd import Function
from torch.nn.parallel import DistributedDataParallel

from twostream.compute import launch
from twostream.errors import InputError

PATIENCE = timedelta(days=30)
"""How long a process waits for the others: the first one may wait for another project that makes the same, and where
one of them ends, its launcher ends them all."""


@dataclass(frozen=True)
class Group:
    """The processes that work together, and which of them this one is."""

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    local_size: int = 1

    @property
    def is_first(self) -> bool:
        return self.rank == 0

    def share(self, items: Sequence[Any]) -> Sequence[Any]:
        """The items that are this process's to do."""
        return items[self.rank :: self.size]

    def spread(self, network: nn.Module, device: torch.device) -> nn.Module:
        """`network`, made to average its gradients over the processes."""
        if self.size == 1:
            return network
        return DistributedDataParallel(network, device_ids=[device] if device.type == "cuda" else None)

    def summed(self, values: Sequence[float]) -> list[float]:
        """`values`, added up over the processes."""
        if self.size == 1:
            return list(values)
        totals = torch.tensor(values, dtype=torch.float64)
        parts = self.gathered(totals)
        return torch.stack(parts).sum(dim=0).tolist()

    def gathered(self, value: Any) -> list[Any]:
        """The `value` of each process, in the order of their ranks."""
        values = [value] * self.size
        if self.size > 1:
            distributed.all_gather_object(values, value)
        return values

    def wait(self) -> None:
        """Go on when all are here."""
        if self.size > 1:
            distributed.barrier()

    @contextmanager
    def led(self, context: AbstractContextManager[bool]) -> Iterator[bool]:
        """Around what the first process does within `context`; all are told what it yields."""
        with context if self.is_first else nullcontext(False) as told:
            yield self.gathered(told)[0]


def unsynchronised(network: nn.Module) -> AbstractContextManager[None]:
    """Around a backward pass after which another one adds to the gradients."""
    return network.no_sync() if isinstance(network, DistributedDataParallel) else nullcontext()


def is_launched() -> bool:
    """Whether this process is one of those that torchrun has started."""
    return "LOCAL_RANK" in os.environ


@contextmanager
def joined(backend_device: str) -> Iterator[Group]:
    """The group that this process was started in; of itself alone where torchrun did not start it."""
    if not is_launched():
        yield Group()
        return
    launch.end_with_launcher()
    wanted = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")
    nccl = backend_device != "cpu" and torch.cuda.is_available()
    distributed.init_process_group("cpu:gloo,cuda:nccl" if nccl else "gloo", timeout=PATIENCE)
    try:
        yield Group(*(int(os.environ[name]) for name in wanted))
        distributed.destroy_process_group()
    except RuntimeError as error:
        if isinstance(error, distributed.DistError) or "gloo" in str(error):
            raise InputError("another process of this run has ended, and this one with it") from error
        raise


def synchronise_batch_norm(network: nn.Module, device: torch.device) -> nn.Module:
    """Let batch normalisations take their statistics from the whole batch, whichever processes it is divided among."""
    if device.type == "cuda":
        return nn.SyncBatchNorm.convert_sync_batchnorm(network)
    for name, layer in list(network.named_modules()):
        if type(layer) is nn.BatchNorm2d:
            whole = WholeBatchNorm(layer.num_features, layer.eps, layer.momentum)
            whole.load_state_dict(layer.state_dict())
            network.set_submodule(name, whole, strict=True)
    return network


class WholeBatchNorm(nn.BatchNorm2d):
    """Batch normalisation over the batches of all processes: torch's SyncBatchNorm, which no CPU can run.

    What it is given may be of lower precision; statistics are of 32 bits.
    """

    def forward(self, values: Tensor) -> Tensor:
        if not self.training:
            return super().forward(values)
        exact = values.float()
        count = float(_Summed.apply(torch.tensor(float(exact[:, 0].numel()))))
        mean = _Summed.apply(exact.sum(dim=(0, 2, 3))) / count
        centred = exact - mean[:, None, None]
        variance = _Summed.apply((centred * centred).sum(dim=(0, 2, 3))) / count
        self._remember(mean.detach(), variance.detach() * count / (count - 1))
        scale = self.weight * (variance + self.eps).rsqrt()
        return (centred * scale[:, None, None] + self.bias[:, None, None]).to(values.dtype)

    def _remember(self, mean: Tensor, variance: Tensor) -> None:
        """Move the running mean and variance, in place, as torch's own batch normalisation does."""
        share = self.momentum or 0.0
        for kept, new in (("running_mean", mean), ("running_var", variance)):
            self.get_buffer(kept).lerp_(new, share)
        self.get_buffer("num_batches_tracked").add_(1)


class _Summed(Function):
    """A tensor, added up over the processes; so is its gradient."""

    @staticmethod
    def forward(_: Any, values: Tensor) -> Tensor:
        total = values.clone(memory_format=torch.contiguous_format)
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(_: Any, gradient: Tensor) -> Tensor:
        return _Summed.apply(gradient)
