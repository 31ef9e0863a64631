"""The grid as methods to select from: the best normalisations, pooling and weights of each strategy."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twostream.fusion import counting, grid, normalisation, refinement, rules
from twostream.fusion.contract import Params
from twostream.fusion.counting import Hits
from twostream.fusion.folds import Folds, Mask
from twostream.fusion.grid import Block, Grid
from twostream.fusion.model import RuleModel
from twostream.fusion.pooling import POOLINGS
from twostream.fusion.refinement import FineWeights
from twostream.fusion.rules import PooledStream
from twostream.fusion.settings import FusionSettings
from twostream.fusion.stream_scores import StreamScores
from twostream.metrics import Labels, Scores

RAW = "weighted"
"""Weights for the mean of the scores as they are; the weights of the whole grid are `weighted, normalised`."""
NORMALISED = "weighted, normalised"
ANY = "grid"
POOLED_AT_ONCE = 256
"""Videos whose samples are pooled at once for a search of fine weights."""


@dataclass(frozen=True)
class Combination:
    """The index of a block of the grid, and that of a way or, between those of the grid, `weights`.

    Temperatures are fitted without fold `outer`.
    """

    block: int
    way: int
    outer: int | None
    weights: tuple[float, ...] | None = None


class GridSearch:
    """A grid and the videos it is tried on.

    The blocks are in two parts: for those of `tempered` temperatures are fitted, anew for each fold that is left out.
    """

    def __init__(
        self, streams: StreamScores, folds: Folds, plain: Grid, tempered: Grid, step: float, workers: int
    ) -> None:
        """Count nothing yet; `workers` chunks of videos are counted at once.

        Where the weights of the grid are farther apart than `step`, those between them are searched.
        """
        self.folds = folds
        self.blocks = plain.blocks + tempered.blocks
        self._step, self._coarse_parts = step, round(_step_of(plain.weights) / step)
        self._is_coarse = self._coarse_parts > 1
        self._fine: dict[tuple[int, int | None], FineWeights] = {}
        self._streams, self._plain, self._tempered, self._workers = streams, plain, tempered, workers
        self._order = _most_even_first(plain)
        self._plain_hits: Hits | None = None
        self._hits: dict[int | None, Hits] = {}
        self._temperatures: dict[int | None, list[float]] = {}
        self._scores: dict[tuple[Combination, int], Scores] = {}

    @property
    def labels(self) -> Labels:
        """The class of each video."""
        return self._streams.labels

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return len(self._streams.class_name)

    @property
    def size(self) -> int:
        """How many combinations have been counted, or will be for certain."""
        return self._plain.size + self._tempered.size + sum(len(fine) for fine in self._fine.values())

    @property
    def names(self) -> list[str]:
        """What can be selected: `RAW`, a strategy, `NORMALISED`, or `ANY` of them."""
        return [RAW, *self._plain.strategies, *([NORMALISED] if len(self.blocks) > 1 else []), ANY]

    def select(self, name: str, outer: int | None, folds: Sequence[int]) -> Combination:
        """Return the combination of `name` with the most hits in `folds`, temperatures fitted without fold `outer`.

        Of equals it is the first, and the one with the most even weights. Of many streams the weights between those of
        the grid are searched from the best of these.
        """
        hits = np.where(self._allowed(name), self.hits(outer)[:, :, 0, folds].sum(axis=-1), -1)
        best = hits[:, self._order].argmax()
        block, i = np.unravel_index(best, hits.shape)
        way = int(self._order[i])
        coarse = self._combination(int(block), way, outer)
        if not self._is_coarse:
            return coarse
        return self._refine(hits, outer, folds) or coarse

    def _refine(self, hits: NDArray[np.int64], outer: int | None, folds: Sequence[int]) -> Combination | None:
        """Return the best weights that the search finds from the best of the grid; None if a way of it has more hits.

        `hits` (blocks, ways) are negative where not allowed.
        """
        first = len(self._plain.strategies)
        best: tuple[refinement.CountedWeights, Combination] | None = None
        order = np.argsort(-hits[:, first:], axis=None, kind="stable")[: refinement.BEAM]
        blocks, rows = np.unravel_index(order, hits[:, first:].shape)
        for block in dict.fromkeys(int(b) for b in blocks if hits[b, first:].max() >= 0):
            fine = self._fine_weights(block, outer)
            starts = [fine.parts(self._plain.weights[row]) for row in rows[blocks == block]]
            peak = fine.climb(starts, self._coarse_parts, folds)
            if best is None or peak.preference > best[0].preference:
                best = peak, replace(self._combination(block, first, outer), weights=fine.weights(peak.parts))
        return best[1] if best and best[0].hits >= hits.max() else None

    def _fine_weights(self, block: int, outer: int | None) -> FineWeights:
        """Return the fine weights of a block, which remember what they have counted."""
        combination = self._combination(block, 0, outer)
        key = block, combination.outer
        if key not in self._fine:
            every = np.arange(len(self.labels))
            chunks = np.array_split(every, max(1, len(every) // POOLED_AT_ONCE))
            pooled = [[stream.scores for stream in self._pool(combination, chunk)] for chunk in chunks]
            self._fine[key] = FineWeights(np.concatenate(pooled, axis=1), self.labels, self.folds, self._step)
        return self._fine[key]

    def score_fold(self, combination: Combination, fold: int) -> Scores:
        """Return the combination's scores of the videos of `fold`, computed once."""
        key = combination, fold
        if key not in self._scores:
            self._scores[key] = self.score(combination, self.folds.videos(fold))
        return self._scores[key]

    def score(self, combination: Combination, videos: Mask) -> Scores:
        """Return the combination's scores of `videos`."""
        pooled = self._pool(combination, videos)
        if combination.weights is not None:
            return rules.weighted(pooled, combination.weights)
        return grid.fuse(pooled, self._plain, combination.way)

    def _pool(self, combination: Combination, videos: Mask | NDArray[np.int64]) -> list[PooledStream]:
        samples = [stream[videos].astype(np.float64) for stream in self._streams.samples]
        return grid.pool(samples, self.blocks[combination.block], self._temperatures_of(combination))

    def params(self, combination: Combination) -> Params:
        """Return the combination's parameters by stream."""
        names, block, strategies = self._streams.names, self.blocks[combination.block], self._plain.strategies
        params: Params = {
            "normalisation": dict(zip(names, block.normalisations, strict=True)),
            "pooling": block.pooling,
        }
        streams = zip(names, block.normalisations, self._temperatures_of(combination), strict=True)
        if fitted := {name: round(t, 4) for name, normalised_by, t in streams if normalised_by == "temperature"}:
            params["temperature"] = fitted
        if combination.way < len(strategies):
            params["rule"] = strategies[combination.way]
        else:
            weights = combination.weights or self._plain.weights[combination.way - len(strategies)]
            params["weights"] = {name: round(float(w), 4) for name, w in zip(names, weights, strict=True)}
        return params

    def model(self, combination: Combination) -> RuleModel:
        """Return the combination with all its parameters, to fuse other videos by."""
        block, strategies = self.blocks[combination.block], self._plain.strategies
        weights = combination.weights or ()
        if not weights and combination.way >= len(strategies):
            weights = tuple(self._plain.weights[combination.way - len(strategies)].tolist())
        return RuleModel(
            normalisations=block.normalisations,
            pooling=block.pooling,
            temperatures=tuple(self._temperatures_of(combination)),
            rule="" if weights else strategies[combination.way],
            weights=weights,
        )

    def oracle(self, name: str) -> Combination:
        """Return the combination of `name` that is best on the test videos themselves."""
        return self.select(name, None, self.folds.test_folds)

    def hits(self, outer: int | None) -> Hits:
        """Return the hits (blocks, ways, 2, folds), temperatures fitted without fold `outer`."""
        if self._plain_hits is None:
            self._plain_hits = self._count(self._plain, [1.0] * len(self._streams.names))
        if not self._tempered.blocks:
            return self._plain_hits
        if outer not in self._hits:
            tempered = self._count(self._tempered, self.temperatures(outer))
            self._hits[outer] = np.concatenate([self._plain_hits, tempered])
        return self._hits[outer]

    def temperatures(self, outer: int | None) -> list[float]:
        """Return the temperature of each stream, fitted without fold `outer`; on the test videos for the oracle."""
        if outer not in self._temperatures:
            videos = self.folds.videos(*self.folds.test_folds) if outer is None else self.folds.train(outer)
            labels = self._streams.labels[videos]
            self._temperatures[outer] = [normalisation.temperature(s[videos], labels) for s in self._streams.scores]
        return self._temperatures[outer]

    def _combination(self, block: int, way: int, outer: int | None) -> Combination:
        """Return the combination; without temperatures it is the same whichever fold is left out."""
        return Combination(block, way, outer if _needs_temperature(self.blocks[block]) else None)

    def _temperatures_of(self, combination: Combination) -> list[float]:
        if _needs_temperature(self.blocks[combination.block]):
            return self.temperatures(combination.outer)
        return [1.0] * len(self._streams.names)

    def _count(self, part: Grid, temperatures: Sequence[float]) -> Hits:
        streams = self._streams
        fold_of_video = self.folds.fold_of_video
        return counting.hits(streams.samples, streams.labels, fold_of_video, part, temperatures, self._workers)

    def _allowed(self, name: str) -> NDArray[np.bool_]:
        """Return the part of the grid that `name` stands for, (blocks, ways)."""
        strategies = self._plain.strategies
        allowed = np.zeros((len(self.blocks), self._plain.ways), bool)
        if name == RAW:
            allowed[0, len(strategies) :] = True
        elif name == NORMALISED:
            allowed[:, len(strategies) :] = True
        elif name == ANY:
            allowed[:] = True
        else:
            allowed[:, strategies.index(name)] = True
        return allowed


def prepare(streams: StreamScores, folds: Folds, settings: FusionSettings, workers: int) -> GridSearch:
    """Return the search of the grid that `settings` describe; the mean of the raw scores is always its first block.

    What needs several samples is left out where a stream has one only.
    """
    samples = [stream.shape[1] for stream in streams.samples]
    poolings = [name for name in POOLINGS if name in settings.poolings] if max(samples) > 1 else ["mean"]
    mixed = settings.mixed and len(samples) == 2
    raw = Block(("none",) * len(samples), "mean")
    blocks = list(dict.fromkeys([raw, *grid.blocks(settings.normalisations, poolings, len(samples), mixed)]))
    left_out = {"inverse_variance"} if min(samples) < 2 else set()
    strategies = tuple(name for name in rules.STRATEGIES if name in settings.strategies and name not in left_out)
    weights = refinement.coarse_weights(len(samples), settings.step)
    plain, tempered = (
        Grid(tuple(block for block in blocks if _needs_temperature(block) == is_tempered), strategies, weights)
        for is_tempered in (False, True)
    )
    return GridSearch(streams, folds, plain, tempered, settings.step, workers)


def _step_of(weights: NDArray[np.float64]) -> float:
    """Return the smallest weight but zero of a grid of weights, its step."""
    return float(weights[weights > 0].min())


def _needs_temperature(block: Block) -> bool:
    return "temperature" in block.normalisations


def _most_even_first(whole: Grid) -> NDArray[np.int64]:
    """Return the grid's ways in the order in which equals are preferred: strategies, then weights, most even first."""
    weights, first = whole.weights, len(whole.strategies)
    unevenness = ((weights - 1 / weights.shape[1]) ** 2).sum(axis=1)
    return np.concatenate([np.arange(first), first + np.argsort(unevenness.round(12), kind="stable")])
