"""A strategy of the grid as a method of nested cross-validation."""

from dataclasses import dataclass

import numpy as np

from twostream.fusion import nested
from twostream.fusion.model import RuleModel
from twostream.fusion.nested import FittedMethod
from twostream.fusion.search import GridSearch
from twostream.metrics import Scores


@dataclass(frozen=True)
class GridMethod:
    """The best combination of `name` on the videos to select on, as a method."""

    search: GridSearch
    name: str
    is_candidate: bool = True

    def fit(self, outer: int) -> FittedMethod:
        """Select without fold `outer`, and fuse the videos of `outer`.

        The temperatures of the inner folds are fitted without `outer` only.
        """
        search, folds = self.search, self.search.folds
        best = search.select(self.name, outer, folds.others(outer))
        inner_evidence = nested.inner_evidence(self, outer, search.labels, folds) if self.is_candidate else None
        return FittedMethod(self.name, search.params(best), search.score_fold(best, outer), inner_evidence)

    def inner_scores(self, outer: int) -> Scores:
        """Return the scores of the inner videos, each fused by what is best without its fold and `outer`."""
        search, folds = self.search, self.search.folds
        fold_of_video = folds.fold_of_video[folds.train(outer)]
        scores = np.empty((len(fold_of_video), search.classes))
        for inner in folds.others(outer):
            best = search.select(self.name, outer, folds.others(outer, inner))
            scores[fold_of_video == inner] = search.score_fold(best, inner)
        return scores

    def model(self, outer: int) -> RuleModel:
        """Return what is best without fold `outer`, to fuse other videos by."""
        return self.search.model(self.search.select(self.name, outer, self.search.folds.others(outer)))
