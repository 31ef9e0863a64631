"""The fusion for videos without labels: what `candidates` selects for a fold, selected on all labelled videos.

The labelled videos are the folds to select on, and a fold of unknown videos is the one that is tested. Where there are
validation videos, that is the fusion whose number is reported; elsewhere no fold is left out, as one was for each
reported number.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from twostream import text
from twostream.fusion import budget, fixed_rules, nested, normalisation, parts
from twostream.fusion.fixed_rules import FixedMethod, FixedRule
from twostream.fusion.folds import Folds, Mask, divide
from twostream.fusion.model import FusionModel, Rule
from twostream.fusion.normalisation import log_softmax
from twostream.fusion.settings import FusionSettings
from twostream.fusion.stream_scores import StreamScores
from twostream.metrics import Labels, Scores
from twostream.selected_on import LEAVE_ONE_GROUP_OUT, VALIDATION, Selection


def fit(streams: StreamScores, settings: FusionSettings, workers: int) -> FusionModel:
    """Return the fusion that is reported, with its parameters fitted on all videos that may be used for that."""
    folds = divide(streams.groups, streams.is_test, settings.folds) if len(streams.names) > 1 else None
    fixed = fixed_rules.of_streams(streams)
    if folds is None:
        return _fixed_model(streams, fixed[0])
    uses_test_labels = folds.selected_on.videos == LEAVE_ONE_GROUP_OUT
    if uses_test_labels and not streams.grouping.is_known:
        # As in the report: near copies may lie in several folds, so that no fold tells.
        return _fixed_model(streams, max(fixed, key=lambda rule: int(_is_right(rule, streams).sum())))
    labelled = streams.is_test if uses_test_labels else ~streams.is_test
    return _selected_model(*_with_unknown(streams, folds, labelled), _within_budget(streams, folds, settings), workers)


def smoothed_temperature(scores: Scores | NDArray[np.float32], labels: Labels) -> float:
    """Return the divisor of scores (videos, classes) under which the right classes are most likely.

    The right class counts (n + 1) / (n + 2) of n videos and the others the rest: else a few videos, all of them right,
    would make every answer certain. Platt, "Probabilistic outputs for support vector machines", 1999.
    """
    videos, others = len(labels), max(1, scores.shape[1] - 1)
    right = (videos + 1) / (videos + 2)
    targets = np.full(scores.shape, (1 - right) / others)
    targets[np.arange(videos), labels] = right

    def loss(log_temperature: float) -> float:
        return -float((targets * log_softmax(np.asarray(scores, np.float64) / np.exp(log_temperature))).sum())

    return normalisation.best_temperature(loss)


def _is_right(rule: FixedRule, streams: StreamScores) -> Mask:
    is_right: Mask = (rule.scores.argmax(axis=1) == streams.labels) & streams.is_test
    return is_right


def _fixed_model(streams: StreamScores, rule: FixedRule) -> FusionModel:
    """Return a fixed rule; its temperature is fitted on the validation videos, on the test videos where there are none.

    The one number that a temperature is needs no fold of its own.
    """
    used = ~streams.is_test if not streams.is_test.all() else streams.is_test
    return _model(streams.select(used), rule.name, rule.model(streams.names), rule.scores[used])


def _selected_model(streams: StreamScores, folds: Folds, settings: FusionSettings, workers: int) -> FusionModel:
    """Return what is selected for the last fold, whose video is unknown."""
    (unknown,) = folds.test_folds
    methods: dict[str, nested.Method] = {
        rule.name: FixedMethod(rule, streams, folds) for rule in fixed_rules.of_streams(streams)
    }
    fitted = [nested.select(method, folds) for method in methods.values()]
    selected = parts.select(streams, folds, settings, workers, keep_on_interrupt=False)
    best = nested.best_of_all([*fitted, *selected.by_name.values()], folds, streams.recordings)[unknown]
    # The grid has an `average` of its own, with any normalisation, which is no candidate.
    method = (selected.methods | methods)[best.name]
    # With one fold of labelled videos nothing is selected: the average is fused by.
    scores = method.inner_scores(unknown)
    return _model(streams.select(folds.train(unknown)), best.name, method.model(unknown), scores)


def _model(used: StreamScores, name: str, rule: Rule, scores: Scores | NDArray[np.float32]) -> FusionModel:
    """Return the model with the temperatures under which the right classes of the `used` videos are most likely."""
    subset = "test" if used.is_test.all() else "validation"
    return FusionModel(
        name=name,
        streams=used.names,
        rule=rule,
        temperature=smoothed_temperature(scores, used.labels),
        stream_temperatures=tuple(smoothed_temperature(each, used.labels) for each in used.scores),
        labels_of=text.counted(len(used.labels), f"{subset} video"),
    )


def _with_unknown(streams: StreamScores, folds: Folds, labelled: Mask) -> tuple[StreamScores, Folds]:
    """Return the `labelled` videos and one more in a fold of its own, which nothing is fitted on, and the folds."""
    rows = np.append(np.flatnonzero(labelled), np.flatnonzero(labelled)[0])
    fold_of_video = np.append(folds.fold_of_video[labelled], folds.fold_of_video[labelled].max() + 1)
    with_unknown = replace(
        streams,
        samples=tuple(samples[rows] for samples in streams.samples),
        labels=streams.labels[rows],
        groups=np.append(streams.groups[labelled], "unknown"),
        is_test=streams.is_test[rows],
        video_id=tuple(streams.video_id[row] for row in rows),
        training=(),
    )
    return with_unknown, Folds(fold_of_video, (int(fold_of_video[-1]),), Selection(VALIDATION))


def _within_budget(streams: StreamScores, folds: Folds, settings: FusionSettings) -> FusionSettings:
    """Return the settings without what the reported fusion had no time for: it was not compared."""
    in_time, left_out = budget.within(budget.size_of(streams, folds), settings)
    missing = {part["what"] for part in left_out}
    strategies: Sequence[str] = [name for name in settings.strategies if name not in missing]
    if budget.GRID in in_time:
        return replace(settings, strategies=strategies)
    return replace(settings, strategies=strategies, normalisations=["none"], poolings=["mean"], mixed=False)
