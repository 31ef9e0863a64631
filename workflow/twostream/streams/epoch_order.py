"""Which videos each batch of an epoch has: all of them once, or as many drawn so that all classes count alike.

The order follows from the seed and the epoch alone, so that an interrupted training goes on with the batches that it
would have had.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from torch.utils.data import Sampler


class SampleIndex(NamedTuple):
    """An epoch, the position of a video in the list, and how often the epoch had it before."""

    epoch: int
    position: int
    repeat: int = 0

    def seed(self, seed: int) -> list[int]:
        """Return what, with the `seed` of the stream, determines this sample."""
        first = [seed, self.epoch, self.position]
        return [*first, self.repeat] if self.repeat else first


class EpochOrder(Sampler[list[SampleIndex]]):
    """The samples of each batch of an epoch, drawn anew for every epoch; `set_epoch` chooses that of `iter`.

    Each video comes once or, with the `labels` of the videos, all classes equally often. Batches are of nearly equal
    size, so that no last one is too small for batch normalisation.
    """

    def __init__(self, videos: int, batch: int, seed: int, labels: Sequence[int] | None = None) -> None:
        self.videos = videos
        self.batches = max(1, -(-videos // batch))
        self.seed = seed
        self.labels = labels
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Make the next iteration that of `epoch`, from 0."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.batches

    def __iter__(self) -> Iterator[list[SampleIndex]]:
        """Yield the samples of each batch."""
        return self.of_epoch(self.epoch)

    def of_epoch(self, epoch: int) -> Iterator[list[SampleIndex]]:
        """Yield the samples of each batch of `epoch`."""
        rng = np.random.default_rng([self.seed, epoch])
        positions = rng.permutation(self.videos) if self.labels is None else draw_balanced(self.labels, rng)
        repeats: Counter[int] = Counter()
        for batch in np.array_split(positions, self.batches):
            yield [_next_sample(epoch, int(position), repeats) for position in batch]


def draw_balanced(labels: ArrayLike, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return as many positions as there are `labels`, in random order, all classes among them equally often, to one.

    Chance says which classes have one more. Within a class each video comes equally often, to one.
    """
    labels = np.asarray(labels)
    classes = np.unique(labels)
    counts = np.full(len(classes), len(labels) // len(classes))
    counts[rng.permutation(len(classes))[: len(labels) % len(classes)]] += 1
    drawn = [_cycle(np.flatnonzero(labels == label), count, rng) for label, count in zip(classes, counts, strict=True)]
    return rng.permutation(np.concatenate(drawn))


def _cycle(positions: NDArray[np.int64], count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the first `count` of `positions` in random order, which begin anew, in another order, at their end."""
    rounds = [rng.permutation(positions) for _ in range(-(-count // len(positions)))]
    return np.concatenate([*rounds, positions[:0]])[:count]


def _next_sample(epoch: int, position: int, repeats: Counter[int]) -> SampleIndex:
    sample = SampleIndex(epoch, position, repeats[position])
    repeats[position] += 1
    return sample
