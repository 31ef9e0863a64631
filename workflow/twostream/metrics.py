"""How good scores are: top-k, mean class accuracy, and how sure one can be of them. Percent."""

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
Labels = NDArray[np.int64]
Ranks = NDArray[np.int64]


def ranks(scores: Scores, labels: Labels) -> Ranks:
    """How many classes stand before the right one, (..., videos), for scores (..., videos, classes).

    Ties are broken by class order.
    """
    own = np.take_along_axis(scores, np.broadcast_to(labels[:, None], (*scores.shape[:-1], 1)), axis=-1)
    earlier = np.arange(scores.shape[-1]) < labels[:, None]
    return ((scores > own) | ((scores == own) & earlier)).sum(axis=-1)


def top(ranks: Ranks, k: int) -> float:
    return 100 * float((ranks < k).mean())


def mean_class_accuracy(ranks: Ranks, labels: Labels) -> float:
    """The mean over the classes that have videos of their top-1."""
    return float(np.mean([top(ranks[labels == label], 1) for label in np.unique(labels)]))


def interval(right: NDArray[np.bool_], groups: NDArray[np.str_], resamples: int, seed: int) -> tuple[float, float]:
    """The 95 % bootstrap interval of the share that is right, whole groups drawn with replacement.

    Videos of a recording are alike, so that drawing single videos would promise too much: Field and
    Welsh, "Bootstrapping clustered data", 2007.
    """
    names, member = np.unique(groups, return_inverse=True)
    sizes = np.bincount(member)
    hits = np.bincount(member, weights=right)
    drawn = np.random.default_rng(seed).integers(0, len(names), (resamples, len(names)))
    shares = 100 * hits[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.percentile(shares, [2.5, 97.5])
    return float(low), float(high)


def confusion(predicted: Labels, labels: Labels, classes: int) -> NDArray[np.int64]:
    """Videos by right class (rows) and predicted class (columns), (classes, classes)."""
    return np.bincount(labels * classes + predicted, minlength=classes**2).reshape(classes, classes)
