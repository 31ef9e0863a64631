"""All normalisations, poolings and strategies, with all weights, in one pass over the videos.

Only ranks are wanted: which classes stand before the right one. Along a line of weights the difference
between a class' fused score and the right one's is linear, so each class passes the right one at most
once, at a place that has a closed form; a running sum then gives the rank for every weight of the line.
A few hundred videos are held at a time, whatever the number of them.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Protocol

import numba
import numpy as np
from numpy.typing import NDArray

from twostream.cache.stages import FUSE
from twostream.compute.workers import cores, progress
from twostream.fusion import rules
from twostream.fusion.normalisation import NORMALISATIONS
from twostream.fusion.rules import View
from twostream.metrics import Labels, Scores

Hits = NDArray[np.int64]

AT_ONCE = 1 << 19
"""Scores of a stream held at a time by a worker: 4 MB of doubles, some twenty times over."""
CHUNKS = 16
"""At least so many, for the workers to share."""


ROUNDING = 1e-9
"""Of a sum, how much may be lost to rounding."""


class Samples(Protocol):
    """Scores (videos, samples, classes): an array, or a dataset in a file that is read slice by slice."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    def __getitem__(self, videos: slice) -> NDArray[np.float32]: ...


@dataclass(frozen=True)
class Block:
    """What one pass over the videos shares: a normalisation for each stream, and a pooling."""

    normalisations: tuple[str, ...]
    pooling: str


@dataclass(frozen=True)
class Grid:
    """All of `blocks` with all of `strategies` and then all of `weights` (n, streams)."""

    blocks: tuple[Block, ...]
    strategies: tuple[str, ...]
    weights: NDArray[np.float64]

    @property
    def ways(self) -> int:
        return len(self.strategies) + len(self.weights)

    @property
    def size(self) -> int:
        return len(self.blocks) * self.ways


def blocks(normalisations: Sequence[str], poolings: Sequence[str], streams: int, mixed: bool) -> tuple[Block, ...]:
    """All pairings; with `mixed`, each stream has any normalisation, otherwise all have the same."""
    chosen = product(normalisations, repeat=streams) if mixed else ((name,) * streams for name in normalisations)
    return tuple(Block(names, pooling) for names in chosen for pooling in poolings)


def hits(
    streams: Sequence[Samples],
    labels: Labels,
    folds: Labels,
    grid: Grid,
    temperatures: Sequence[float],
    workers: int = 2,
    label: str = FUSE.name,
) -> Hits:
    """How many videos of each fold are right, (blocks, ways, 2, folds): by their first, by their first five classes.

    `labels` and `folds` (videos,) are numbers from 0; `temperatures` has one a stream.
    """
    largest = max(int(np.prod(stream.shape[1:])) for stream in streams)
    size = max(1, min(AT_ONCE // largest, len(labels) // CHUNKS))
    chunks = [slice(start, min(start + size, len(labels))) for start in range(0, len(labels), size)]

    def count(chunk: slice) -> Hits:
        parts = [np.asarray(stream[chunk], np.float64) for stream in streams]
        return _hits(parts, labels[chunk], folds[chunk], int(folds.max()) + 1, grid, temperatures)

    total = np.zeros((len(grid.blocks), grid.ways, 2, int(folds.max()) + 1), np.int64)
    with ThreadPoolExecutor(cores(workers)) as pool:
        for counted in progress([pool.submit(count, chunk) for chunk in chunks], label, "chunk"):
            total += counted.result()
    return total


def views(samples: Sequence[Scores], block: Block, temperatures: Sequence[float]) -> list[View]:
    """The streams as `block` has them."""
    return [
        rules.view(normalised(scores, name, temperature), name, block.pooling)
        for scores, name, temperature in zip(samples, block.normalisations, temperatures, strict=True)
    ]


def normalised(samples: Scores, name: str, temperature: float) -> Scores:
    return NORMALISATIONS[name](samples / temperature if name == "temperature" else samples)


def fused(streams: Sequence[View], grid: Grid, way: int) -> Scores:
    """The scores (videos, classes) of one of the grid's ways."""
    if way < len(grid.strategies):
        return rules.STRATEGIES[grid.strategies[way]](streams)
    return rules.weighted(streams, grid.weights[way - len(grid.strategies)])


def _hits(
    samples: Sequence[Scores],
    labels: Labels,
    folds: Labels,
    number: int,
    grid: Grid,
    temperatures: Sequence[float],
) -> Hits:
    found = np.zeros((len(grid.blocks), grid.ways, 2, number), np.int64)
    seen = _all_views(samples, grid.blocks, temperatures)
    for b, block in enumerate(grid.blocks):
        streams = [seen[s, name, block.pooling] for s, name in enumerate(block.normalisations)]
        for way, strategy in enumerate(grid.strategies):
            _count(rules.STRATEGIES[strategy](streams), labels, folds, found[b, way])
        _count_weights(streams, grid.weights, labels, folds, found[b, len(grid.strategies) :])
    return found


def _all_views(
    samples: Sequence[Scores], blocks: Sequence[Block], temperatures: Sequence[float]
) -> Mapping[tuple[int, str, str], View]:
    """Each stream in each normalisation and pooling that a block has, made once."""
    made: dict[tuple[int, str, str], View] = {}
    poolings = dict.fromkeys(block.pooling for block in blocks)
    for s, (scores, temperature) in enumerate(zip(samples, temperatures, strict=True)):
        for name in dict.fromkeys(block.normalisations[s] for block in blocks):
            values = normalised(scores, name, temperature)
            views = rules.views(values, name, poolings)
            made |= {(s, name, pooling): view for pooling, view in zip(poolings, views, strict=True)}
    return made


def _count_weights(
    streams: Sequence[View], weights: NDArray[np.float64], labels: Labels, folds: Labels, found: Hits
) -> None:
    """Line by line: rows of `weights` that differ in the last two streams only."""
    *fixed, a, b = [view.scores for view in streams]
    is_other = np.any(np.diff(weights[:, :-2], axis=0) != 0, axis=1)
    bounds = [0, *(np.flatnonzero(is_other) + 1).tolist(), len(weights)]
    for start, stop in pairwise(bounds):
        base = sum((w * scores for w, scores in zip(weights[start], fixed, strict=False)), start=np.zeros_like(a))
        _count_line(base, a, b, weights[start:stop, -2], weights[start:stop, -1], labels, folds, found[start:stop])


@numba.njit(nogil=True, cache=True)
def _count(scores, labels, folds, found):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Add to `found` (2, folds) the videos whose right class is the first, and among the first five."""
    for v in range(len(labels)):
        label = labels[v]
        before = 0
        for c in range(scores.shape[1]):
            before += scores[v, c] > scores[v, label] or (scores[v, c] == scores[v, label] and c < label)
        found[0, folds[v]] += before < 1
        found[1, folds[v]] += before < 5


@numba.njit(nogil=True, cache=True)
def _stands_before(base, a, b, w, u, c, label):  # type: ignore[no-untyped-def]  # pragma: no cover
    theirs = base[c] + w * a[c] + u * b[c]
    own = base[label] + w * a[label] + u * b[label]
    return theirs > own or (theirs == own and c < label)


@numba.njit(nogil=True, cache=True)
def _count_tie(base, a, b, w, u, c, label, steps):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Two classes that tie along the whole line: at each weight the rounding decides."""
    stood_before = False
    for i in range(len(w)):
        stands_before = _stands_before(base, a, b, w[i], u[i], c, label)
        if stands_before != stood_before:
            steps[i] += 1 if stands_before else -1
        stood_before = stands_before


@numba.njit(nogil=True, cache=True)
def _count_line(base, a, b, w, u, labels, folds, found):  # type: ignore[no-untyped-def]  # pragma: no cover
    """`_count` of base + w[i] a + u[i] b for every i, into found[i]; w rises by equal steps and w + u is constant.

    The place where a class passes the right one is guessed from the margins at both ends, and then moved
    to where the sums themselves, rounded as they are, say that it is.
    """
    last = len(w) - 1
    steps = np.zeros(len(w) + 1, np.int64)
    for v in range(len(labels)):
        label = labels[v]
        steps[:] = 0
        tie = ROUNDING * (np.abs(base[v]).max() + np.abs(a[v]).max() + np.abs(b[v]).max())
        for c in range(a.shape[1]):
            if c == label:
                continue
            first_margin = base[v, c] + u[0] * b[v, c] + w[0] * a[v, c]
            first_margin -= base[v, label] + u[0] * b[v, label] + w[0] * a[v, label]
            last_margin = base[v, c] + u[last] * b[v, c] + w[last] * a[v, c]
            last_margin -= base[v, label] + u[last] * b[v, label] + w[last] * a[v, label]
            if first_margin < -tie and last_margin < -tie:
                continue
            if abs(first_margin) < tie and abs(last_margin) < tie:
                _count_tie(base[v], a[v], b[v], w, u, c, label, steps)
                continue
            at_first = _stands_before(base[v], a[v], b[v], w[0], u[0], c, label)
            at_last = _stands_before(base[v], a[v], b[v], w[last], u[last], c, label)
            if at_first:
                steps[0] += 1
            if at_first == at_last:
                continue
            slope = first_margin - last_margin
            place = int(last * min(max(first_margin / slope, 0.0), 1.0)) + 1 if slope != 0 else 1
            place = min(max(place, 1), last)
            while place > 1 and _stands_before(base[v], a[v], b[v], w[place - 1], u[place - 1], c, label) == at_last:
                place -= 1
            while place < last and _stands_before(base[v], a[v], b[v], w[place], u[place], c, label) != at_last:
                place += 1
            steps[place] += 1 if at_last else -1
        before = 0
        for i in range(len(w)):
            before += steps[i]
            found[i, 0, folds[v]] += before < 1
            found[i, 1, folds[v]] += before < 5
