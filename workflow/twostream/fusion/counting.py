"""How many videos each combination of the grid gets right, for all of them in one pass over the videos.

A few hundred videos at most are held at a time, whatever the number of them.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from twostream.compute.workers import map_threads
from twostream.fusion import grid, kernels, rules
from twostream.fusion.grid import Block, Grid
from twostream.fusion.rules import PooledStream
from twostream.metrics import Labels

Hits = NDArray[np.int64]

CHUNK_SCORES = 1 << 18
"""Scores per chunk and stream; the pooled scores of all of its blocks are held at once, some 30 MB in a worker."""
FEWEST_CHUNKS = 16
"""The least number of chunks, so that all workers have some."""


class Samples(Protocol):
    """Scores (videos, samples, classes): an array, or a dataset in a file that is read slice by slice."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The numbers of videos, samples and classes."""
        ...

    def __getitem__(self, videos: slice) -> NDArray[np.float32]:
        """Return the scores of some videos."""
        ...


def hits(
    streams: Sequence[Samples],
    labels: Labels,
    folds: Labels,
    whole: Grid,
    temperatures: Sequence[float],
    workers: int = 2,
    title: str = "grid",
) -> Hits:
    """Return the correct videos per fold, (blocks, ways, 2, folds): by their first class, and by their first five.

    `labels` and `folds` (videos,) are numbers from 0; `temperatures` has one per stream; `title` is the progress bar's.
    """
    number = int(folds.max()) + 1

    def count(chunk: slice) -> Hits:
        samples = [stream[chunk] for stream in streams]
        return _hits(samples, labels[chunk], folds[chunk], number, whole, temperatures)

    total = np.zeros((len(whole.blocks), whole.ways, 2, number), np.int64)
    for counts in map_threads(count, _chunks(streams), title, "chunk", workers):
        total += counts
    return total


def _chunks(streams: Sequence[Samples]) -> list[slice]:
    """Return slices of the videos that together are all of them."""
    videos = streams[0].shape[0]
    largest = max(int(np.prod(stream.shape[1:])) for stream in streams)
    size = max(1, min(CHUNK_SCORES // largest, videos // FEWEST_CHUNKS))
    return [slice(start, min(start + size, videos)) for start in range(0, videos, size)]


def _hits(
    samples: Sequence[NDArray[np.float32]],
    labels: Labels,
    folds: Labels,
    number: int,
    whole: Grid,
    temperatures: Sequence[float],
) -> Hits:
    """Return the hits (blocks, ways, 2, number) of a chunk of videos."""
    counts = np.zeros((len(whole.blocks), whole.ways, 2, number), np.int64)
    pooled = _pool_all(samples, whole.blocks, temperatures)
    lines = _lines(whole.weights)
    for b, block in enumerate(whole.blocks):
        streams = [pooled[s, name, block.pooling] for s, name in enumerate(block.normalisations)]
        scores = np.stack([stream.scores for stream in streams])
        for way, strategy in enumerate(whole.strategies):
            if strategy in rules.GATES:
                kernels.count_gated(scores, rules.GATES[strategy](streams), labels, folds, counts[b, way])
            else:
                kernels.count(rules.STRATEGIES[strategy](streams), labels, folds, counts[b, way])
        kernels.count_weights(scores, whole.weights, lines, labels, folds, counts[b, len(whole.strategies) :])
    return counts


def _pool_all(
    samples: Sequence[NDArray[np.float32]], blocks: Sequence[Block], temperatures: Sequence[float]
) -> Mapping[tuple[int, str, str], PooledStream]:
    """Return each stream in each normalisation and pooling that some block has, each computed once."""
    pooled: dict[tuple[int, str, str], PooledStream] = {}
    poolings = list(dict.fromkeys(block.pooling for block in blocks))
    for s, (scores, temperature) in enumerate(zip(samples, temperatures, strict=True)):
        for name in dict.fromkeys(block.normalisations[s] for block in blocks):
            streams = grid.pool_by_each(scores, name, temperature, poolings)
            pooled |= {(s, name, pooling): stream for pooling, stream in zip(poolings, streams, strict=True)}
    return pooled


def _lines(weights: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return where the lines of `weights` (n, streams) begin, and the end; in a line the last two weights differ."""
    begins_line = np.any(np.diff(weights[:, :-2], axis=0) != 0, axis=1)
    return np.array([0, *(np.flatnonzero(begins_line) + 1), len(weights)])
