"""Rules that fuse streams without learning anything: from pooled streams to scores (videos, classes).

The formulas and their sources also stand in docs/fusion.md.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from twostream.fusion import normalisation, pooling
from twostream.metrics import Scores

RATIOS = {"2:1": (2.0, 1.0), "1:2": (1.0, 2.0), "1:1.5": (1.0, 1.5)}
"""Spatial to temporal: the two of the reference, and that of Temporal Segment Networks (Wang et al., 2016)."""


@dataclass(frozen=True, kw_only=True)
class PooledStream:
    """A stream, normalised and pooled, and what the rules need to know of it.

    (videos, classes): `scores`, `log_probabilities` and `ranks`, 0 for the lowest score to 1 for the highest.
    (videos,): `sample_variance` and `class_variance`, log(classes) less the `entropy` of the probabilities
    (`certainty`), and the highest probability less the next (`margin`).
    """

    scores: Scores
    log_probabilities: Scores
    ranks: Scores
    sample_variance: Scores
    class_variance: Scores
    certainty: Scores
    margin: Scores


def pool(samples: Scores, normalisation_name: str, pooling_name: str) -> PooledStream:
    """Pool a stream's scores (videos, samples, classes), which have been normalised by `normalisation_name`."""
    return next(pool_by_each(samples, normalisation_name, [pooling_name]))


def pool_by_each(samples: Scores, normalisation_name: str, poolings: Iterable[str]) -> Iterator[PooledStream]:
    """Yield what `pool` returns for each of `poolings`."""
    deviations = pooling.deviation(samples)
    sample_variance = deviations.mean(axis=1)
    for pooled in pooling.by_each(samples, deviations, poolings):
        yield _pooled_stream(pooled, sample_variance, normalisation_name)


def average(streams: Sequence[PooledStream]) -> Scores:
    """Return the mean over the streams."""
    return weighted(streams, np.full(len(streams), 1 / len(streams)))


def maximum(streams: Sequence[PooledStream]) -> Scores:
    """Return each class's highest score of any stream."""
    highest: Scores = np.max([stream.scores for stream in streams], axis=0)
    return highest


def product_rule(streams: Sequence[PooledStream]) -> Scores:
    """Multiply the probabilities, as a sum of logarithms: Kittler et al., "On combining classifiers", 1998."""
    total: Scores = np.sum([stream.log_probabilities for stream in streams], axis=0)
    return total


def borda(streams: Sequence[PooledStream]) -> Scores:
    """Add up the ranks: Ho, Hull and Srihari, "Decision combination in multiple classifier systems", 1994."""
    total: Scores = np.sum([stream.ranks for stream in streams], axis=0)
    return total


def inverse_variance(streams: Sequence[PooledStream]) -> Scores:
    """Weight each stream, in each video, by 1 / (variance of its scores over the video's samples).

    Minimum-variance weighting: Cochran, "Problems arising in the analysis of a series of similar
    experiments", 1937.
    """
    variances = np.stack([stream.sample_variance for stream in streams], axis=-1)
    return _gated(streams, pooling.inverse(variances).T)


def class_variance(streams: Sequence[PooledStream]) -> Scores:
    """Weight each stream, in each video, by the variance of its scores over the classes.

    The reference's variance-based fusion: flat scores say little, peaked ones much.
    """
    return _gated(streams, np.stack([stream.class_variance for stream in streams]))


def entropy_gated(streams: Sequence[PooledStream]) -> Scores:
    """Weight each stream, in each video, by log(classes) - entropy of its probabilities."""
    return _gated(streams, np.stack([stream.certainty for stream in streams]))


def margin_gated(streams: Sequence[PooledStream]) -> Scores:
    """Weight each stream, in each video, by the difference of its two highest probabilities."""
    return _gated(streams, np.stack([stream.margin for stream in streams]))


STRATEGIES: dict[str, Callable[[Sequence[PooledStream]], Scores]] = {
    "average": average,
    "max": maximum,
    "product": product_rule,
    "borda": borda,
    "spread": class_variance,
    "inverse_variance": inverse_variance,
    "entropy": entropy_gated,
    "margin": margin_gated,
}
"""Rules without weights to select, by their names in the configuration; `weighted` is the one with weights."""


def weighted(streams: Sequence[PooledStream], weights: Sequence[float] | NDArray[np.float64]) -> Scores:
    """Return the weighted sum, added up in the order of the streams."""
    total: Scores = sum((w * stream.scores for w, stream in zip(weights, streams, strict=True)), start=np.zeros(()))
    return total


def simplex(streams: int, step: float) -> NDArray[np.float64]:
    """Return all weights (n, streams) that are multiples of `step` and add up to 1.

    Consecutive rows that agree in all but the last two weights form a line: `counting` relies on it.
    """
    parts = round(1 / step)
    rows = [row for row in product(range(parts + 1), repeat=streams - 1) if sum(row) <= parts]
    return np.array([(*row, parts - sum(row)) for row in rows]) / parts


def _gated(streams: Sequence[PooledStream], weights: Scores) -> Scores:
    """Return the sum weighted by `weights` (streams, videos), scaled to add up to 1 in each video."""
    scaled = pooling.normalised_weights(weights, axis=0)
    total: Scores = np.sum([w[:, None] * stream.scores for w, stream in zip(scaled, streams, strict=True)], axis=0)
    return total


def _pooled_stream(scores: Scores, sample_variance: Scores, normalisation_name: str) -> PooledStream:
    log_probabilities = normalisation.log_probabilities(scores, normalisation_name)
    probabilities = np.exp(log_probabilities)
    padded = probabilities if probabilities.shape[-1] > 1 else np.pad(probabilities, ((0, 0), (1, 0)))
    top_two = np.partition(padded, -2, axis=-1)[:, -2:]
    return PooledStream(
        scores=scores,
        log_probabilities=log_probabilities,
        ranks=normalisation.rank(scores),
        sample_variance=sample_variance,
        class_variance=scores.var(axis=-1),
        certainty=np.log(probabilities.shape[-1]) + (probabilities * log_probabilities).sum(axis=-1),
        margin=top_two[:, 1] - top_two[:, 0],
    )
