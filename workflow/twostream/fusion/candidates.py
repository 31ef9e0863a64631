"""Which fusions there are: the fixed rules, those selected by nested cross-validation, and the oracles."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from twostream.fusion import learned_rules, nested, rules, search
from twostream.fusion.contract import Params
from twostream.fusion.folds import Folds, Mask, divide
from twostream.fusion.learned_method import Fit, LearnedMethod
from twostream.fusion.nested import Method, Nested
from twostream.fusion.rules import PooledStream
from twostream.fusion.search import GridMethod, GridSearch
from twostream.fusion.settings import FusionSettings
from twostream.fusion.stream_scores import StreamScores
from twostream.metrics import Scores
from twostream.selected_on import LEAVE_ONE_GROUP_OUT, NOTHING, ORACLE, TRAINED, TRANSDUCTIVE, Selection

TRAINED_FAMILIES = frozenset({"stacked"})
"""The learned rules with parameters by the thousand; `scales` has one a stream."""


@dataclass(frozen=True)
class Candidate:
    """One way to fuse, and its scores (videos, classes) of the test videos."""

    strategy: str
    params: Params
    selected_on: Selection
    scores: Scores


@dataclass(frozen=True)
class Candidates:
    """All ways to fuse, the reported one first.

    `combinations` is the size of the grid; `folds` is None where nothing could be selected.
    """

    rows: list[Candidate]
    combinations: int
    folds: Folds | None


def propose(streams: StreamScores, settings: FusionSettings, workers: int) -> Candidates:
    """Return all ways to fuse; with one stream, or one group and no validation videos, the fixed rules alone."""
    test = streams.select(streams.is_test)
    folds = divide(streams.groups, streams.is_test, settings.folds) if len(streams.names) > 1 else None
    if folds is None:
        return Candidates(fixed_rules(test), 0, None)
    grid_search = search.prepare(streams, folds, settings, workers)
    selected = _selected(streams, folds, methods(streams, grid_search, settings, workers))
    oracles = [_oracle(streams, grid_search, name) for name in (search.RAW, search.ANY)]
    return Candidates([*selected, *fixed_rules(test), *oracles], grid_search.size, folds)


def fixed_rules(test: StreamScores) -> list[Candidate]:
    """Return the reference's table: rules with nothing to select, on the mean of the scores as they are."""
    if len(test.names) == 1:
        return [Candidate("average", {}, Selection(NOTHING), test.scores[0])]
    streams = _pool(test, "mean")
    return [
        Candidate("average", {}, Selection(NOTHING), rules.average(streams)),
        Candidate("max", {}, Selection(NOTHING), rules.maximum(streams)),
        *(_ratios(test, streams) if len(streams) == 2 else ()),
        *_variance_based(test),
    ]


def methods(
    streams: StreamScores, grid_search: GridSearch, settings: FusionSettings, workers: int
) -> dict[str, Method]:
    """Return all methods to select from by name, the simplest first."""
    fits: dict[str, Fit] = {
        "scales": lambda train: _fit_scales(streams, train),
        "stacked": lambda train: learned_rules.stacked(streams.scores, streams.labels, train),
    }
    return {
        **{name: GridMethod(grid_search, name) for name in grid_search.names},
        **{
            name: LearnedMethod(fit, streams.labels, grid_search.folds, workers)
            for name, fit in fits.items()
            if name in settings.strategies
        },
    }


def _selected(streams: StreamScores, folds: Folds, by_name: Mapping[str, Method]) -> list[Candidate]:
    """Return the best of all methods, selected inside; each method; and the one that uses the training proportions."""
    fitted = {name: nested.select(name, method, folds) for name, method in by_name.items()}
    best = nested.best_of_all(list(fitted.values()), folds)
    named = [("best of all", best), *fitted.items()]
    rows = [_candidate(streams, folds, name, choice) for name, choice in named]
    scales = next((row for row in rows if row.strategy == "scales"), None)
    if streams.train_counts is not None and scales is not None:
        proportions = streams.train_counts / streams.train_counts.sum()
        scores = learned_rules.prior_matched(scales.scores, proportions)
        params: Params = {"from": "scales", "transductive": True}
        selection = scales.selected_on.with_remark(TRANSDUCTIVE)
        rows.append(Candidate("prior-matched (transductive)", params, selection, scores))
    return rows


def _candidate(streams: StreamScores, folds: Folds, name: str, fitted: Nested) -> Candidate:
    scores = nested.assemble(fitted, folds, len(streams.class_name))[streams.is_test]
    return Candidate(name, {"chosen": nested.choices(fitted)}, _selection(folds, fitted), scores)


def _selection(folds: Folds, fitted: Nested) -> Selection:
    """Return what the row says: `TRAINED` where labels of other test videos trained what any fold selected."""
    is_trained = any(each.name in TRAINED_FAMILIES for each in fitted.values())
    selection = folds.selected_on
    return selection.with_remark(TRAINED) if is_trained and selection.videos == LEAVE_ONE_GROUP_OUT else selection


def _oracle(streams: StreamScores, grid_search: GridSearch, name: str) -> Candidate:
    best = grid_search.oracle(name)
    return Candidate(name, grid_search.params(best), Selection(ORACLE), grid_search.score(best, streams.is_test))


def _fit_scales(streams: StreamScores, train: Mask) -> Iterator[tuple[Params, Scores]]:
    weights = learned_rules.scales(streams.scores[:, train], streams.labels[train])
    params: Params = {"weights": {name: float(f"{w:.4g}") for name, w in zip(streams.names, weights, strict=True)}}
    yield params, np.tensordot(weights, streams.scores[:, ~train], axes=1)


def _ratios(test: StreamScores, streams: list[PooledStream]) -> Iterator[Candidate]:
    """Yield the fixed weights of the literature, which are of the spatial stream to the temporal one."""
    order = [test.names[stream] for stream in test.spatial_first]
    for name, ratio in rules.RATIOS.items():
        weights = dict(zip(order, ratio, strict=True))
        scores = rules.weighted(streams, [weights[stream] for stream in test.names])
        yield Candidate(name, {"weights": weights}, Selection(NOTHING), scores)


def _variance_based(test: StreamScores) -> Iterator[Candidate]:
    """Yield variance-based fusion over the classes and, where all streams have several samples, over these."""
    scores = rules.class_variance(_pool(test, "spread"))
    yield Candidate("variance-based", {"over": "classes"}, Selection(NOTHING), scores)
    if min(stream.shape[1] for stream in test.samples) > 1:
        scores = rules.inverse_variance(_pool(test, "inverse_variance"))
        yield Candidate("variance-based", {"over": "samples"}, Selection(NOTHING), scores)


def _pool(test: StreamScores, pooling: str) -> list[PooledStream]:
    return [rules.pool(stream.astype(np.float64), "none", pooling) for stream in test.samples]
