"""Rules whose parameters are learned from labelled videos, which the networks were not trained on."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

from twostream.fusion.contract import Params
from twostream.fusion.normalisation import log_softmax, softmax, standardised
from twostream.metrics import Labels, Scores

RIDGES = (1.0, 10.0)
ROUNDS = (4, 8, 16, 32)
"""Ridges, and numbers of Newton steps, that `stacked` tries."""
CURVATURE = 0.5
"""Boehning's bound on the Hessian of the log likelihood, in units of the features' second moments."""


def scales(scores: Scores, labels: Labels) -> NDArray[np.float64]:
    """Return a weight >= 0 for each stream under which the right classes are most likely.

    `scores` is (streams, videos, classes). A conditional logit model (McFadden, 1974) with one parameter per stream:
    the softmax of the weighted sum is calibrated too.
    """
    units = np.maximum(scores.std(axis=(1, 2)), 1e-9)
    inputs = scores / units[:, None, None]
    own = inputs[:, np.arange(len(labels)), labels].mean(axis=1)

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        fused = np.tensordot(weights, inputs, axes=1)
        logs = log_softmax(fused)
        mean = np.einsum("vc,svc->s", np.exp(logs), inputs) / len(labels)
        return -float(logs[np.arange(len(labels)), labels].mean()), mean - own

    start = np.full(len(scores), 1 / len(scores))
    best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0, None)] * len(scores))
    weights: NDArray[np.float64] = best.x / units
    return weights


def stacked(scores: Scores, labels: Labels, train: NDArray[np.bool_]) -> Iterator[tuple[Params, Scores]]:
    """Yield multinomial stacking that starts from `scales` and stays near it, for each ridge and number of rounds.

    To the fused logits z = sum_s w_s x_s of scores (streams, videos, classes) it adds D f + b, where f are
    the video's standardised scores in all streams: it learns which class is taken for which. D is drawn to zero by
    `ridge` |D|^2 / 2 and by stopping early, so that little data changes little. A round is a Newton step with
    Boehning's bound in place of the Hessian, which never overshoots: Boehning, "Multinomial logistic
    regression algorithm", 1992. Each item is the parameters and the scores (videos not in `train`, classes).
    """
    weights = scales(scores[:, train], labels[train])
    start = np.tensordot(weights, scores, axes=1).astype(np.float32)
    features = np.concatenate([standardised(stream) for stream in scores], axis=1).astype(np.float32)
    features -= features[train].mean(axis=0)
    inputs, targets = features[train], np.eye(scores.shape[2], dtype=np.float32)[labels[train]]
    bound = CURVATURE * (inputs.T @ inputs)
    for ridge in RIDGES:
        factor = cho_factor(bound + ridge * np.eye(len(bound), dtype=np.float32))
        mixing = np.zeros((len(bound), scores.shape[2]), np.float32)
        bias = np.zeros(scores.shape[2], np.float32)
        for step in range(1, max(ROUNDS) + 1):
            residual = targets - softmax(start[train] + inputs @ mixing + bias)
            mixing += cho_solve(factor, inputs.T @ residual - ridge * mixing)
            bias += residual.mean(axis=0) / CURVATURE
            if step in ROUNDS:
                yield {"ridge": ridge, "rounds": step}, start[~train] + features[~train] @ mixing + bias


def prior_matched(scores: Scores, proportions: NDArray[np.float64], rounds: int = 100) -> Scores:
    """Add a number to each class of scores (videos, classes), so that the mean probabilities are `proportions`.

    Transductive: a video's scores depend on which other videos are tested. The numbers come from iterative scaling, as
    in Saerens, Latinne and Decaestecker, "Adjusting the outputs of a classifier to new a priori probabilities", 2002.
    """
    logs = log_softmax(scores)
    shift = np.zeros(scores.shape[1])
    target = np.log(np.maximum(proportions, 1 / (10 * len(scores))))
    for _ in range(rounds):
        shift += target - np.log(np.maximum(np.exp(log_softmax(logs + shift)).mean(axis=0), 1e-12))
    shifted: Scores = logs + shift
    return shifted
