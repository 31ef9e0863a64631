"""What is done to each sample's scores before they are pooled. All functions: (..., classes) -> the same."""

from collections.abc import Callable

import numpy as np

from twostream.metrics import Labels, Scores

SMALLEST = float(np.finfo(np.float64).tiny)
COLDEST, HOTTEST = 1e-3, 1e6


def none(scores: Scores) -> Scores:
    return scores


def standardised(scores: Scores) -> Scores:
    """Less their mean over the classes, over their standard deviation; constant scores become zero."""
    centred = scores - scores.mean(axis=-1, keepdims=True)
    spread = np.sqrt(np.mean(centred**2, axis=-1, keepdims=True))
    return np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 1e-9 * abs(scores).max(initial=1e-9))


def softmax(scores: Scores) -> Scores:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    powers /= powers.sum(axis=-1, keepdims=True)
    return powers


def log_softmax(scores: Scores) -> Scores:
    lowered = scores - scores.max(axis=-1, keepdims=True)
    return lowered - np.log(np.exp(lowered).sum(axis=-1, keepdims=True))


def rank(scores: Scores) -> Scores:
    """0 for the lowest to 1 for the highest; of equal scores the first class stands highest."""
    classes = scores.shape[-1]
    order = np.argsort(-scores, axis=-1, kind="stable")
    places = np.empty_like(scores)
    steps = np.linspace(1, 0, classes, dtype=scores.dtype) if classes > 1 else np.ones(1, scores.dtype)
    np.put_along_axis(places, order, np.broadcast_to(steps, scores.shape), axis=-1)
    return places


NORMALISATIONS: dict[str, Callable[[Scores], Scores]] = {
    "none": none,
    "standardised": standardised,
    "softmax": softmax,
    "log_softmax": log_softmax,
    "temperature": softmax,
    "rank": rank,
}
"""By name; `temperature` is softmax of scores that have been divided by the temperature."""

POSITIVE = ("softmax", "temperature", "rank")
"""What yields scores that are chances, but for a factor."""


def log_chances(scores: Scores, normalisation: str) -> Scores:
    """The logarithm of the chances that normalised and pooled scores stand for."""
    if normalisation in POSITIVE:
        return np.log(np.maximum(scores, SMALLEST)) - np.log(np.maximum(scores.sum(axis=-1, keepdims=True), SMALLEST))
    return log_softmax(scores)


def temperature(scores: Scores, labels: Labels) -> float:
    """The divisor of scores (videos, classes) under which the right classes are the most likely.

    Guo et al., "On calibration of modern neural networks", 2017.
    """
    from scipy.optimize import minimize_scalar

    videos = np.arange(len(labels))

    def loss(log_temperature: float) -> float:
        return -float(log_softmax(scores / np.exp(log_temperature))[videos, labels].mean())

    bounds = (np.log(COLDEST), np.log(HOTTEST))
    return float(np.exp(minimize_scalar(loss, bounds=bounds, method="bounded").x))
