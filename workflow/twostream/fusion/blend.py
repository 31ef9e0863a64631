"""The learned families together: a weighted mean of their log-probabilities.

The weights are fitted on what each family says of the inner videos, which it was not fitted on: Wolpert, "Stacked
generalization", 1992, with weights that are not negative, as in Breiman, "Stacked regressions", 1996.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from twostream.fusion import evidence, learned_rules
from twostream.fusion.contract import Params
from twostream.fusion.family import Logits
from twostream.fusion.folds import Folds
from twostream.fusion.nested import FittedMethod, Method
from twostream.metrics import Labels


class Member(Method, Protocol):
    """A method whose scores of the inner videos are known."""

    name: str

    def inner_scores(self, outer: int) -> Logits:
        """Return the scores of the inner videos, each fitted without its fold and `outer`."""
        ...


class Blend:
    """The weighted mean of `members`, as a method with one variant; a weight a member, fitted without `outer`."""

    name = "blend"

    def __init__(self, members: Sequence[Member], labels: Labels, folds: Folds) -> None:
        """Keep the members."""
        self._members, self._labels, self._folds = members, labels, folds

    def fit(self, outer: int) -> FittedMethod:
        """Fit the weights on the inner videos, and fuse those of `outer`; equal weights where there is one fold."""
        fitted = np.stack([member.fit(outer).scores for member in self._members])
        weights, known = np.full(len(fitted), 1 / len(fitted)), None
        if len(self._folds.others(outer)) > 1:
            labels = self._labels[self._folds.train(outer)]
            inner = np.stack([member.inner_scores(outer) for member in self._members])
            weights = learned_rules.scales(inner, labels)
            known = evidence.of_scores(np.tensordot(weights, inner, axes=1), labels)
        names = [member.name for member in self._members]
        params: Params = {"weights": {name: float(f"{w:.4g}") for name, w in zip(names, weights, strict=True)}}
        return FittedMethod(self.name, params, np.tensordot(weights, fitted, axes=1), known)
