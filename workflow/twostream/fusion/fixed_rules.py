"""The fixed rules, with nothing to select: the reference's table, and each as a candidate for the best of all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from twostream.fusion import nested, rules
from twostream.fusion.contract import Params
from twostream.fusion.folds import Folds
from twostream.fusion.model import RuleModel
from twostream.fusion.nested import FittedMethod
from twostream.fusion.rules import PooledStream
from twostream.fusion.stream_scores import StreamScores
from twostream.metrics import Scores


@dataclass(frozen=True)
class FixedRule:
    """A rule of `strategy` with nothing to select, and its scores (videos, classes)."""

    strategy: str
    params: Params
    scores: Scores

    @property
    def name(self) -> str:
        """What the rule is called among the candidates."""
        return f"{self.strategy} over samples" if self.params.get("over") == "samples" else self.strategy

    def model(self, names: Sequence[str]) -> RuleModel:
        """Return the rule for other videos of the streams called `names`, in their order."""
        rule, pooling = self.strategy, "mean"
        if self.strategy == "variance-based":
            rule = pooling = "inverse_variance" if self.params["over"] == "samples" else "spread"
        weights = self.params.get("weights")
        return RuleModel(
            normalisations=("none",) * len(names),
            pooling=pooling,
            temperatures=(1.0,) * len(names),
            rule="" if weights else rule,
            weights=tuple(weights[name] for name in names) if weights else (),
        )


class FixedMethod:
    """A fixed rule as a method with one variant, which no label has a part in."""

    def __init__(self, rule: FixedRule, streams: StreamScores, folds: Folds) -> None:
        """Keep the rule's scores of all videos of `streams`."""
        self._rule, self._names, self._labels, self._folds = rule, streams.names, streams.labels, folds

    def fit(self, outer: int) -> FittedMethod:
        """Return the rule's scores of the videos of `outer`, and how good it is on all others."""
        rule = self._rule
        inner_evidence = nested.inner_evidence(self, outer, self._labels, self._folds)
        return FittedMethod(rule.name, rule.params, rule.scores[self._folds.videos(outer)], inner_evidence)

    def inner_scores(self, outer: int) -> Scores:
        """Return the rule's scores of the inner videos."""
        return self._rule.scores[self._folds.train(outer)]

    def model(self, outer: int) -> RuleModel:
        """Return the rule, to fuse other videos by it."""
        return self._rule.model(self._names)


def of_streams(streams: StreamScores) -> list[FixedRule]:
    """Return the fixed rules, on the mean of the scores as they are; the average comes first."""
    if len(streams.names) == 1:
        return [FixedRule("average", {}, streams.scores[0])]
    pooled = _pool(streams, "mean")
    return [
        FixedRule("average", {}, rules.average(pooled)),
        FixedRule("max", {}, rules.maximum(pooled)),
        *(_ratios(streams, pooled) if len(pooled) == 2 else ()),
        *_variance_based(streams),
    ]


def _ratios(streams: StreamScores, pooled: list[PooledStream]) -> Iterator[FixedRule]:
    """Yield the fixed weights of the literature, which are of the spatial stream to the temporal one."""
    order = [streams.names[stream] for stream in streams.spatial_first]
    for name, ratio in rules.RATIOS.items():
        weights = dict(zip(order, ratio, strict=True))
        yield FixedRule(name, {"weights": weights}, rules.weighted(pooled, [weights[each] for each in streams.names]))


def _variance_based(streams: StreamScores) -> Iterator[FixedRule]:
    """Yield variance-based fusion over the classes and, where all streams have several samples, over these."""
    yield FixedRule("variance-based", {"over": "classes"}, rules.gated("spread", _pool(streams, "spread")))
    if min(stream.shape[1] for stream in streams.samples) > 1:
        scores = rules.gated("inverse_variance", _pool(streams, "inverse_variance"))
        yield FixedRule("variance-based", {"over": "samples"}, scores)


def _pool(streams: StreamScores, pooling: str) -> list[PooledStream]:
    return [rules.pool(stream.astype(np.float64), "none", pooling) for stream in streams.samples]
