"""Which fusions there are: the fixed rules, those selected by nested cross-validation, and the oracles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from twostream.fusion import fixed_rules, landscape, learned_rules, nested, parts, search
from twostream.fusion.budget import BLEND
from twostream.fusion.contract import LandscapeCell, LeftOut, Params
from twostream.fusion.fixed_rules import FixedMethod, FixedRule
from twostream.fusion.folds import Folds, divide
from twostream.fusion.nested import Nested
from twostream.fusion.parts import FAMILIES
from twostream.fusion.search import GridSearch
from twostream.fusion.settings import FusionSettings
from twostream.fusion.stream_scores import StreamScores
from twostream.metrics import Labels, Scores
from twostream.selected_on import LEAVE_ONE_GROUP_OUT, NOTHING, ORACLE, TRAINED, TRANSDUCTIVE, Selection

TRAINED_FAMILIES = frozenset({*FAMILIES, BLEND})
"""The learned rules with parameters by the thousand; `scales` has one a stream."""
BEST_OF_ALL = "best of all"


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
    landscape: list[LandscapeCell]
    left_out: list[LeftOut]


def propose(
    streams: StreamScores, settings: FusionSettings, workers: int, keep_on_interrupt: bool = False
) -> Candidates:
    """Return all ways to fuse; with one stream, or one group and no validation videos, the fixed rules alone.

    On Ctrl-C, with `keep_on_interrupt`, what was selected until then is returned.
    """
    folds = divide(streams.groups, streams.is_test, settings.folds) if len(streams.names) > 1 else None
    fixed = fixed_rules.of_streams(streams)
    fixed_rows = [
        Candidate(rule.strategy, rule.params, Selection(NOTHING), rule.scores[streams.is_test]) for rule in fixed
    ]
    if folds is None:
        return Candidates(fixed_rows, 0, None, [], [])
    selected = parts.select(streams, folds, settings, workers, keep_on_interrupt)
    rows = [*_selected(streams, folds, fixed, selected.by_name, workers), *fixed_rows]
    if selected.grid is None:
        return Candidates(rows, 0, folds, [], selected.left_out)
    rows += [_oracle(streams, selected.grid, name) for name in (search.RAW, search.ANY)]
    cells = landscape.landscape(selected.grid)
    return Candidates(rows, selected.grid.size, folds, cells, selected.left_out)


def _selected(
    streams: StreamScores, folds: Folds, fixed: Sequence[FixedRule], by_name: Mapping[str, Nested], workers: int
) -> list[Candidate]:
    """Return the best of all methods, selected inside; each method; and the one that uses the training proportions."""
    without = [nested.select(FixedMethod(rule, streams, folds), folds, workers) for rule in fixed]
    best = nested.best_of_all([*without, *by_name.values()], folds, streams.recordings)
    named = [(BEST_OF_ALL, best), *by_name.items()]
    rows = [_candidate(streams, folds, name, choice) for name, choice in named]
    scales = next((row for row in rows if row.strategy == "scales"), None)
    if streams.train_counts is not None and scales is not None:
        rows.append(_prior_matched(scales, streams.train_counts, folds.fold_of_video[streams.is_test]))
    return rows


def _prior_matched(scales: Candidate, train_counts: Labels, fold_of_video: Labels) -> Candidate:
    """Return `scales` with its predictions in the proportions of training, matched inside each fold of test videos.

    Over several folds at once, a fold's labels would have a part in its own scores: through the weights of the others.
    """
    proportions = train_counts / train_counts.sum()
    scores = np.empty_like(scales.scores)
    for fold in np.unique(fold_of_video):
        own = fold_of_video == fold
        scores[own] = learned_rules.prior_matched(scales.scores[own], proportions)
    selection = scales.selected_on.with_remark(TRANSDUCTIVE)
    return Candidate("prior-matched (transductive)", {"from": "scales", "transductive": True}, selection, scores)


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
