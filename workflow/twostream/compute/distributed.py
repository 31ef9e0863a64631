"""One training in many processes, one a GPU, started by torchrun or, as torchrun does, by twostream.compute.launch.

A batch is divided among the processes and its gradients are added up, batch normalisation included, so that
their number changes a result by rounding only.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from twostream import console
from twostream.compute import launch
from twostream.errors import RERUN, InputError

TIMEOUT = timedelta(days=30)
"""How long a process waits for the others. So long because rank 0 may wait for another project that makes the same
artefact; a process that waits for one that has ended is stopped by the launcher."""

Item = TypeVar("Item")


@dataclass(frozen=True)
class ProcessGroup:
    """The processes that work together, and which of them this one is; by default this process alone."""

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    local_size: int = 1

    @property
    def is_rank_zero(self) -> bool:
        """True for the process that writes the files."""
        return self.rank == 0

    def own_part(self, items: Sequence[Item]) -> Sequence[Item]:
        """Return every `size`-th of the items, from this process's rank on: those that it works on."""
        return items[self.rank :: self.size]

    def wrap(self, network: nn.Module, device: torch.device) -> nn.Module:
        """Return `network` as DistributedDataParallel, which averages gradients; alone, `network` itself."""
        if self.size == 1:
            return network
        return DistributedDataParallel(network, device_ids=[device] if device.type == "cuda" else None)

    def all_reduce(self, values: Sequence[float]) -> list[float]:
        """Return the sum over the processes of each of the values."""
        if self.size == 1:
            return list(values)
        by_rank = self.all_gather(torch.tensor(values, dtype=torch.float64))
        sums: list[float] = torch.stack(by_rank).sum(dim=0).tolist()
        return sums

    def all_gather(self, value: Item) -> list[Item]:
        """Return the `value` of each process, in the order of the ranks."""
        values = [value] * self.size
        if self.size > 1:
            distributed.all_gather_object(values, value)
        return values

    def barrier(self) -> None:
        """Wait until every process has come here."""
        if self.size > 1:
            distributed.barrier()

    @contextmanager
    def on_rank_zero(self, context: AbstractContextManager[bool]) -> Iterator[bool]:
        """Enter `context` on rank 0 only, and yield in every process what it yields there."""
        with context if self.is_rank_zero else nullcontext(False) as value:
            yield self.all_gather(value)[0]


def no_sync(network: nn.Module) -> AbstractContextManager[None]:
    """Return the context of a backward pass whose gradients a later pass adds to, so that they are not averaged yet."""
    return network.no_sync() if isinstance(network, DistributedDataParallel) else nullcontext()


@contextmanager
def join_process_group(device: str) -> Iterator[ProcessGroup]:
    """Join the processes that were started with this one, and yield the group; alone where it was not launched.

    `device` is compute.device. InputError where another process of the group ends early.
    """
    if not console.is_launched():
        yield ProcessGroup()
        return
    launch.end_with_launcher()
    nccl = device != "cpu" and torch.cuda.is_available()
    distributed.init_process_group("cpu:gloo,cuda:nccl" if nccl else "gloo", timeout=TIMEOUT)
    try:
        yield ProcessGroup(
            rank=int(os.environ["RANK"]),
            size=int(os.environ["WORLD_SIZE"]),
            local_rank=int(os.environ[console.LOCAL_RANK]),
            local_size=int(os.environ["LOCAL_WORLD_SIZE"]),
        )
        distributed.destroy_process_group()
    except RuntimeError as error:
        if isinstance(error, distributed.DistError) or "gloo" in str(error):
            raise InputError("another process of this run", "ended, and this one with it", RERUN) from error
        raise
