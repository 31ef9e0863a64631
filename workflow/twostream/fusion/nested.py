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
from numpy.typing import NDArray

from twostream.compute.workers import map_threads
from twostream.fusion import choice, evidence
from twostream.fusion.contract import Choice, Params
from twostream.fusion.evidence import Evidence
from twostream.fusion.folds import Folds, Groups
from twostream.fusion.model import Rule
from twostream.metrics import Labels, Scores


@dataclass(frozen=True)
class FittedMethod:
    """What a method selected for a fold, and its scores of the fold's videos.

    `evidence` is on the inner videos, all that the fold leaves, each fused by what was fitted without its own fold too.
    It is None where there is one inner fold only, and of a method that is no candidate for the choice of the best.
    """

    name: str
    params: Params
    scores: Scores | NDArray[np.float32]
    evidence: Evidence | None


class Method(Protocol):
    """A way to fuse, and how its variant is selected."""

    def fit(self, outer: int) -> FittedMethod:
        """Select and fit a variant without fold `outer`, and fuse the videos of `outer` by it."""
        ...

    def inner_scores(self, outer: int) -> Scores | NDArray[np.float32]:
        """Return the scores of the inner videos, each fused without its fold and `outer`; two folds at least."""
        ...

    def model(self, outer: int) -> Rule:
        """Return what `fit` fuses by, to fuse other videos by it."""
        ...


Nested = Mapping[int, FittedMethod]
"""The fitted method of each test fold."""


def inner_evidence(method: Method, outer: int, labels: Labels, folds: Folds) -> Evidence | None:
    """Return how good `method` is on the inner videos of fold `outer`; None where there is one inner fold only."""
    if len(folds.others(outer)) < 2:
        return None
    return evidence.of_scores(method.inner_scores(outer), labels[folds.train(outer)])


def select(method: Method, folds: Folds, workers: int = 1) -> Nested:
    """Return what `method` selects and fits for each test fold; several folds at once in `workers` threads."""
    fitted = map_threads(method.fit, folds.test_folds, "selection", "fold", workers)
    return dict(zip(folds.test_folds, fitted, strict=True))


def best_of_all(candidates: Sequence[Nested], folds: Folds, recordings: Groups) -> Nested:
    """Return the candidate for each test fold that `choice` prefers; the first where there is nothing to compare by.

    `recordings` (videos,) are what goes together in the standard error.
    """
    return {
        outer: _choose([each[outer] for each in candidates], recordings[folds.train(outer)])
        for outer in folds.test_folds
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


def _choose(fitted: Sequence[FittedMethod], recordings: Groups) -> FittedMethod:
    candidates = {each.name: each.evidence for each in fitted if each.evidence is not None}
    if choice.AVERAGE not in candidates:
        return fitted[0]
    best = choice.choose(candidates, np.unique(recordings, return_inverse=True)[1])
    return next(each for each in fitted if each.name == best)
