"""How good scores are on labelled videos: which are right, and how likely the right classes are.

Where videos are few, the number of those that are right is mostly noise; the likelihood tells more of each video. It
compares scores of any scale, since each candidate gets the one temperature under which it is most likely: Guo et al.,
"On calibration of modern neural networks", 2017.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twostream import metrics
from twostream.metrics import Labels, Scores

STEPS = 40
"""Most Newton steps for a temperature; five are usual."""
FARTHEST = 4.0
"""The largest factor of one step: the curvature far from the optimum says little."""
PRECISION = 1e-4
"""Relative change of the temperature that counts as none."""
FEW = 500
"""Videos that the search begins on, evenly spread: near the optimum, few steps on all are left."""
BLOCK_SCORES = 1 << 15
"""Scores of which the softmax is taken at once."""
STEEPEST = 1e6
"""Bound of the inverse temperature, in units of the scores: that of scores without an error goes to infinity."""


@dataclass(frozen=True)
class Evidence:
    """For each video, (videos,), whether it is right, and the log-likelihood of its right class."""

    is_right: NDArray[np.bool_]
    log_likelihood: NDArray[np.float64]


def of_scores(scores: Scores | NDArray[np.float32], labels: Labels) -> Evidence:
    """Return the evidence for scores (videos, classes), after the temperature that suits them best."""
    logs = calibrated(scores, labels)
    is_right = metrics.ranks(scores, labels) == 0
    return Evidence(is_right, logs[np.arange(len(labels)), labels].astype(np.float64))


def calibrated(scores: Scores | NDArray[np.float32], labels: Labels) -> NDArray[np.float32]:
    """Return log-probabilities (videos, classes) of `scores` at the temperature that suits `labels` best."""
    lowered = _lowered(scores)
    lowered *= _inverse_temperature(lowered, labels)
    lowered -= np.log(np.exp(lowered).sum(axis=1, keepdims=True))
    return lowered


def paired_error(ours: NDArray[np.float64], theirs: NDArray[np.float64], clusters: Labels) -> float:
    """Return the standard error of the mean of `ours - theirs`, (videos,), where whole clusters are drawn.

    `clusters` (videos,) are numbers from 0. The sandwich for a mean: Liang and Zeger, "Longitudinal data analysis using
    generalized linear models", 1986.
    """
    difference = ours - theirs
    sums = np.bincount(clusters, weights=difference - difference.mean())
    number = max(2, int((np.bincount(clusters) > 0).sum()))
    return float(np.sqrt((sums**2).sum() * number / (number - 1)) / len(difference))


def _lowered(scores: Scores | NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the scores less the largest of their video."""
    lowered: NDArray[np.float32] = (scores - scores.max(axis=1, keepdims=True)).astype(np.float32)
    return lowered


def _inverse_temperature(lowered: NDArray[np.float32], labels: Labels) -> float:
    """Return the factor of the scores under which the right classes are most likely; the largest of a video is 0.

    By Newton's method, on some videos, then on all: the log-likelihood is concave in the factor.
    """
    unit = float(lowered.std(dtype=np.float64))
    if unit == 0:
        return 1.0
    lowered = lowered / np.float32(unit)
    few = slice(None, None, max(1, len(labels) // FEW))
    factor = _likeliest(lowered[few], labels[few], 1.0)
    return _likeliest(lowered, labels, factor) / unit


def _likeliest(lowered: NDArray[np.float32], labels: Labels, factor: float) -> float:
    """Return the likeliest factor that Newton's method finds from `factor`."""
    own = float(lowered[np.arange(len(labels)), labels].mean(dtype=np.float64))
    for _ in range(STEPS):
        mean, square = _moments(lowered, factor)
        curvature = float((square - mean**2).mean(dtype=np.float64))
        slope = own - float(mean.mean(dtype=np.float64))
        newton = factor + slope / curvature if curvature > 0 else (FARTHEST if slope > 0 else 0) * factor
        last, factor = factor, float(np.clip(newton, factor / FARTHEST, factor * FARTHEST))
        factor = float(np.clip(factor, 1 / STEEPEST, STEEPEST))
        if abs(factor / last - 1) < PRECISION:
            break
    return factor


def _moments(lowered: NDArray[np.float32], factor: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the mean of each video's scores and of their squares, (videos,), under the softmax of `factor` times them.

    Some rows at a time, which stay in a core's cache.
    """
    moments = np.empty((2, len(lowered)), np.float32)
    rows = max(1, BLOCK_SCORES // lowered.shape[1])
    for start in range(0, len(lowered), rows):
        scores = lowered[start : start + rows]
        powers = scores * np.float32(factor)
        np.exp(powers, out=powers)
        total = powers.sum(axis=1)
        for moment in moments:
            powers *= scores
            moment[start : start + rows] = powers.sum(axis=1) / total
    return moments[0], moments[1]
