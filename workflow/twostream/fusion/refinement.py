"""Weights finer than the grid's, for many streams: from the best coarse weights uphill, in ever smaller steps.

With four streams the grid in steps of 0.02 has 23,426 weights, with five 316,251, with ten 6e10. So a coarse grid is
counted whole, and the search goes on from its best weights: it moves some weight from one stream to another while that
gets more videos right, first much, then as little as one step. Weights are counted by fold, once for all searches.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray

from twostream.fusion import kernels, rules
from twostream.fusion.folds import Folds
from twostream.metrics import Labels

FEWEST_STREAMS = 4
"""Streams from which on the grid is coarse; all weights of fewer are counted."""
MOST_WEIGHTS = 2100
"""Weights that are counted whole, whatever the number of streams."""
BEAM = 12
"""How many weights the search goes on from at once: one alone ends on the first small hill."""

Parts = tuple[int, ...]
"""Weights as whole numbers of steps."""


def coarse_weights(streams: int, step: float) -> NDArray[np.float64]:
    """Return the weights (n, streams) that are counted whole: of four streams and more, at most `MOST_WEIGHTS`."""
    parts = round(1 / step)
    if streams < FEWEST_STREAMS:
        return rules.simplex(streams, step)
    divisors = [d for d in range(parts, 0, -1) if parts % d == 0]
    fitting = [d for d in divisors if comb(d + streams - 1, streams - 1) <= MOST_WEIGHTS]
    return rules.simplex(streams, 1 / (fitting[0] if fitting else 1))


@dataclass(frozen=True)
class CountedWeights:
    """Weights in steps, and how many videos of the folds to select on they get right."""

    parts: Parts
    hits: int

    @property
    def preference(self) -> tuple[int, int]:
        """What to compare by: more hits, then more even weights."""
        return self.hits, -sum(part**2 for part in self.parts)


class FineWeights:
    """The hits by fold of fine weights of one block of the grid, counted when they are asked for."""

    def __init__(self, scores: NDArray[np.float64], labels: Labels, folds: Folds, step: float) -> None:
        """Count nothing yet; `scores` (streams, videos, classes) are normalised and pooled."""
        self._scores, self._labels, self._folds = scores, labels, folds
        self._total = round(1 / step)
        self._hits: dict[Parts, NDArray[np.int64]] = {}

    def __len__(self) -> int:
        """Return how many weights have been counted."""
        return len(self._hits)

    def weights(self, parts: Parts) -> tuple[float, ...]:
        """Return the weights, which add up to 1."""
        return tuple(part / self._total for part in parts)

    def parts(self, weights: Iterable[float]) -> Parts:
        """Return `weights` in steps."""
        return tuple(round(float(weight) * self._total) for weight in weights)

    def climb(self, starts: Sequence[Parts], farthest: int, folds: Sequence[int]) -> CountedWeights:
        """Return the best weights on `folds` that moves between two streams lead to from the best of `starts`.

        A move takes `farthest` steps at most, then half of that where it helps no more, until it is one step.
        """
        beam, move = self._best(starts, folds), farthest
        while move:
            wider = self._best(
                [each.parts for each in beam] + [m for each in beam for m in _moves(each.parts, move)], folds
            )
            is_better = wider[0].preference > beam[0].preference
            beam, move = wider, move if is_better else move // 2
        return beam[0]

    def _best(self, candidates: Sequence[Parts], folds: Sequence[int]) -> list[CountedWeights]:
        """Return the `BEAM` best of `candidates`, the best first."""
        distinct = list(dict.fromkeys(candidates))
        self._count([parts for parts in distinct if parts not in self._hits])
        hits = np.array([self._hits[parts] for parts in distinct])[:, list(folds)].sum(axis=1)
        weights = [CountedWeights(parts, int(number)) for parts, number in zip(distinct, hits, strict=True)]
        return sorted(weights, key=lambda each: each.preference, reverse=True)[:BEAM]

    def _count(self, new: Sequence[Parts]) -> None:
        if not new:
            return
        counts = np.zeros((len(new), self._folds.number), np.int64)
        weights = np.array([self.weights(parts) for parts in new])
        kernels.count_points(self._scores, weights, self._labels, self._folds.fold_of_video, counts)
        self._hits.update(zip(new, counts, strict=True))


def _moves(parts: Parts, move: int) -> list[Parts]:
    """Return what comes of moving `move` steps, or what there is, from one stream to another."""
    moved = []
    for giver, stock in enumerate(parts):
        for taker in range(len(parts)):
            if taker != giver and stock:
                new = list(parts)
                new[giver] -= min(move, stock)
                new[taker] += min(move, stock)
                moved.append(tuple(new))
    return moved
