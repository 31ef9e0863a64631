"""What the learned families share: standardised scores as features, and their sums in each fold.

The sums of all videos but those of some folds are the sums of the other folds, so that a family is fitted anew for each
fold that is left out without a look at the videos again.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twostream.fusion.folds import Folds
from twostream.fusion.normalisation import standardised
from twostream.metrics import Labels, Scores


@dataclass(frozen=True)
class Moments:
    """Sums over labelled videos.

    `counts` is how many there are of each class, (classes,); `sums` are their features', (classes, features);
    `products` is the sum of f f^T, (features, features).
    """

    counts: NDArray[np.float64]
    sums: Scores
    products: Scores

    @property
    def number(self) -> float:
        """How many videos there are."""
        return float(self.counts.sum())

    @property
    def centre(self) -> Scores:
        """The mean of the features, (features,)."""
        centre: Scores = self.sums.sum(axis=0) / self.number
        return centre

    @property
    def means(self) -> Scores:
        """The mean of the features of each class, (classes, features); the centre for a class without videos."""
        means: Scores = self.sums / np.maximum(self.counts, 1)[:, None]
        return np.where(self.counts[:, None] > 0, means, self.centre)


def values_of(scores: Scores) -> NDArray[np.float32]:
    """Return the features (videos, streams x classes) of `scores` (streams, videos, classes)."""
    values: NDArray[np.float32] = np.concatenate([standardised(stream).astype(np.float32) for stream in scores], axis=1)
    return values


class Features:
    """The features (videos, streams x classes) of `scores` (streams, videos, classes): each stream's, standardised."""

    def __init__(self, scores: Scores, labels: Labels, folds: Folds) -> None:
        """Compute features and the sums of each fold."""
        self.scores, self.labels, self.folds = scores, labels, folds
        self.classes = scores.shape[2]
        self.values = values_of(scores)
        self._moments = [self._of_fold(fold) for fold in range(folds.number)]

    def moments(self, *left_out: int) -> Moments:
        """Return the sums over all videos to fit on when the folds `left_out` are left out."""
        parts = [self._moments[fold] for fold in self.folds.others(*left_out)]
        return Moments(
            np.sum([part.counts for part in parts], axis=0),
            np.sum([part.sums for part in parts], axis=0),
            np.sum([part.products for part in parts], axis=0),
        )

    def _of_fold(self, fold: int) -> Moments:
        own = self.folds.videos(fold)
        values, labels = self.values[own], self.labels[own]
        one_hot = np.eye(self.classes, dtype=np.float32)[labels]
        counts = np.bincount(labels, minlength=self.classes).astype(np.float64)
        return Moments(counts, (one_hot.T @ values).astype(np.float64), (values.T @ values).astype(np.float64))
