"""The order in which one of several processes trains on its videos."""

from collections.abc import Iterator

from torch.utils.data import Sampler

from twostream.compute.distributed import ProcessGroup
from twostream.streams.epoch_order import EpochOrder, SampleIndex


class RankOrder(Sampler[list[SampleIndex]]):
    """This process's samples of each batch of the `epochs` of `order`, each batch in `parts`, one after another.

    The epochs follow each other without a break, so that loading goes on while an epoch is validated.
    """

    def __init__(self, order: EpochOrder, epochs: range, parts: int, processes: ProcessGroup) -> None:
        self.order = order
        self.epochs = epochs
        self.parts = parts
        self.processes = processes

    def __len__(self) -> int:
        return len(self.epochs) * len(self.order) * self.parts

    def __iter__(self) -> Iterator[list[SampleIndex]]:
        """Yield the samples of each part of each batch."""
        return (
            list(self.processes.own_part(batch[part :: self.parts]))
            for epoch in self.epochs
            for batch in self.order.of_epoch(epoch)
            for part in range(self.parts)
        )
