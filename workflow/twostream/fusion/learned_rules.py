"""Rules whose parameters are learned from labelled videos, which the networks were not trained on."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from twostream.fusion.normalisation import log_softmax
from twostream.metrics import Labels, Scores

SMALLEST_UNIT = 1e-9
NEWTON_STEPS, HALVINGS = 50, 20
SMALLEST_GAIN = 1e-9
"""Bounds on the search of `scales`, and the expected gain in mean log-likelihood that ends it."""
FEW, FIRST_STEPS = 500, 10
"""Videos that the search begins on, evenly spread, and its steps there: near the optimum, few steps on all are left."""
RAREST = 1e-250
"""The least probability that is scaled: a zero could not be."""
JITTER = 1e-6
"""Keeps a curvature positive that is zero but for rounding, as of equal streams; relative to its trace."""


def scales(scores: Scores | NDArray[np.float32], labels: Labels) -> NDArray[np.float64]:
    """Return a weight >= 0 for each stream under which the right classes are most likely.

    `scores` is (streams, videos, classes). A conditional logit model (McFadden, 1974) with one parameter per stream:
    the softmax of the weighted sum is calibrated too. The log-likelihood is concave; each step solves Newton's
    quadratic with the bound as non-negative least squares, and is halved while the likelihood falls.
    """
    centred = scores - scores.mean(axis=2, keepdims=True)
    units = np.maximum(centred.std(axis=(1, 2), dtype=np.float64), SMALLEST_UNIT)
    inputs = (centred / units[:, None, None]).astype(np.float32)
    weights = np.full(len(scores), 1 / len(scores))
    few = np.arange(0, len(labels), max(1, len(labels) // FEW))
    for videos, steps in ((few, FIRST_STEPS), (slice(None), NEWTON_STEPS)):
        weights = _likeliest(inputs[:, videos], labels[videos], weights, steps)
    fitted: NDArray[np.float64] = weights / units
    return fitted


def _likeliest(
    inputs: NDArray[np.float32], labels: Labels, weights: NDArray[np.float64], steps: int
) -> NDArray[np.float64]:
    """Return the likeliest weights (streams,) that `steps` of Newton's find from `weights`."""
    loss, slope, curvature = _derivatives(inputs, labels, weights)
    for _ in range(steps):
        target = _bounded_newton(weights, slope, curvature)
        step = target - weights
        if -(slope + curvature @ step / 2) @ step < SMALLEST_GAIN:  # What single precision does not show.
            return target
        for _ in range(HALVINGS):
            new_loss, slope, curvature = _derivatives(inputs, labels, target)
            if new_loss <= loss:
                break
            target = (weights + target) / 2
        gain, weights, loss = loss - new_loss, target, new_loss
        if gain < SMALLEST_GAIN:
            break
    return weights


def _derivatives(
    inputs: NDArray[np.float32], labels: Labels, weights: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean negative log-likelihood, its gradient (streams,) and its Hessian (streams, streams)."""
    logs = log_softmax(np.tensordot(weights.astype(np.float32), inputs, axes=1))
    videos = np.arange(len(labels))
    powers = np.exp(logs)
    means = np.einsum("vc,svc->sv", powers, inputs)
    deviations = inputs - means[:, :, None]
    weighted = (deviations * powers).reshape(len(inputs), -1)
    curvature = (weighted @ deviations.reshape(len(inputs), -1).T).astype(np.float64) / len(labels)
    slope = (means - inputs[:, videos, labels]).mean(axis=1, dtype=np.float64)
    return -float(logs[videos, labels].mean(dtype=np.float64)), slope, curvature


def _bounded_newton(
    weights: NDArray[np.float64], slope: NDArray[np.float64], curvature: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the weights >= 0 with the smallest slope^T (w - weights) + (w - weights)^T curvature (w - weights) / 2."""
    ridge = max(JITTER * float(np.trace(curvature)), SMALLEST_UNIT) * np.eye(len(weights))
    root = np.linalg.cholesky(curvature + ridge)
    solution: NDArray[np.float64] = nnls(root.T, root.T @ weights - np.linalg.solve(root, slope))[0]
    return solution


def prior_matched(scores: Scores, proportions: NDArray[np.float64], rounds: int = 100) -> Scores:
    """Add a number to each class of scores (videos, classes), so that the mean probabilities are `proportions`.

    Transductive: a video's scores depend on which other videos are tested. The numbers come from iterative scaling, as
    in Saerens, Latinne and Decaestecker, "Adjusting the outputs of a classifier to new a priori probabilities", 2002.
    """
    logs = log_softmax(scores)
    probabilities = np.maximum(np.exp(logs), RAREST)
    shift = np.zeros(scores.shape[1])
    target = np.log(np.maximum(proportions, 1 / (10 * len(scores))))
    for _ in range(rounds):
        factors = np.exp(shift - shift.max())
        means = (1 / (probabilities @ factors)) @ probabilities * factors / len(scores)
        shift += target - np.log(np.maximum(means, 1e-12))
    shifted: Scores = logs + shift
    return shifted
