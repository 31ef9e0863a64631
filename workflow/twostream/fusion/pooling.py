"""From the scores of a video's samples to those of the video.

All functions: (videos, samples, classes) -> (videos, classes). With one sample all of them return it.
"""

from collections.abc import Callable

import numpy as np

from twostream.metrics import Scores

FIRST = 3
"""Samples of each class that `top_k` averages."""
KEPT = 0.75
"""Share of the samples that `trimmed` averages."""


def mean(scores: Scores) -> Scores:
    return scores.mean(axis=1)


def highest(scores: Scores) -> Scores:
    return scores.max(axis=1)


def top_k(scores: Scores) -> Scores:
    """The mean of each class' highest three samples."""
    k = min(FIRST, scores.shape[1])
    return np.partition(scores, scores.shape[1] - k, axis=1)[:, -k:].mean(axis=1)


def median(scores: Scores) -> Scores:
    middle = [(scores.shape[1] - 1) // 2, scores.shape[1] // 2]
    return np.partition(scores, middle, axis=1)[:, middle].mean(axis=1)


def trimmed(scores: Scores) -> Scores:
    """The mean of the three quarters of the samples that are nearest to the video's mean, by `deviation`."""
    kept = max(1, round(KEPT * scores.shape[1]))
    nearest = np.argsort(deviation(scores), axis=1, kind="stable")[:, :kept]
    return np.take_along_axis(scores, nearest[..., None], axis=1).mean(axis=1)


def inverse_variance(scores: Scores) -> Scores:
    """Samples weighted by the inverse of their `deviation`: the best linear estimate where errors are independent.

    Cochran, "Problems arising in the analysis of a series of similar experiments", 1937.
    """
    return _weighted(scores, inverse(deviation(scores)))


def spread(scores: Scores) -> Scores:
    """Samples weighted by the variance of their scores over the classes: a flat sample knows nothing."""
    return _weighted(scores, scores.var(axis=-1))


POOLINGS: dict[str, Callable[[Scores], Scores]] = {
    "mean": mean,
    "max": highest,
    "top_k": top_k,
    "median": median,
    "trimmed": trimmed,
    "inverse_variance": inverse_variance,
    "spread": spread,
}


def deviation(scores: Scores) -> Scores:
    """How far each sample is from the video's mean, (videos, samples): the mean square over the classes."""
    return ((scores - scores.mean(axis=1, keepdims=True)) ** 2).mean(axis=-1)


def noise(scores: Scores) -> Scores:
    """The variance over the samples, averaged over the classes, (videos,); 0 with one sample."""
    return deviation(scores).mean(axis=1)


def inverse(variance: Scores) -> Scores:
    """1 / variance, kept finite: what varies a million times less than the most is weighted as if by a millionth."""
    most = variance.max(axis=-1, keepdims=True)
    return 1 / np.maximum(np.where(most > 0, variance / np.where(most > 0, most, 1), 1), 1e-6)


def _weighted(scores: Scores, weights: Scores) -> Scores:
    total = weights.sum(axis=1, keepdims=True)
    shares = np.where(total > 0, weights / np.where(total > 0, total, 1), 1 / weights.shape[1])
    return np.einsum("vs,vsc->vc", shares, scores)
