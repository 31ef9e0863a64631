"""Nested cross-validation: a fusion is selected on other folds than the one it is scored on.

For each outer fold a method is selected and fitted on all the other folds; among several variants the best is the one
that does best on each of *those* in turn, fitted without it (the inner fold). No label of a fold has a part in
anything that is done to that fold. Stone, "Cross-validatory choice and assessment of statistical predictions", 1974.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from twostream.fusion.contract import Choice, Params
from twostream.fusion.folds import Folds
from twostream.metrics import Scores


class Method(Protocol):
    """A way to fuse that has variants, always in the same order."""

    def inner_hits(self, outer: int, inner: int) -> Sequence[int]:
        """Return the correct videos of fold `inner`, per variant, when fitted without `outer` and `inner`."""
        ...

    def fuse(self, outer: int, variant: int) -> tuple[Params, Scores]:
        """Fit a variant without fold `outer`; return its parameters and scores of the videos of `outer`."""
        ...


@dataclass(frozen=True)
class FittedMethod:
    """The variant of a method that was selected for a fold, and its scores of the fold's videos.

    `hits` is its number of correct videos over all inner folds.
    """

    name: str
    params: Params
    scores: Scores
    hits: int


Nested = Mapping[int, FittedMethod]
"""The fitted method of each test fold."""


def select(name: str, method: Method, folds: Folds) -> Nested:
    """Return the variant of `method` for each test fold that is best on its inner folds; of equals the first.

    With one other fold there is no inner fold, and the first variant is taken.
    """
    return {outer: _fit(name, method, folds, outer) for outer in folds.test_folds}


def best_of_all(candidates: Sequence[Nested], folds: Folds) -> Nested:
    """Return the candidate for each test fold that is best on its inner folds; of equals the first."""
    return {
        outer: max((each[outer] for each in candidates), key=lambda fitted: fitted.hits) for outer in folds.test_folds
    }


def assemble(nested: Nested, folds: Folds, classes: int) -> Scores:
    """Return the scores (videos, classes) of all folds; nan for videos that are in no test fold."""
    scores = np.full((len(folds.fold_of_video), classes), np.nan)
    for outer, fitted in nested.items():
        scores[folds.videos(outer)] = fitted.scores
    return scores


def choices(nested: Nested) -> list[Choice]:
    """Return what was selected and for how many folds, the most frequent first."""
    counts = Counter(json.dumps({"strategy": fitted.name, **fitted.params}) for fitted in nested.values())
    return [json.loads(params) | {"folds": count} for params, count in counts.most_common()]


def _fit(name: str, method: Method, folds: Folds, outer: int) -> FittedMethod:
    inner_folds = folds.others(outer)
    hits = np.zeros(1, np.int64)
    if len(inner_folds) > 1:
        hits = np.sum([method.inner_hits(outer, inner) for inner in inner_folds], axis=0)
    variant = int(hits.argmax())
    params, scores = method.fuse(outer, variant)
    return FittedMethod(name, params, scores, int(hits[variant]))
