"""Ways to fuse streams: from what is known of each stream to scores (videos, classes). Nothing here is learned.

How the formulas read and where they come from stands in docs/fusion.md too.
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


@dataclass(frozen=True)
class View:
    """A stream, normalised and pooled: `scores` and others (videos, classes), what weighs it (videos,)."""

    scores: Scores
    log_chances: Scores
    points: Scores
    noise: Scores
    spread: Scores
    certainty: Scores
    margin: Scores


def view(samples: Scores, normalised_by: str, pooled_by: str) -> View:
    """Of a stream's normalised scores (videos, samples, classes)."""
    return next(views(samples, normalised_by, [pooled_by]))


def views(samples: Scores, normalised_by: str, poolings: Iterable[str]) -> Iterator[View]:
    """A view for each of `poolings`."""
    noise = pooling.noise(samples)
    return (_view(pooling.POOLINGS[name](samples), noise, normalised_by) for name in poolings)


def average(views: Sequence[View]) -> Scores:
    return weighted(views, np.full(len(views), 1 / len(views)))


def highest(views: Sequence[View]) -> Scores:
    """The highest score of any stream."""
    return np.max([view.scores for view in views], axis=0)


def product_rule(views: Sequence[View]) -> Scores:
    """The product of the chances, as a sum of logarithms: Kittler et al., "On combining classifiers", 1998."""
    return np.sum([view.log_chances for view in views], axis=0)


def borda(views: Sequence[View]) -> Scores:
    """The sum of the ranks: Ho, Hull and Srihari, "Decision combination in multiple classifier systems", 1994."""
    return np.sum([view.points for view in views], axis=0)


def inverse_variance(views: Sequence[View]) -> Scores:
    """Each stream, in each video, weighted by 1 / (variance of its scores over the video's samples).

    Minimum-variance weighting: Cochran, "Problems arising in the analysis of a series of similar
    experiments", 1937.
    """
    return _gated(views, pooling.inverse(np.stack([view.noise for view in views], axis=-1)).T)


def spread(views: Sequence[View]) -> Scores:
    """Each stream, in each video, weighted by the variance of its scores over the classes.

    The reference's variance-based fusion: a flat score says little, a peaked one much.
    """
    return _gated(views, np.stack([view.spread for view in views]))


def entropy_gated(views: Sequence[View]) -> Scores:
    """Each stream, in each video, weighted by log(classes) - entropy of its chances."""
    return _gated(views, np.stack([view.certainty for view in views]))


def margin_gated(views: Sequence[View]) -> Scores:
    """Each stream, in each video, weighted by the difference of its two highest chances."""
    return _gated(views, np.stack([view.margin for view in views]))


STRATEGIES: dict[str, Callable[[Sequence[View]], Scores]] = {
    "average": average,
    "max": highest,
    "product": product_rule,
    "borda": borda,
    "spread": spread,
    "inverse_variance": inverse_variance,
    "entropy": entropy_gated,
    "margin": margin_gated,
}
"""Those without weights to choose; `weighted` is the one with."""


def weighted(views: Sequence[View], weights: Sequence[float] | NDArray[np.float64]) -> Scores:
    """The weighted sum, added up in the order of the streams."""
    return sum((w * view.scores for w, view in zip(weights, views, strict=True)), start=np.zeros(()))


def simplex(streams: int, step: float) -> NDArray[np.float64]:
    """All weights (n, streams) that are multiples of `step` and add up to 1.

    The last two change along a line of rows, all others being the same: `grid` counts on it.
    """
    parts = round(1 / step)
    rows = [row for row in product(range(parts + 1), repeat=streams - 1) if sum(row) <= parts]
    return np.array([(*row, parts - sum(row)) for row in rows]) / parts


def _gated(views: Sequence[View], weights: Scores) -> Scores:
    """`weights` (streams, videos) made to add up to 1; where all are 0, equal ones."""
    total = weights.sum(axis=0)
    shares = np.where(total > 0, weights / np.where(total > 0, total, 1), 1 / len(views))
    return np.sum([share[:, None] * view.scores for share, view in zip(shares, views, strict=True)], axis=0)


def _view(scores: Scores, noise: Scores, normalised_by: str) -> View:
    log_chances = normalisation.log_chances(scores, normalised_by)
    chances = np.exp(log_chances)
    highest = np.partition(chances, -2, axis=-1)[:, -2:] if chances.shape[-1] > 1 else np.pad(chances, ((0, 0), (1, 0)))
    return View(
        scores,
        log_chances,
        normalisation.rank(scores),
        noise,
        scores.var(axis=-1),
        np.log(chances.shape[-1]) + (chances * log_chances).sum(axis=-1),
        highest[:, 1] - highest[:, 0],
    )
