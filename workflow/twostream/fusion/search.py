"""The grid as something to choose from: the best normalisations, pooling and weights of each strategy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twostream.fusion import grid, normalisation, rules
from twostream.fusion.grid import Block, Grid, Hits
from twostream.fusion.nested import Family, Fitted, Folds, Mask, Params
from twostream.fusion.pooling import POOLINGS
from twostream.fusion.stream_scores import Trial
from twostream.metrics import Scores

RAW = "weighted"
"""Weights for the mean of the scores as they are; the weights of the whole grid are `weighted, normalised`."""
NORMALISED = "weighted, normalised"
ANY = "grid"


@dataclass(frozen=True)
class Search:
    """A grid and the videos it is tried on, the blocks in two parts: for `tempered` a temperature is fitted."""

    trial: Trial
    folds: Folds
    plain: Grid
    tempered: Grid
    workers: int

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        return self.plain.blocks + self.tempered.blocks

    @cached_property
    def size(self) -> int:
        return self.plain.size + self.tempered.size

    @cached_property
    def names(self) -> list[str]:
        """What can be asked for: `RAW`, a strategy, `NORMALISED`, or `ANY` of them."""
        return [RAW, *self.plain.strategies, *([NORMALISED] if len(self.blocks) > 1 else []), ANY]

    def family(self, name: str) -> Family:
        """The best of `name` on the videos to choose on: one variant."""
        return Family(partial(self._tried, name), partial(self._fitted, name))

    def oracle(self, name: str) -> tuple[Params, Scores]:
        """The best of `name` on the judged videos themselves, and its scores of all videos."""
        return self._made(name, None, list(self.folds.judged), np.ones(len(self.folds.of), bool))

    def temperatures(self, held_out: int | None) -> list[float]:
        """Of each stream, from all videos but fold `held_out`; of the judged ones for the oracle."""
        folds = self.folds
        known = folds.train(held_out) if held_out is not None else np.isin(folds.of, folds.judged)
        labels = self.trial.labels[known]
        return [normalisation.temperature(scores[known], labels) for scores in self.trial.scores]

    def _tried(self, name: str, held_out: int, inner: int) -> Sequence[int]:
        block, way = self._best(name, held_out, self.folds.others(held_out, inner))
        return [int(self._hits(held_out)[block, way, 0, inner])]

    def _fitted(self, name: str, held_out: int) -> Sequence[Fitted]:
        make = partial(self._made, name, held_out, self.folds.others(held_out), self.folds.of == held_out)
        return [Fitted(make()[0], lambda: make()[1])]

    def _made(self, name: str, held_out: int | None, chosen_on: list[int], videos: Mask) -> tuple[Params, Scores]:
        place, way = self._best(name, held_out, chosen_on)
        block, temperatures = self.blocks[place], self._temperatures(held_out)
        samples = [stream[videos].astype(np.float64) for stream in self.trial.samples]
        scores = grid.fused(grid.views(samples, block, temperatures), self.plain, way)
        return self._params(block, way, temperatures), scores

    def _params(self, block: Block, way: int, temperatures: Sequence[float]) -> Params:
        names = self.trial.streams
        params: Params = {
            "normalisation": dict(zip(names, block.normalisations, strict=True)),
            "pooling": block.pooling,
        }
        known = zip(names, block.normalisations, temperatures, strict=True)
        if fitted := {name: round(t, 4) for name, done, t in known if done == "temperature"}:
            params["temperature"] = fitted
        if way < len(self.plain.strategies):
            return params | {"rule": self.plain.strategies[way]}
        weights = self.plain.weights[way - len(self.plain.strategies)]
        return params | {"weights": {name: round(float(w), 4) for name, w in zip(names, weights, strict=True)}}

    def _best(self, name: str, held_out: int | None, chosen_on: list[int]) -> tuple[int, int]:
        """The block and the way of `name` with the most hits; of equals the first, and the most even weights."""
        hits = np.where(self._allowed(name), self._hits(held_out)[:, :, 0, chosen_on].sum(axis=-1), -1)
        most = hits[:, self._order].argmax()
        block, way = np.unravel_index(most, hits.shape)
        return int(block), int(self._order[way])

    def _allowed(self, name: str) -> NDArray[np.bool_]:
        """The part of the grid that `name` stands for, (blocks, ways)."""
        strategies = self.plain.strategies
        allowed = np.zeros((len(self.blocks), self.plain.ways), bool)
        if name == RAW:
            allowed[0, len(strategies) :] = True
        elif name == NORMALISED:
            allowed[:, len(strategies) :] = True
        elif name == ANY:
            allowed[:] = True
        else:
            allowed[:, strategies.index(name)] = True
        return allowed

    @cached_property
    def _order(self) -> NDArray[np.int64]:
        """The ways, weights from the most even to the least."""
        weights, first = self.plain.weights, len(self.plain.strategies)
        uneven = ((weights - 1 / weights.shape[1]) ** 2).sum(axis=1)
        return np.concatenate([np.arange(first), first + np.argsort(uneven.round(12), kind="stable")])

    def _hits(self, held_out: int | None) -> Hits:
        """(blocks, ways, 2, folds), temperatures fitted without fold `held_out`."""
        if not self.tempered.blocks:
            return self._plain_hits
        if held_out not in self._all_hits:
            tempered = self._count(self.tempered, self._temperatures(held_out))
            self._all_hits[held_out] = np.concatenate([self._plain_hits, tempered])
        return self._all_hits[held_out]

    def _temperatures(self, held_out: int | None) -> list[float]:
        if held_out not in self._all_temperatures:
            self._all_temperatures[held_out] = self.temperatures(held_out)
        return self._all_temperatures[held_out]

    @cached_property
    def _plain_hits(self) -> Hits:
        return self._count(self.plain, [1.0] * len(self.trial.streams))

    @cached_property
    def _all_hits(self) -> dict[int | None, Hits]:
        return {}

    @cached_property
    def _all_temperatures(self) -> dict[int | None, list[float]]:
        return {}

    def _count(self, some: Grid, temperatures: Sequence[float]) -> Hits:
        trial = self.trial
        return grid.hits(trial.samples, trial.labels, self.folds.of, some, temperatures, self.workers)


def search(trial: Trial, folds: Folds, settings: Mapping[str, Any], workers: int) -> Search:
    """The grid that `settings` describe; the raw scores' mean is always its first block.

    What needs several samples is left out where a stream has one only.
    """
    samples = [stream.shape[1] for stream in trial.samples]
    poolings = [name for name in POOLINGS if name in settings["poolings"]] if max(samples) > 1 else ["mean"]
    mixed = settings["mixed"] and len(samples) == 2
    raw = Block(("none",) * len(samples), "mean")
    blocks = dict.fromkeys([raw, *grid.blocks(settings["normalisations"], poolings, len(samples), mixed)])
    left_out = {"inverse_variance"} if min(samples) < 2 else set()
    strategies = tuple(name for name in rules.STRATEGIES if name in settings["strategies"] and name not in left_out)
    weights = rules.simplex(len(samples), settings["step"])
    plain, tempered = (
        tuple(block for block in blocks if ("temperature" in block.normalisations) == is_tempered)
        for is_tempered in (False, True)
    )
    return Search(trial, folds, Grid(plain, strategies, weights), Grid(tempered, strategies, weights), workers)
