"""Accuracy in percent, confusion and calibration; how certain they are is in `twostream.certainty`."""

from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
Labels = NDArray[np.int64]
Ranks = NDArray[np.int64]
Right = NDArray[np.bool_]

BINS = 15


class Bin(TypedDict):
    """Videos whose confidence lies in one part of its range, their accuracy and mean confidence."""

    videos: int
    accuracy: float
    confidence: float


class Calibration(TypedDict):
    """Expected calibration error, and the bins that have videos."""

    ece: float
    bins: list[Bin]


def ranks(scores: NDArray[np.floating[Any]], labels: Labels) -> Ranks:
    """Return how many classes rank before the right one, (..., videos), for scores (..., videos, classes).

    Ties are broken by class order.
    """
    own = np.take_along_axis(scores, np.broadcast_to(labels[:, None], (*scores.shape[:-1], 1)), axis=-1)
    earlier = np.arange(scores.shape[-1]) < labels[:, None]
    before: Ranks = ((scores > own) | ((scores == own) & earlier)).sum(axis=-1)
    return before


def top(ranks: Ranks, k: int) -> float:
    """Return the top-k accuracy: the percentage of videos whose right class is among the first k."""
    return 100 * float((ranks < k).mean())


def class_accuracy(right: Right, labels: Labels, classes: int) -> Scores:
    """Return the percentage of correct videos of each class, (classes,); nan for a class without videos."""
    videos = np.bincount(labels, minlength=classes)
    hits = np.bincount(labels, weights=right, minlength=classes)
    accuracy: Scores = 100 * np.divide(hits, videos, out=np.full(classes, np.nan), where=videos > 0)
    return accuracy


def mean_class_accuracy(ranks: Ranks, labels: Labels) -> float:
    """Return the mean of top-1 over the classes that have videos."""
    return float(np.nanmean(class_accuracy(ranks == 0, labels, int(labels.max()) + 1)))


def confusion(predicted: Labels, labels: Labels, classes: int) -> NDArray[np.int64]:
    """Return how many videos there are by right class (rows) and predicted class (columns), (classes, classes)."""
    return np.bincount(labels * classes + predicted, minlength=classes**2).reshape(classes, classes)


def calibration(probabilities: Scores, labels: Labels, bins: int = BINS) -> Calibration:
    """Return the expected calibration error of probabilities (videos, classes), and its bins.

    It is the mean over the videos of |accuracy - confidence| of their bin; the bins divide the confidence in the
    predicted class into equal parts. Guo et al., "On calibration of modern neural networks", 2017.
    """
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
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
