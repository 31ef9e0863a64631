"""Learned families as methods of nested cross-validation: each fitted once for each pair of folds that is left out."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from twostream.compute.workers import map_threads
from twostream.fusion import evidence, learned_rules, nested
from twostream.fusion.contract import Params
from twostream.fusion.evidence import Evidence
from twostream.fusion.family import LearnedFamily, Logits, Variant
from twostream.fusion.features import Features
from twostream.fusion.folds import Folds
from twostream.fusion.model import LearnedModel
from twostream.fusion.nested import FittedMethod

Result = TypeVar("Result")
LeftOut = tuple[int, ...]
"""Folds in rising order."""


class CrossFits:
    """The logits of `scales` without each fold and without each pair of folds, and what the families add to them.

    Without folds a and b is without b and a: each pair is fitted once, in `workers` threads. The caller leaves each of
    them one thread for linear algebra.
    """

    def __init__(self, features: Features, names: Sequence[str], workers: int) -> None:
        """Fit the weights of `scales`, those of the streams called `names`."""
        self.features, self.names = features, tuple(names)
        self._workers = workers
        weights = self._for_each(self._scales, "scales")
        self._weights: Mapping[LeftOut, NDArray[np.float64]] = weights

    def weights(self, outer: int) -> NDArray[np.float64]:
        """Return the weight of each stream, fitted without fold `outer`."""
        return self._weights[(outer,)]

    def fit(self, name: str, family: LearnedFamily) -> "LearnedMethod":
        """Return the family as a method, fitted without each fold and without each pair."""
        corrections = self._for_each(lambda left_out: family.fit(left_out, self.logits(left_out)), name)
        return LearnedMethod(name, self, family, corrections)

    def scores(self, left_out: LeftOut) -> Logits:
        """Return the logits of the videos of `left_out`, fitted without them, (videos, classes)."""
        return self._fused(left_out, self.features.scores[:, self.features.folds.videos(*left_out)])

    def logits(self, left_out: LeftOut) -> Logits:
        """Return the logits of all videos, fitted without those of `left_out`, (videos, classes)."""
        return self._fused(left_out, self.features.scores)

    def _fused(self, left_out: LeftOut, scores: NDArray[np.float64]) -> Logits:
        return np.tensordot(self._weights[left_out], scores, axes=1).astype(np.float32)

    def _scales(self, left_out: LeftOut) -> NDArray[np.float64]:
        train = self.features.folds.train(*left_out)
        return learned_rules.scales(self.features.scores[:, train], self.features.labels[train])

    def _for_each(self, fit: Callable[[LeftOut], Result], title: str) -> dict[LeftOut, Result]:
        """Return what `fit` makes without each fold and without each pair of folds."""
        left_out = list(_left_out(self.features.folds))
        results = map_threads(fit, left_out, title, "fit", self._workers)
        return dict(zip(left_out, results, strict=True))


class LearnedMethod:
    """The variants of a family; the one under which the right classes of the inner folds are most likely is taken."""

    def __init__(
        self, name: str, fits: CrossFits, family: LearnedFamily, corrections: Mapping[LeftOut, Logits]
    ) -> None:
        """Keep what each fit adds to the logits of `fits`, (corrections, videos left out, classes)."""
        self.name = name
        self._fits, self._family, self._corrections = fits, family, corrections
        self._variants: Sequence[Variant] = family.variants
        self._folds, self._labels = fits.features.folds, fits.features.labels
        self._selected: dict[int, tuple[int, Evidence | None]] = {}

    def fit(self, outer: int) -> FittedMethod:
        """Select a variant on the inner folds, and fuse the videos of `outer` by it, fitted without them."""
        variant, inner_evidence = self._select(outer)
        params: Params = dict(self._variants[variant].params)  # type: ignore[assignment]
        scores = _add(self._fits.scores((outer,)), self._corrections[(outer,)], self._variants[variant])
        return FittedMethod(self.name, params, scores, inner_evidence)

    def inner_scores(self, outer: int) -> Logits:
        """Return the scores of the inner videos by the variant selected for `outer`, each fitted without its fold."""
        return _add(*self._inner(outer), self._variants[self._select(outer)[0]])

    def model(self, outer: int) -> LearnedModel:
        """Return the variant selected for `outer`, fitted without it, to fuse other videos by."""
        amounts = self._variants[self._select(outer)[0]].weights
        corrections = self._family.learn((outer,), self._fits.logits((outer,)))
        pairs = ((amount, each) for amount, each in zip(amounts, corrections, strict=True) if amount)
        return LearnedModel(weights=tuple(self._fits.weights(outer).tolist()), corrections=tuple(pairs))

    def _select(self, outer: int) -> tuple[int, Evidence | None]:
        """Return the variant with the highest likelihood on the inner folds; the first where there is one fold."""
        if len(self._folds.others(outer)) < 2:
            return 0, None
        if outer not in self._selected:
            labels = self._labels[self._folds.train(outer)]
            base, corrections = self._inner(outer)
            all_evidence = [evidence.of_scores(_add(base, corrections, variant), labels) for variant in self._variants]
            best = int(np.argmax([inner_evidence.log_likelihood.mean() for inner_evidence in all_evidence]))
            self._selected[outer] = best, all_evidence[best]
        return self._selected[outer]

    def _inner(self, outer: int) -> tuple[Logits, list[Logits]]:
        """Return the logits of `scales` for the inner videos, and what the family may add to them."""
        count = len(self._variants[0].weights)
        corrections = [
            inner_scores(self._folds, outer, lambda left_out, k=k: self._corrections[left_out][k])  # type: ignore[misc]
            for k in range(count)
        ]
        return inner_scores(self._folds, outer, self._fits.scores), corrections


def _add(scores: Logits, corrections: Iterable[Logits], variant: Variant) -> Logits:
    """Return the `scores` with the corrections by which the variant amends them."""
    for weight, correction in zip(variant.weights, corrections, strict=True):
        if weight:
            scores = scores + np.float32(weight) * correction
    return scores


class ScalesMethod:
    """A weight a stream by maximum likelihood, as a method with one variant."""

    name = "scales"

    def __init__(self, fits: CrossFits) -> None:
        """Take over what `fits` has fitted."""
        self._fits = fits

    def fit(self, outer: int) -> FittedMethod:
        """Fuse the videos of `outer`, fitted without them."""
        features = self._fits.features
        weights = zip(self._fits.names, self._fits.weights(outer), strict=True)
        params: Params = {"weights": {name: float(f"{weight:.4g}") for name, weight in weights}}
        inner_evidence = nested.inner_evidence(self, outer, features.labels, features.folds)
        return FittedMethod(self.name, params, self._fits.scores((outer,)), inner_evidence)

    def inner_scores(self, outer: int) -> Logits:
        """Return the scores of the inner videos, each fitted without its fold and `outer`."""
        return inner_scores(self._fits.features.folds, outer, self._fits.scores)

    def model(self, outer: int) -> LearnedModel:
        """Return the weights, fitted without `outer`, to fuse other videos by."""
        return LearnedModel(weights=tuple(self._fits.weights(outer).tolist()))


def inner_scores(folds: Folds, outer: int, fitted: Callable[[LeftOut], Logits]) -> Logits:
    """Return the scores of all videos to select on for `outer`, in their order, each fitted without its own fold.

    `fitted` gives the scores of all videos of some folds, fitted without them.
    """
    inner_videos = folds.train(outer)
    fold_of_video = folds.fold_of_video[inner_videos]
    scores: Logits | None = None
    for inner in folds.others(outer):
        left_out = tuple(sorted((outer, inner)))
        own = fitted(left_out)[folds.fold_of_video[folds.videos(*left_out)] == inner]
        if scores is None:
            scores = np.empty((len(fold_of_video), own.shape[1]), np.float32)
        scores[fold_of_video == inner] = own
    assert scores is not None
    return scores


def _left_out(folds: Folds) -> Iterable[LeftOut]:
    """Yield each test fold, and each pair of a test fold and another one that leaves a fold to fit on."""
    yield from ((outer,) for outer in folds.test_folds)
    pairs = {tuple(sorted((outer, inner))) for outer in folds.test_folds for inner in folds.others(outer)}
    yield from sorted(pair for pair in pairs if folds.others(*pair))
