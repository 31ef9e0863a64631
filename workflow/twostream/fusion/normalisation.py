"""Normalisations of a sample's scores, before samples are pooled. All functions: (..., classes) -> the same shape."""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from twostream.fusion import ranking
from twostream.metrics import Labels, Scores

Float = TypeVar("Float", bound=np.floating[Any])
SMALLEST = float(np.finfo(np.float64).tiny)
COLDEST, HOTTEST = 1e-3, 1e6


def none(scores: Scores) -> Scores:
    """Return `scores` as they are."""
    return scores


def standardised(scores: Scores) -> Scores:
    """Return scores less their mean over the classes, over their standard deviation; constant scores become zero."""
    centred = scores - scores.mean(axis=-1, keepdims=True)
    deviation = np.sqrt(np.mean(centred**2, axis=-1, keepdims=True))
    smallest = 1e-9 * np.abs(scores).max(axis=-1, keepdims=True)
    quotient: Scores = np.divide(centred, deviation, out=np.zeros_like(centred), where=deviation > smallest)
    return quotient


def softmax(scores: NDArray[Float], out: NDArray[Float] | None = None) -> NDArray[Float]:
    """Return exp(scores), scaled to add up to 1 over the classes; in `out`, which may be `scores` itself."""
    powers: NDArray[Float] = np.subtract(scores, scores.max(axis=-1, keepdims=True), out=out)
    np.exp(powers, out=powers)
    powers /= powers.sum(axis=-1, keepdims=True)
    return powers


def log_softmax(scores: Scores) -> Scores:
    """Return the logarithm of `softmax`, without its underflow."""
    lowered: Scores = scores - scores.max(axis=-1, keepdims=True)
    lowered -= np.log(np.exp(lowered).sum(axis=-1, keepdims=True))
    return lowered


def rank(scores: Scores) -> Scores:
    """Return 0 for the lowest score to 1 for the highest; of equal scores the first class ranks highest."""
    classes = scores.shape[-1]
    steps = np.linspace(1, 0, classes) if classes > 1 else np.ones(1)
    return ranking.positions_as(steps, scores.reshape(-1, classes)).reshape(scores.shape)


NORMALISATIONS: dict[str, Callable[[Scores], Scores]] = {
    "none": none,
    "standardised": standardised,
    "softmax": softmax,
    "log_softmax": log_softmax,
    "temperature": softmax,
    "rank": rank,
}
"""Normalisations by name; `temperature` is softmax of scores that have been divided by the temperature."""

POSITIVE = ("softmax", "temperature", "rank")
"""Normalisations whose results are proportional to probabilities."""


def apply(scores: Scores, name: str, temperature: float) -> Scores:
    """Normalise `scores` by `name`, one of `NORMALISATIONS`; `temperature` matters to the one of that name only."""
    return NORMALISATIONS[name](scores / temperature if name == "temperature" else scores)


def log_probabilities(scores: Scores, normalisation: str) -> Scores:
    """Return the log probabilities of the classes that normalised and pooled `scores` stand for."""
    if normalisation in POSITIVE:
        total = scores.sum(axis=-1, keepdims=True)
        logs: Scores = np.log(np.maximum(scores, SMALLEST)) - np.log(np.maximum(total, SMALLEST))
        return logs
    return log_softmax(scores)


def temperature(scores: Scores, labels: Labels) -> float:
    """Return the divisor of scores (videos, classes) under which the right classes are most likely.

    Guo et al., "On calibration of modern neural networks", 2017.
    """
    lowered = scores - scores.max(axis=-1, keepdims=True)
    own = float(lowered[np.arange(len(labels)), labels].mean())
    powers = np.empty_like(lowered)

    def loss(log_temperature: float) -> float:
        factor = np.exp(-log_temperature)
        np.exp(np.multiply(lowered, factor, out=powers), out=powers)
        return float(np.log(powers.sum(axis=1)).mean() - own * factor)

    return best_temperature(loss)


def best_temperature(loss: Callable[[float], float]) -> float:
    """Return the temperature, from `COLDEST` to `HOTTEST`, at whose logarithm `loss` is least."""
    bounds = (np.log(COLDEST), np.log(HOTTEST))
    return float(np.exp(minimize_scalar(loss, bounds=bounds, method="bounded").x))
