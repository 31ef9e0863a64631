"""From the scores of a video's samples to those of the video.

All functions: (videos, samples, classes) -> (videos, classes). With one sample all of them return it.
`streams.consensus` pools the segments of a video in training in the same ways, with gradients.
"""

from collections.abc import Callable

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
    k = min(TOP_K, scores.shape[1])
    pooled: Scores = np.partition(scores, scores.shape[1] - k, axis=1)[:, -k:].mean(axis=1)
    return pooled


def median(scores: Scores) -> Scores:
    """Return each class's median over the samples."""
    middle = [(scores.shape[1] - 1) // 2, scores.shape[1] // 2]
    pooled: Scores = np.partition(scores, middle, axis=1)[:, middle].mean(axis=1)
    return pooled


def trimmed(scores: Scores) -> Scores:
    """Return the mean of the three quarters of the samples with the smallest `deviation`."""
    count = max(1, round(TRIMMED * scores.shape[1]))
    nearest = np.argsort(deviation(scores), axis=1, kind="stable")[:, :count]
    pooled: Scores = np.take_along_axis(scores, nearest[..., None], axis=1).mean(axis=1)
    return pooled


def inverse_variance(scores: Scores) -> Scores:
    """Weight samples by the inverse of their `deviation`: the best linear estimate where errors are independent.

    Cochran, "Problems arising in the analysis of a series of similar experiments", 1937.
    """
    return _weighted(scores, inverse(deviation(scores)))


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


def deviation(scores: Scores) -> Scores:
    """Return how far each sample is from the video's mean, (videos, samples): the mean square over the classes."""
    squares: Scores = ((scores - scores.mean(axis=1, keepdims=True)) ** 2).mean(axis=-1)
    return squares


def sample_variance(scores: Scores) -> Scores:
    """Return the variance over the samples, averaged over the classes, (videos,); 0 with one sample."""
    variance: Scores = deviation(scores).mean(axis=1)
    return variance


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
    pooled: Scores = np.einsum("vs,vsc->vc", normalised_weights(weights, axis=1), scores)
    return pooled
