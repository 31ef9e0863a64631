"""The learned families together: a weighted mean of their log-probabilities.

The weights are fitted on what each family says of the inner videos, which it was not fitted on: Wolpert, "Stacked
generalization", 1992, with weights that are not negative, as in Breiman, "Stacked regressions", 1996.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from twostream.fusion import learned_rules, nested
from twostream.fusion.contract import Params
from twostream.fusion.family import Logits
from twostream.fusion.folds import Folds
from twostream.fusion.model import LearnedModel
from twostream.fusion.nested import FittedMethod, Method
from twostream.metrics import Labels, Scores


class Member(Method, Protocol):
    """A method whose scores of the inner videos are known."""

    name: str

    def inner_scores(self, outer: int) -> Logits:
        """Return the scores of the inner videos, each fitted without its fold and `outer`."""
        ...

    def model(self, outer: int) -> LearnedModel:
        """Return what `fit` fuses by, to fuse other videos by it."""
        ...


class Blend:
    """The weighted mean of `members`, as a method with one variant; a weight a member, fitted without `outer`."""

    name = "blend"

    def __init__(self, members: Sequence[Member], labels: Labels, folds: Folds) -> None:
        """Keep the members."""
        self._members, self._labels, self._folds = members, labels, folds
        self._fitted: dict[int, NDArray[np.float64]] = {}

    def fit(self, outer: int) -> FittedMethod:
        """Fit the weights on the inner videos, and fuse those of `outer`; equal weights where there is one fold."""
        fitted = np.stack([member.fit(outer).scores for member in self._members])
        weights = self._weights(outer)
        inner_evidence = nested.inner_evidence(self, outer, self._labels, self._folds)
        names = [member.name for member in self._members]
        params: Params = {"weights": {name: float(f"{w:.4g}") for name, w in zip(names, weights, strict=True)}}
        scores: Scores = np.tensordot(weights, fitted.astype(np.float64), axes=1)
        return FittedMethod(self.name, params, scores, inner_evidence)

    def inner_scores(self, outer: int) -> Scores:
        """Return the weighted mean of the members' scores of the inner videos."""
        scores: Scores = np.tensordot(self._weights(outer), self._inner(outer), axes=1)
        return scores

    def model(self, outer: int) -> LearnedModel:
        """Return the members as one sum: all of them begin with the weights of `scales`."""
        amounts = [float(amount) for amount in self._weights(outer)]
        members = [member.model(outer) for member in self._members]
        total = np.sum(
            [amount * np.array(member.weights) for amount, member in zip(amounts, members, strict=True)], axis=0
        )
        corrections = [
            (amount * own, correction)
            for amount, member in zip(amounts, members, strict=True)
            for own, correction in member.corrections
        ]
        return LearnedModel(weights=tuple(total.tolist()), corrections=tuple(corrections))

    def _weights(self, outer: int) -> NDArray[np.float64]:
        """Return the weight of each member, fitted once without `outer`; equal ones where there is one fold."""
        if outer not in self._fitted:
            self._fitted[outer] = np.full(len(self._members), 1 / len(self._members))
            if len(self._folds.others(outer)) > 1:
                labels = self._labels[self._folds.train(outer)]
                self._fitted[outer] = learned_rules.scales(self._inner(outer), labels)
        return self._fitted[outer]

    def _inner(self, outer: int) -> Logits:
        """Return the members' scores of the inner videos, (members, videos, classes)."""
        return np.stack([member.inner_scores(outer) for member in self._members])
