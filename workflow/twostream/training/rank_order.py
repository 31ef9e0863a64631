"""The order in which one of several processes trains on its videos."""

from collections.abc import Iterator

from torch.utils.data import Sampler

from twostream.compute.distributed import ProcessGroup
from twostream.streams.clips import EpochOrder, SampleIndex


class RankOrder(Sampler[list[SampleIndex]]):
    """This process's samples of each batch of `order`, which comes in `parts`, one after another."""

    def __init__(self, order: EpochOrder, parts: int, processes: ProcessGroup) -> None:
        self.order = order
        self.parts = parts
        self.processes = processes

    def __len__(self) -> int:
        return len(self.order) * self.parts

    def __iter__(self) -> Iterator[list[SampleIndex]]:
        """Yield the samples of each part of each batch."""
        return (
            list(self.processes.own_part(batch[part :: self.parts]))
            for batch in self.order
            for part in range(self.parts)
        )
