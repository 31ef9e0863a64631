"""Multinomial stacking that starts from `scales`: which class is taken for which.

Wolpert, "Stacked generalization", 1992.
"""

from collections.abc import Iterator

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from twostream.fusion.family import Affine, Logits, Variant, confidence
from twostream.fusion.features import Features
from twostream.fusion.normalisation import softmax

RIDGE = 1.0
ROUNDS = (4, 8, 16, 32)
"""The ridge, and the numbers of Newton steps that are tried."""
CURVATURE = 0.5
"""Boehning's bound on the Hessian of the log likelihood, in units of the features' second moments."""


class Stacked:
    """z + n_c / (n_c + 3) (D f + b), for each number of rounds; f are the standardised scores of all streams, centred.

    D is drawn to zero by `ridge` |D|^2 / 2 and by stopping early, and a class's correction by its number of videos n_c,
    so that little data changes little. A round is a Newton step with Boehning's bound in place of the Hessian, which
    never overshoots: Boehning, "Multinomial logistic regression algorithm", 1992.
    """

    variants = tuple(
        Variant({"ridge": RIDGE, "rounds": rounds}, tuple(float(rounds == own) for own in ROUNDS)) for rounds in ROUNDS
    )

    def __init__(self, features: Features) -> None:
        """Keep the features."""
        self._features = features

    def fit(self, left_out: tuple[int, ...], logits: Logits) -> Logits:
        """Return the correction after each number of rounds, (rounds, videos of `left_out`, classes)."""
        features, moments = self._features, self._features.moments(*left_out)
        out = (features.values - moments.centre.astype(np.float32))[features.folds.videos(*left_out)]
        weight = confidence(moments.counts).astype(np.float32)
        return np.stack([weight * (out @ mixing + bias) for mixing, bias in self._rounds(left_out, logits)])

    def learn(self, left_out: tuple[int, ...], logits: Logits) -> list[Affine]:
        """Return the correction after each number of rounds as a function of the features."""
        moments = self._features.moments(*left_out)
        weight, centre = confidence(moments.counts).astype(np.float32), moments.centre.astype(np.float32)
        return [
            Affine(weight * mixing, weight * (bias - centre @ mixing))
            for mixing, bias in self._rounds(left_out, logits)
        ]

    def _rounds(self, left_out: tuple[int, ...], logits: Logits) -> Iterator[tuple[Logits, Logits]]:
        """Yield D, (features, classes), and b, (classes,), after each number of rounds; the next changes them."""
        features = self._features
        moments, train = features.moments(*left_out), features.folds.train(*left_out)
        inputs = (features.values - moments.centre.astype(np.float32))[train]
        start, labels = logits[train], features.labels[train]
        second = moments.products - moments.number * np.outer(moments.centre, moments.centre)
        bound = (CURVATURE * second + RIDGE * np.eye(len(second))).astype(np.float32)
        factor = cho_factor(bound)
        mixing = np.zeros((len(bound), features.classes), np.float32)
        bias = np.zeros(features.classes, np.float32)
        error = np.empty_like(start)
        for step in range(1, max(ROUNDS) + 1):
            np.matmul(inputs, mixing, out=error)
            error += start
            error += bias
            softmax(error, out=error)
            error[np.arange(len(labels)), labels] -= 1
            mixing -= cho_solve(factor, inputs.T @ error + RIDGE * mixing, check_finite=False)
            bias -= error.mean(axis=0) / CURVATURE
            if step in ROUNDS:
                yield mixing, bias
