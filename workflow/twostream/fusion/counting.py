"""How many videos each combination of the grid gets right, for all of them in one pass over the videos.

A few hundred videos are held at a time, whatever the number of them.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from twostream.compute.workers import map_threads
from twostream.fusion import kernels, normalisation, rules
from twostream.fusion.grid import Block, Grid
from twostream.fusion.rules import PooledStream
from twostream.metrics import Labels, Scores

Hits = NDArray[np.int64]

CHUNK_SCORES = 1 << 19
"""Scores per chunk and stream: 4 MB as float64; about 20 such arrays live at once in a worker."""
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
    grid: Grid,
    temperatures: Sequence[float],
    workers: int = 2,
    title: str = "grid",
) -> Hits:
    """Return the correct videos per fold, (blocks, ways, 2, folds): by their first class, and by their first five.

    `labels` and `folds` (videos,) are numbers from 0; `temperatures` has one per stream; `title` is the progress bar's.
    """
    number = int(folds.max()) + 1

    def count(chunk: slice) -> Hits:
        samples = [np.asarray(stream[chunk], np.float64) for stream in streams]
        return _hits(samples, labels[chunk], folds[chunk], number, grid, temperatures)

    total = np.zeros((len(grid.blocks), grid.ways, 2, number), np.int64)
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
    samples: Sequence[Scores],
    labels: Labels,
    folds: Labels,
    number: int,
    grid: Grid,
    temperatures: Sequence[float],
) -> Hits:
    """Return the hits (blocks, ways, 2, number) of a chunk of videos."""
    counts = np.zeros((len(grid.blocks), grid.ways, 2, number), np.int64)
    pooled = _pool_all(samples, grid.blocks, temperatures)
    for b, block in enumerate(grid.blocks):
        streams = [pooled[s, name, block.pooling] for s, name in enumerate(block.normalisations)]
        for way, strategy in enumerate(grid.strategies):
            kernels.count(rules.STRATEGIES[strategy](streams), labels, folds, counts[b, way])
        _count_weights(streams, grid.weights, labels, folds, counts[b, len(grid.strategies) :])
    return counts


def _pool_all(
    samples: Sequence[Scores], blocks: Sequence[Block], temperatures: Sequence[float]
) -> Mapping[tuple[int, str, str], PooledStream]:
    """Return each stream in each normalisation and pooling that some block has, each computed once."""
    pooled: dict[tuple[int, str, str], PooledStream] = {}
    poolings = list(dict.fromkeys(block.pooling for block in blocks))
    for s, (scores, temperature) in enumerate(zip(samples, temperatures, strict=True)):
        for name in dict.fromkeys(block.normalisations[s] for block in blocks):
            values = normalisation.apply(scores, name, temperature)
            streams = rules.pool_by_each(values, name, poolings)
            pooled |= {(s, name, pooling): stream for pooling, stream in zip(poolings, streams, strict=True)}
    return pooled


def _count_weights(
    streams: Sequence[PooledStream], weights: NDArray[np.float64], labels: Labels, folds: Labels, counts: Hits
) -> None:
    """Count line by line: rows of `weights` that differ in the last two streams only."""
    *others, a, b = [stream.scores for stream in streams]
    begins_line = np.any(np.diff(weights[:, :-2], axis=0) != 0, axis=1)
    bounds = [0, *(np.flatnonzero(begins_line) + 1).tolist(), len(weights)]
    for start, stop in pairwise(bounds):
        base = sum((w * scores for w, scores in zip(weights[start], others, strict=False)), start=np.zeros_like(a))
        line = weights[start:stop]
        kernels.count_line(base, a, b, line[:, -2], line[:, -1], labels, folds, counts[start:stop])
