"""Kernel ridge regression on the classes: videos that the streams see alike are of one class.

Saunders, Gammerman and Vovk, "Ridge regression learning algorithm in dual variables", 1998. The kernel is
exp(cos(f, g) - 1) for the standardised scores f and g of two videos: a Gaussian whose width is their norm, which is the
same for all videos, so that no width is fitted.
"""

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.linalg.lapack import dpotrf, dpotri

from twostream.fusion.family import Logits, Variant
from twostream.fusion.features import Features
from twostream.metrics import Scores

RIDGE = 0.3
WEIGHTS = (2.5, 5.0, 10.0, 20.0)
"""The ridge, and the weights of the correction that are tried."""


class KernelRidge:
    """z + b K (K + ridge I)^-1 (Y - 1 / classes), for each weight b.

    K + ridge I of all videos is inverted once. Let A be that inverse, L the videos left out and R the others; the
    prediction for L of a fit on R alone is -(A_LL)^-1 A_LR Y_R (Pahikkala, Boberg and Salakoski, "Fast n-fold
    cross-validation for regularized least-squares", 2006): labels of L have no part in it.
    """

    variants = tuple(Variant({"ridge": RIDGE, "weight": b}, (b,)) for b in WEIGHTS)

    def __init__(self, features: Features) -> None:
        """Invert the kernel of all videos."""
        self._features = features
        self._inverse = _inverse(kernel(features.values.astype(np.float64)), RIDGE)
        self._targets = np.eye(features.classes)[features.labels] - 1 / features.classes

    def fit(self, left_out: tuple[int, ...], logits: Logits) -> Logits:
        """Return the prediction, (1, videos of `left_out`, classes)."""
        out = self._features.folds.videos(*left_out)
        rows = self._inverse[out]
        predicted: Scores = cho_solve(cho_factor(rows[:, out]), -rows[:, ~out] @ self._targets[~out])
        return predicted[None].astype(np.float32)


def kernel(values: Scores) -> Scores:
    """Return exp(cos(f, g) - 1) for all pairs of `values` (videos, features); cos is 0 for a video without variance."""
    norms = np.linalg.norm(values, axis=1, keepdims=True)
    directions = np.divide(values, norms, out=np.zeros_like(values), where=norms > 0)
    similarity: Scores = directions @ directions.T
    similarity -= 1
    return np.exp(similarity, out=similarity)


def _inverse(matrix: Scores, ridge: float) -> Scores:
    """Return (matrix + ridge I)^-1 of a symmetric matrix, by Cholesky."""
    matrix[np.diag_indices(len(matrix))] += ridge
    factor, _ = dpotrf(matrix, lower=1, clean=1, overwrite_a=1)
    inverse, _ = dpotri(factor, lower=1, overwrite_c=1)
    upper = np.triu_indices(len(inverse), 1)
    inverse[upper] = inverse.T[upper]
    whole: Scores = inverse
    return whole
