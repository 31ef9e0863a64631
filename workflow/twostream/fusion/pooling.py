"""From the scores of a video's samples to those of the video. With one sample all poolings return it.

`streams.consensus` pools the segments of a video in training in the same ways, with gradients.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from twostream.fusion import sample_kernels
from twostream.metrics import Scores

TOP_K = 3
"""Samples of each class that `top_k` averages."""
TRIMMED = 0.75
"""Fraction of the samples that `trimmed` averages."""


@dataclass(frozen=True)
class Samples:
    """How far each sample is from its video's mean, `deviations`, and how its own scores differ, `variances`.

    Both are (videos, samples): the mean square over the classes, and the variance over the classes.
    """

    deviations: Scores
    variances: Scores


def measure(scores: Scores) -> Samples:
    """Return what the weights of samples are made of; `scores` is (videos, samples, classes)."""
    measured = Samples(np.empty(scores.shape[:2]), np.empty(scores.shape[:2]))
    sample_kernels.measure(scores, measured.deviations, measured.variances)
    return measured


def mean(samples: Samples) -> Scores:
    """Weight all samples alike."""
    return np.full(samples.deviations.shape, 1 / samples.deviations.shape[1])


def trimmed(samples: Samples) -> Scores:
    """Weight the three quarters of the samples with the smallest deviation alike, the others not at all."""
    count = max(1, round(TRIMMED * samples.deviations.shape[1]))
    nearest = np.argsort(samples.deviations, axis=1, kind="stable")[:, :count]
    weights = np.zeros(samples.deviations.shape)
    np.put_along_axis(weights, nearest, 1 / count, axis=1)
    return weights


def inverse_variance(samples: Samples) -> Scores:
    """Weight samples by the inverse of their deviation: the best linear estimate where errors are independent.

    Cochran, "Problems arising in the analysis of a series of similar experiments", 1937.
    """
    return normalised_weights(inverse(samples.deviations), axis=1)


def class_variance(samples: Samples) -> Scores:
    """Weight samples by the variance of their scores over the classes: a flat sample says little."""
    return normalised_weights(samples.variances, axis=1)


WEIGHTS: dict[str, Callable[[Samples], Scores]] = {
    "mean": mean,
    "trimmed": trimmed,
    "inverse_variance": inverse_variance,
    "spread": class_variance,
}
"""Poolings that add up the samples by weights (videos, samples), by their names in the configuration."""
ORDERS = ("max", "top_k", "median")
"""Poolings that put the samples in order, class by class: the highest, the mean of the three highest, the median."""
POOLINGS = ("mean", "max", "top_k", "median", "trimmed", "inverse_variance", "spread")
"""All poolings, in their order in the grid."""


def pool(scores: Scores, name: str) -> Scores:
    """Return the scores of the videos, (videos, classes), from those of their samples (videos, samples, classes)."""
    scores = np.ascontiguousarray(scores, np.float64)
    (pooled,) = pool_by_each(scores, measure(scores), [name])
    return pooled


def pool_by_each(scores: Scores, samples: Samples, names: Sequence[str]) -> list[Scores]:
    """Return what `pool` does for each of `names`, (videos, classes); `samples` are measured of `scores`."""
    pooled: dict[str, Scores] = {}
    if weighted := [name for name in names if name in WEIGHTS]:
        weights = np.stack([WEIGHTS[name](samples) for name in weighted])
        sums = np.empty((len(weighted), len(scores), scores.shape[2]))
        sample_kernels.add_weighted(scores, weights, sums)
        pooled |= dict(zip(weighted, sums, strict=True))
    if any(name in ORDERS for name in names):
        count = scores.shape[1]
        orders = np.empty((len(ORDERS), len(scores), scores.shape[2]))
        sample_kernels.order(scores, _exchanges(count), min(TOP_K, count), *orders)
        pooled |= dict(zip(ORDERS, orders, strict=True))
    return [pooled[name] for name in names]


@lru_cache
def _exchanges(count: int) -> NDArray[np.int64]:
    """Return pairs (n, 2) whose exchange, where the second is the lower, sorts `count` numbers as far as they are read.

    Batcher's merge exchange: Knuth, "The art of computer programming", volume 3, algorithm 5.2.2M.
    """
    pairs = []
    highest = 1 << max(0, (count - 1).bit_length() - 1)
    part = highest
    while part:
        step, remainder, distance = highest, 0, part
        while True:
            pairs += [(i, i + distance) for i in range(count - distance) if i & part == remainder]
            if step == part:
                break
            distance, step, remainder = step - part, step // 2, part
        part //= 2
    return np.array(_needed(pairs, count), np.int64).reshape(-1, 2)


def _needed(pairs: list[tuple[int, int]], count: int) -> list[tuple[int, int]]:
    """Return the pairs that have a part in the highest numbers and the median: the others need no order."""
    read = {*range(max(0, count - TOP_K), count), (count - 1) // 2, count // 2}
    needed = []
    for pair in reversed(pairs):
        if read & set(pair):
            read |= set(pair)
            needed.append(pair)
    return needed[::-1]


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
