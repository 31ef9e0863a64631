"""From the scores of a video's samples to those of the video.

All functions: (videos, samples, classes) -> (videos, classes). With one sample all of them return it.
`streams.consensus` pools the segments of a video in training in the same ways, with gradients.
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from twostream.metrics import Scores

TOP_K = 3
"""Samples of each class that `top_k` averages."""
TRIMMED = 0.75
"""Fraction of the samples that `trimmed` averages."""


def mean(scores: Scores) -> Scores:
    """Return the mean over the samples."""
    pooled: Scores = scores.mean(axis=1)
    return pooled


def maximum(scores: Scores) -> Scores:
    """Return each class's highest score of any sample."""
    pooled: Scores = scores.max(axis=1)
    return pooled


def top_k(scores: Scores) -> Scores:
    """Return the mean of each class's three highest samples."""
    return _top_k_of_sorted(np.sort(scores, axis=1))


def median(scores: Scores) -> Scores:
    """Return each class's median over the samples."""
    return _median_of_sorted(np.sort(scores, axis=1))


def trimmed(scores: Scores) -> Scores:
    """Return the mean of the three quarters of the samples with the smallest `deviation`."""
    return _trimmed(scores, deviation(scores))


def inverse_variance(scores: Scores) -> Scores:
    """Weight samples by the inverse of their `deviation`: the best linear estimate where errors are independent.

    Cochran, "Problems arising in the analysis of a series of similar experiments", 1937.
    """
    return _inverse_variance(scores, deviation(scores))


def class_variance(scores: Scores) -> Scores:
    """Weight samples by the variance of their scores over the classes: a flat sample says little."""
    return _weighted(scores, scores.var(axis=-1))


POOLINGS: dict[str, Callable[[Scores], Scores]] = {
    "mean": mean,
    "max": maximum,
    "top_k": top_k,
    "median": median,
    "trimmed": trimmed,
    "inverse_variance": inverse_variance,
    "spread": class_variance,
}
"""Poolings by their names in the configuration."""


def by_each(scores: Scores, deviations: Scores, names: Iterable[str]) -> Iterator[Scores]:
    """Yield what the poolings called `names` make of scores (videos, samples, classes), as `POOLINGS` does.

    What several of them need is computed once: the samples in order, by class, and their `deviations`.
    """
    names = list(names)
    in_order = np.sort(scores, axis=1) if _OF_SORTED.keys() & set(names) else scores
    for name in names:
        if name in _OF_SORTED:
            yield _OF_SORTED[name](in_order)
        elif name in _OF_DEVIATIONS:
            yield _OF_DEVIATIONS[name](scores, deviations)
        else:
            yield POOLINGS[name](scores)


def deviation(scores: Scores) -> Scores:
    """Return how far each sample is from the video's mean, (videos, samples): the mean square over the classes."""
    squares: Scores = ((scores - scores.mean(axis=1, keepdims=True)) ** 2).mean(axis=-1)
    return squares


def _top_k_of_sorted(in_order: Scores) -> Scores:
    pooled: Scores = in_order[:, -min(TOP_K, in_order.shape[1]) :].mean(axis=1)
    return pooled


def _median_of_sorted(in_order: Scores) -> Scores:
    low, high = (in_order.shape[1] - 1) // 2, in_order.shape[1] // 2
    pooled: Scores = in_order[:, [low, high]].mean(axis=1)
    return pooled


def _trimmed(scores: Scores, deviations: Scores) -> Scores:
    count = max(1, round(TRIMMED * scores.shape[1]))
    nearest = np.argsort(deviations, axis=1, kind="stable")[:, :count]
    is_near = np.zeros(deviations.shape)
    np.put_along_axis(is_near, nearest, 1 / count, axis=1)
    return _sum(scores, is_near)


def _inverse_variance(scores: Scores, deviations: Scores) -> Scores:
    return _weighted(scores, inverse(deviations))


_OF_SORTED: dict[str, Callable[[Scores], Scores]] = {"top_k": _top_k_of_sorted, "median": _median_of_sorted}
_OF_DEVIATIONS: dict[str, Callable[[Scores, Scores], Scores]] = {
    "trimmed": _trimmed,
    "inverse_variance": _inverse_variance,
}


def inverse(variance: Scores) -> Scores:
    """Return the inverse of `variance` relative to its largest on the last axis, at most a million.

    It is one everywhere where all variances are zero.
    """
    largest = variance.max(axis=-1, keepdims=True)
    relative = np.where(largest > 0, variance / np.where(largest > 0, largest, 1), 1)
    weights: Scores = 1 / np.maximum(relative, 1e-6)
    return weights


def normalised_weights(weights: Scores, axis: int) -> Scores:
    """Return `weights` scaled to add up to 1 along `axis`; equal ones where all are 0."""
    total = weights.sum(axis=axis, keepdims=True)
    scaled: Scores = np.where(total > 0, weights / np.where(total > 0, total, 1), 1 / weights.shape[axis])
    return scaled


def _weighted(scores: Scores, weights: Scores) -> Scores:
    """Return the sum of the samples, weighted by `weights` (videos, samples)."""
    return _sum(scores, normalised_weights(weights, axis=1))


def _sum(scores: Scores, weights: Scores) -> Scores:
    """Return the sum of the samples, times `weights` (videos, samples)."""
    pooled: Scores = (weights[:, None] @ scores)[:, 0]
    return pooled
