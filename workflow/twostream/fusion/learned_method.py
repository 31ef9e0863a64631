"""A learned rule as a method of nested cross-validation."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import numpy as np
from threadpoolctl import threadpool_limits

from twostream import metrics
from twostream.compute.workers import cores, progress
from twostream.fusion.contract import Params
from twostream.fusion.folds import Folds, Mask
from twostream.metrics import Labels, Scores

Fit = Callable[[Mask], Iterator[tuple[Params, Scores]]]
"""Fits on some of the videos; yields each variant's parameters and scores of the other videos."""


class LearnedMethod:
    """The variants that `fit` yields."""

    def __init__(self, fit: Fit, labels: Labels, folds: Folds, workers: int) -> None:
        """Keep what is needed to fit; `workers` fits run at once."""
        self._fit = fit
        self._labels = labels
        self._folds = folds
        self._workers = workers
        self._hits: dict[frozenset[int], list[Labels]] = {}

    def inner_hits(self, outer: int, inner: int) -> list[int]:
        """Return the correct videos of fold `inner`, per variant, when fitted without `outer` and `inner`."""
        if not self._hits:
            self._hits = self._count_all_pairs()
        return [int(hits[inner]) for hits in self._hits[frozenset((outer, inner))]]

    def fuse(self, outer: int, variant: int) -> tuple[Params, Scores]:
        """Fit a variant without fold `outer`; return its parameters and scores of the videos of `outer`."""
        train = self._folds.train(outer)
        params, scores = next(islice(self._fit(train), variant, None))
        return params, scores[self._folds.fold_of_video[~train] == outer]

    def _count_all_pairs(self) -> dict[frozenset[int], list[Labels]]:
        """Return each variant's hits by fold, (folds,), for each pair of folds to leave out.

        Without folds a and b is without b and a: each pair is fitted once.
        """
        folds = self._folds
        pairs = list({frozenset((outer, inner)) for outer in folds.test_folds for inner in folds.others(outer)})
        with threadpool_limits(1), ThreadPoolExecutor(cores(self._workers)) as pool:
            fits = [pool.submit(self._count, pair) for pair in pairs]
            return {pair: fit.result() for pair, fit in zip(pairs, progress(fits, "learn", "fit"), strict=True)}

    def _count(self, left_out: frozenset[int]) -> list[Labels]:
        """Return each variant's hits in the folds `left_out`, (folds,), when fitted without them."""
        train = self._folds.train(*left_out)
        labels, folds = self._labels[~train], self._folds.fold_of_video[~train]
        is_right = [metrics.ranks(scores, labels) == 0 for _, scores in self._fit(train)]
        return [np.bincount(folds[right], minlength=self._folds.number) for right in is_right]
