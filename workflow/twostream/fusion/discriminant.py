"""A shrunken linear discriminant on the standardised scores of all streams.

Fisher, "The use of multiple measurements in taxonomic problems", 1936; shrunken as in Friedman, "Regularized
discriminant analysis", 1989, and the class means as in James and Stein, "Estimation with quadratic loss", 1961.
"""

from itertools import product

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from twostream.fusion.family import Affine, Logits, Variant, confidence
from twostream.fusion.features import Features, Moments
from twostream.metrics import Scores

SHRINKAGES = (0.03, 0.1, 0.3)
WEIGHTS = (0.05, 0.1, 0.2, 0.4)
"""Values of s and of a that are tried."""
SMALLEST = 1e-3
"""Least variance per feature, in units of that of standardised scores: constant scores have none."""


class Discriminant:
    """z + a (f^T W_s^-1 m_c - m_c^T W_s^-1 m_c / 2), for each shrinkage s and weight a.

    W is the pooled covariance within the classes and W_s = (1 - s) W + s tr(W) / d I for d features. m_c is the mean of
    a class less that of all videos, shrunk by n_c / (n_c + 3). Priors are equal: the logits z have learned them.
    """

    variants = tuple(
        Variant({"shrinkage": s, "weight": a}, tuple(a * (s == own) for own in SHRINKAGES))
        for s, a in product(SHRINKAGES, WEIGHTS)
    )

    def __init__(self, features: Features) -> None:
        """Keep the features, whose sums in each fold are all that a fit needs."""
        self._features = features

    def fit(self, left_out: tuple[int, ...], logits: Logits) -> Logits:
        """Return the discriminant of each shrinkage, (shrinkages, videos of `left_out`, classes)."""
        values = self._features.values[self._features.folds.videos(*left_out)]
        return np.stack([correction.of(values) for correction in self.learn(left_out, logits)])

    def learn(self, left_out: tuple[int, ...], logits: Logits) -> list[Affine]:
        """Return the discriminant of each shrinkage as a function of the features."""
        moments = self._features.moments(*left_out)
        within, means = within_covariance(moments), shrunken_means(moments)
        lines = [_line(shrink(within, s), means) for s in SHRINKAGES]
        return [
            Affine(slopes.astype(np.float32), -(moments.centre @ slopes + offsets).astype(np.float32))
            for slopes, offsets in lines
        ]


def within_covariance(moments: Moments) -> Scores:
    """Return the pooled covariance within the classes, (features, features), by the number of videos."""
    means = moments.means
    within: Scores = moments.products - (means * moments.counts[:, None]).T @ means
    return within / moments.number


def shrink(covariance: Scores, shrinkage: float) -> Scores:
    """Return (1 - s) W + s tr(W) / d I."""
    features = len(covariance)
    mean = max(float(np.trace(covariance)) / features, SMALLEST)
    return (1 - shrinkage) * covariance + shrinkage * mean * np.eye(features)


def shrunken_means(moments: Moments) -> Scores:
    """Return the means of the classes less that of all videos, by n / (n + 3) of them, (classes, features)."""
    means: Scores = (moments.means - moments.centre) * confidence(moments.counts)[:, None]
    return means


def _line(covariance: Scores, means: Scores) -> tuple[Scores, Scores]:
    """Return W^-1 m_c, (features, classes), and m_c^T W^-1 m_c / 2, (classes,)."""
    slopes = cho_solve(cho_factor(covariance), means.T)
    return slopes, 0.5 * np.einsum("cd,dc->c", means, slopes)
