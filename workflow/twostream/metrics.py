"""How good scores are, how sure one can be of it, and whether one way is better than another. Percent."""

from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
Labels = NDArray[np.int64]
Ranks = NDArray[np.int64]
Right = NDArray[np.bool_]

BINS = 15


class McNemar(TypedDict):
    """Videos that only the first of two ways gets right, those that only the second does, and the two-sided p."""

    gained: int
    lost: int
    p: float


class Bin(TypedDict):
    """Videos whose confidence lies in one part of its range, their accuracy and mean confidence."""

    videos: int
    accuracy: float
    confidence: float


class Calibration(TypedDict):
    """Expected calibration error, and the bins that have videos."""

    ece: float
    bins: list[Bin]


def ranks(scores: Scores, labels: Labels) -> Ranks:
    """How many classes stand before the right one, (..., videos), for scores (..., videos, classes).

    Ties are broken by class order.
    """
    own = np.take_along_axis(scores, np.broadcast_to(labels[:, None], (*scores.shape[:-1], 1)), axis=-1)
    earlier = np.arange(scores.shape[-1]) < labels[:, None]
    before: Ranks = ((scores > own) | ((scores == own) & earlier)).sum(axis=-1)
    return before


def top(ranks: Ranks, k: int) -> float:
    return 100 * float((ranks < k).mean())


def class_accuracy(right: Right, labels: Labels, classes: int) -> Scores:
    """The share of each class' videos that is right, (classes,); nan for a class without videos."""
    videos = np.bincount(labels, minlength=classes)
    hits = np.bincount(labels, weights=right, minlength=classes)
    accuracy: Scores = 100 * np.divide(hits, videos, out=np.full(classes, np.nan), where=videos > 0)
    return accuracy


def mean_class_accuracy(ranks: Ranks, labels: Labels) -> float:
    """The mean over the classes that have videos of their top-1."""
    return float(np.nanmean(class_accuracy(ranks == 0, labels, int(labels.max()) + 1)))


def interval(right: Right, clusters: NDArray[np.str_], resamples: int, seed: int) -> tuple[float, float]:
    """The 95 % bootstrap interval of the share that is right, whole clusters drawn with replacement.

    Videos of a recording are alike, so that drawing single videos would promise too much: Field and
    Welsh, "Bootstrapping clustered data", 2007.
    """
    names, member = np.unique(clusters, return_inverse=True)
    sizes = np.bincount(member)
    hits = np.bincount(member, weights=right)
    drawn = np.random.default_rng(seed).integers(0, len(names), (resamples, len(names)))
    shares = 100 * hits[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.percentile(shares, [2.5, 97.5])
    return float(low), float(high)


def mcnemar(ours: Right, theirs: Right) -> McNemar:
    """McNemar's exact test: the videos that only one of two ways gets right, and the two-sided p.

    McNemar, "Note on the sampling error of the difference between correlated proportions", 1947.
    """
    from scipy.stats import binomtest

    only_ours, only_theirs = int((ours & ~theirs).sum()), int((theirs & ~ours).sum())
    differ = only_ours + only_theirs
    p = float(binomtest(only_ours, differ).pvalue) if differ else 1.0
    return {"gained": only_ours, "lost": only_theirs, "p": p}


def confusion(predicted: Labels, labels: Labels, classes: int) -> NDArray[np.int64]:
    """Videos by right class (rows) and predicted class (columns), (classes, classes)."""
    return np.bincount(labels * classes + predicted, minlength=classes**2).reshape(classes, classes)


def calibration(chances: Scores, labels: Labels, bins: int = BINS) -> Calibration:
    """The expected calibration error of chances (videos, classes), and what each bin adds to it.

    The mean over the videos of |accuracy - confidence| of their bin, the bins being equal parts of the
    confidence in the predicted class: Guo et al., "On calibration of modern neural networks", 2017.
    """
    confidence, right = chances.max(axis=1), chances.argmax(axis=1) == labels
    member = np.minimum((confidence * bins).astype(int), bins - 1)
    videos = np.bincount(member, minlength=bins)
    hits = np.bincount(member, weights=right, minlength=bins)
    sure = np.bincount(member, weights=confidence, minlength=bins)
    rows: list[Bin] = [
        {"videos": int(n), "accuracy": round(100 * float(h / n), 4), "confidence": round(100 * float(s / n), 4)}
        for n, h, s in zip(videos, hits, sure, strict=True)
        if n
    ]
    return {"ece": round(100 * float(np.abs(hits - sure).sum()) / len(labels), 4), "bins": rows}
