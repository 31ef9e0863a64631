"""Rules that fuse streams without learning anything: from pooled streams to scores (videos, classes).

The formulas and their sources also stand in docs/fusion.md.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial, reduce
from itertools import product

import numpy as np
from numpy.typing import NDArray

from twostream.fusion import normalisation, pooling, sample_kernels
from twostream.metrics import Scores

RATIOS = {"2:1": (2.0, 1.0), "1:2": (1.0, 2.0), "1:1.5": (1.0, 1.5)}
"""Spatial to temporal: the two of the reference, and that of Temporal Segment Networks (Wang et al., 2016)."""


@dataclass(frozen=True)
class PooledStream:
    """A stream, normalised and pooled: `scores` (videos, classes), and what the rules need to know of it.

    `sample_variance` (videos,) is the mean over the classes of the variance over the samples.
    """

    scores: Scores
    sample_variance: Scores
    normalisation: str

    @cached_property
    def log_probabilities(self) -> Scores:
        """The log probabilities of the classes, (videos, classes)."""
        return normalisation.log_probabilities(self.scores, self.normalisation)

    @cached_property
    def ranks(self) -> Scores:
        """0 for the lowest score to 1 for the highest, (videos, classes)."""
        return normalisation.rank(self.scores)

    @cached_property
    def class_variance(self) -> Scores:
        """The variance over the classes, (videos,)."""
        variances = np.empty(len(self.scores))
        sample_kernels.row_variances(self.scores, variances)
        return variances

    @property
    def certainty(self) -> Scores:
        """log(classes) less the entropy of the probabilities, (videos,)."""
        certainty: Scores = np.log(self.scores.shape[-1]) - self._entropies_and_margins[0]
        return certainty

    @property
    def margin(self) -> Scores:
        """The highest probability less the next, (videos,)."""
        return self._entropies_and_margins[1]

    @cached_property
    def _entropies_and_margins(self) -> tuple[Scores, Scores]:
        entropies, margins = np.empty(len(self.scores)), np.empty(len(self.scores))
        sample_kernels.measure_probabilities(np.exp(self.log_probabilities), self.log_probabilities, entropies, margins)
        return entropies, margins


def pool(samples: Scores, normalisation_name: str, pooling_name: str) -> PooledStream:
    """Pool a stream's scores (videos, samples, classes), which have been normalised by `normalisation_name`."""
    return pool_by_each(samples, normalisation_name, [pooling_name])[0]


def pool_by_each(samples: Scores, normalisation_name: str, poolings: Sequence[str]) -> list[PooledStream]:
    """Return what `pool` does for each of `poolings`."""
    measured = pooling.measure(samples)
    pooled = pooling.pool_by_each(samples, measured, poolings)
    sample_variance = measured.deviations.mean(axis=1)
    return [PooledStream(scores, sample_variance, normalisation_name) for scores in pooled]


def join(parts: Sequence[PooledStream]) -> PooledStream:
    """Return one stream of the videos of all `parts`, which are normalised and pooled alike."""
    scores = np.concatenate([part.scores for part in parts])
    return PooledStream(scores, np.concatenate([part.sample_variance for part in parts]), parts[0].normalisation)


def average(streams: Sequence[PooledStream]) -> Scores:
    """Return the mean over the streams."""
    return gated("average", streams)


def maximum(streams: Sequence[PooledStream]) -> Scores:
    """Return each class's highest score of any stream."""
    return reduce(np.maximum, [stream.scores for stream in streams])


def product_rule(streams: Sequence[PooledStream]) -> Scores:
    """Multiply the probabilities, as a sum of logarithms: Kittler et al., "On combining classifiers", 1998."""
    return reduce(np.add, [stream.log_probabilities for stream in streams])


def borda(streams: Sequence[PooledStream]) -> Scores:
    """Add up the ranks: Ho, Hull and Srihari, "Decision combination in multiple classifier systems", 1994."""
    return reduce(np.add, [stream.ranks for stream in streams])


def equal_weights(streams: Sequence[PooledStream]) -> Scores:
    """Weight all streams alike."""
    return np.full((len(streams), len(streams[0].scores)), 1 / len(streams))


def variance_weights(streams: Sequence[PooledStream]) -> Scores:
    """Weight each stream, in each video, by 1 / (variance of its scores over the video's samples).

    Minimum-variance weighting: Cochran, "Problems arising in the analysis of a series of similar
    experiments", 1937.
    """
    variances = np.stack([stream.sample_variance for stream in streams], axis=-1)
    return pooling.normalised_weights(pooling.inverse(variances).T, axis=0)


def class_variance_weights(streams: Sequence[PooledStream]) -> Scores:
    """Weight each stream, in each video, by the variance of its scores over the classes.

    The reference's variance-based fusion: flat scores say little, peaked ones much.
    """
    return pooling.normalised_weights(np.stack([stream.class_variance for stream in streams]), axis=0)


def entropy_weights(streams: Sequence[PooledStream]) -> Scores:
    """Weight each stream, in each video, by log(classes) - entropy of its probabilities."""
    return pooling.normalised_weights(np.stack([stream.certainty for stream in streams]), axis=0)


def margin_weights(streams: Sequence[PooledStream]) -> Scores:
    """Weight each stream, in each video, by the difference of its two highest probabilities."""
    return pooling.normalised_weights(np.stack([stream.margin for stream in streams]), axis=0)


GATES: dict[str, Callable[[Sequence[PooledStream]], Scores]] = {
    "average": equal_weights,
    "spread": class_variance_weights,
    "inverse_variance": variance_weights,
    "entropy": entropy_weights,
    "margin": margin_weights,
}
"""Rules with weights (streams, videos) that add up to 1 in each video, by their names in the configuration."""


def gated(name: str, streams: Sequence[PooledStream]) -> Scores:
    """Return the sum of the streams by the weights of a rule of `GATES`."""
    pairs = zip(GATES[name](streams), streams, strict=True)
    return reduce(np.add, [weights[:, None] * stream.scores for weights, stream in pairs])


STRATEGIES: dict[str, Callable[[Sequence[PooledStream]], Scores]] = {
    "average": average,
    "max": maximum,
    "product": product_rule,
    "borda": borda,
    **{name: partial(gated, name) for name in GATES},
}
"""Rules without weights to select, by their names in the configuration; `weighted` is the one with weights."""


def weighted(streams: Sequence[PooledStream], weights: Sequence[float] | NDArray[np.float64]) -> Scores:
    """Return the weighted sum, added up in the order of the streams."""
    return reduce(np.add, [w * stream.scores for w, stream in zip(weights, streams, strict=True)])


def simplex(streams: int, step: float) -> NDArray[np.float64]:
    """Return all weights (n, streams) that are multiples of `step` and add up to 1.

    Consecutive rows that agree in all but the last two weights form a line: `counting` relies on it.
    """
    parts = round(1 / step)
    rows = [row for row in product(range(parts + 1), repeat=streams - 1) if sum(row) <= parts]
    return np.array([(*row, parts - sum(row)) for row in rows]) / parts
