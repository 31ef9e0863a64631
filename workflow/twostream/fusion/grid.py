"""The grid of fusions: normalisations and poolings (blocks) by strategies and weights (ways)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from twostream.fusion import normalisation, rules
from twostream.fusion.rules import PooledStream
from twostream.metrics import Scores

TILE_SCORES = 1 << 16
"""Scores that are normalised and pooled at once: they stay in a core's cache."""


@dataclass(frozen=True)
class Block:
    """What one pass over the videos has in common: a normalisation for each stream, and a pooling."""

    normalisations: tuple[str, ...]
    pooling: str


@dataclass(frozen=True)
class Grid:
    """All of `blocks` with all ways: first all `strategies`, then all `weights` (n, streams)."""

    blocks: tuple[Block, ...]
    strategies: tuple[str, ...]
    weights: NDArray[np.float64]

    @property
    def ways(self) -> int:
        """The number of ways to fuse the streams of a block."""
        return len(self.strategies) + len(self.weights)

    @property
    def size(self) -> int:
        """The number of combinations."""
        return len(self.blocks) * self.ways


def blocks(normalisations: Sequence[str], poolings: Sequence[str], streams: int, mixed: bool) -> tuple[Block, ...]:
    """Return all pairings; with `mixed`, each stream has any normalisation, otherwise all streams have the same."""
    tuples = product(normalisations, repeat=streams) if mixed else ((name,) * streams for name in normalisations)
    return tuple(Block(names, pooling) for names in tuples for pooling in poolings)


def pool(samples: Sequence[Scores], block: Block, temperatures: Sequence[float]) -> list[PooledStream]:
    """Normalise and pool the streams' scores (videos, samples, classes) as `block` says."""
    return [
        pool_by_each(scores, name, temperature, [block.pooling])[0]
        for scores, name, temperature in zip(samples, block.normalisations, temperatures, strict=True)
    ]


def pool_by_each(
    samples: Scores | NDArray[np.float32], name: str, temperature: float, poolings: Sequence[str]
) -> list[PooledStream]:
    """Normalise a stream's scores (videos, samples, classes) by `name`, and pool them by each of `poolings`."""
    videos, tile = len(samples), max(1, TILE_SCORES // max(1, samples[:1].size))
    tiles = (samples[start : start + tile].astype(np.float64) for start in range(0, max(videos, 1), tile))
    parts = [rules.pool_by_each(normalisation.apply(part, name, temperature), name, poolings) for part in tiles]
    return [rules.join(streams) for streams in zip(*parts, strict=True)]


def fuse(streams: Sequence[PooledStream], grid: Grid, way: int) -> Scores:
    """Return the scores (videos, classes) of one of the grid's ways."""
    if way < len(grid.strategies):
        return rules.STRATEGIES[grid.strategies[way]](streams)
    return rules.weighted(streams, grid.weights[way - len(grid.strategies)])
