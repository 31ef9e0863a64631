"""Kernel ridge regression on the classes: videos that the streams see alike are of one class.

Saunders, Gammerman and Vovk, "Ridge regression learning algorithm in dual variables", 1998. The kernel is
exp(cos(f, g) - 1) for the standardised scores f and g of two videos: a Gaussian whose width is their norm, which is the
same for all videos, so that no width is fitted.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.linalg.lapack import spotrf, spotri

from twostream.fusion.family import Kernel, Logits, Variant, directions
from twostream.fusion.features import Features

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
        """Invert the kernel of all videos, and multiply it by the targets of each fold."""
        self._features = features
        self._inverse = _inverse(kernel(features.values), RIDGE)
        self._targets = np.eye(features.classes, dtype=np.float32)[features.labels] - np.float32(1 / features.classes)
        folds = features.folds
        own = [folds.videos(fold) for fold in range(folds.number)]
        self._products = [self._inverse[:, videos] @ self._targets[videos] for videos in own]

    def fit(self, left_out: tuple[int, ...], logits: Logits) -> Logits:
        """Return the prediction, (1, videos of `left_out`, classes).

        A_LR Y_R is the sum over the folds in R, whose products are shared by all fits.
        """
        folds = self._features.folds
        out = folds.videos(*left_out)
        product = np.sum([self._products[fold][out] for fold in folds.others(*left_out)], axis=0)
        predicted: Logits = cho_solve(cho_factor(self._inverse[np.ix_(out, out)]), -product)
        return predicted[None]

    def learn(self, left_out: tuple[int, ...], logits: Logits) -> list[Kernel]:
        """Return the prediction as a function of the features.

        Its coefficients are (K_RR + ridge I)^-1 Y_R, and that inverse is A_RR - A_RL (A_LL)^-1 A_LR.
        """
        out = self._features.folds.videos(*left_out)
        targets = self._targets[~out]
        across = cho_solve(cho_factor(self._inverse[np.ix_(out, out)]), self._inverse[np.ix_(out, ~out)] @ targets)
        coefficients = self._inverse[np.ix_(~out, ~out)] @ targets - self._inverse[np.ix_(~out, out)] @ across
        return [Kernel(directions(self._features.values[~out]), coefficients.astype(np.float32))]


def kernel(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return exp(cos(f, g) - 1) for all pairs of `values` (videos, features); cos is 0 for a video without variance."""
    unit = directions(values)
    similarity: NDArray[np.float32] = unit @ unit.T
    similarity -= 1
    return np.exp(similarity, out=similarity)


def _inverse(matrix: NDArray[np.float32], ridge: float) -> NDArray[np.float32]:
    """Return (matrix + ridge I)^-1 of a symmetric matrix, by Cholesky, in the memory of `matrix`.

    Single precision is enough: the smallest eigenvalue is `ridge`, the largest at most the number of videos.
    """
    matrix[np.diag_indices(len(matrix))] += ridge
    factor, _ = spotrf(matrix.T, lower=1, clean=0, overwrite_a=1)
    lower, _ = spotri(factor, lower=1, overwrite_c=1)
    inverse: NDArray[np.float32] = lower
    for column in range(1, len(inverse)):
        inverse[:column, column] = inverse[column, :column]
    return inverse
