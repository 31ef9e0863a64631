"""What fusion says to the report: accuracies with intervals, tests, calibration, mistakes, the curve of weights."""

from collections.abc import Sequence
from typing import TypedDict, cast

import numpy as np

from twostream import certainty, metrics
from twostream.certainty import Gain
from twostream.compute.workers import map_threads
from twostream.fusion import candidates, curve, folds, guesses, mistakes, normalisation, notices
from twostream.fusion.candidates import Candidate, Candidates
from twostream.fusion.contract import (
    Accuracy,
    CalibrationRow,
    Findings,
    FusionRow,
    SelectionNote,
    StreamRow,
    TestRow,
    TrainingCounts,
)
from twostream.fusion.folds import Folds
from twostream.fusion.mistakes import PredictedClasses
from twostream.fusion.settings import FusionSettings
from twostream.fusion.stream_scores import StreamScores
from twostream.metrics import Labels, Ranks, Right, Scores
from twostream.selected_on import epoch_note

CALIBRATION_FOLDS = 10
"""Folds for the temperatures of calibration where the fusion has none."""


def find(streams: StreamScores, settings: FusionSettings, workers: int, keep_on_interrupt: bool = False) -> Findings:
    """Fuse `streams` in every way and return what there is to tell; the first row of `fusion` is the one reported.

    On Ctrl-C, with `keep_on_interrupt`, the findings are of what was selected until then.
    """
    proposed = candidates.propose(streams, settings, workers, keep_on_interrupt)
    test = streams.select(streams.is_test)
    rows = notices.settle(proposed.rows, test)
    predicted = _predicted(streams, test, rows[0].scores, proposed.folds)
    examples = mistakes.examples(predicted)
    return {
        "streams": stream_rows(test),
        "fusion": fusion_rows(test, rows),
        "combinations": proposed.combinations,
        "selection": _selection_note(streams, proposed.folds),
        "class_names": list(streams.class_name),
        "confusion": mistakes.confusion(predicted),
        "mcnemar": _tests(predicted, rows),
        "calibration": _calibrations(test, rows[0].scores, proposed.folds, workers),
        "classes": mistakes.classes(predicted),
        "curve": curve.curve(test),
        "landscape": proposed.landscape,
        "examples": examples,
        "predictions": mistakes.predictions(predicted),
        "guesses": guesses.of_examples(predicted, examples),
        "grouping": notices.grouping_row(test),
        "warnings": _warnings(test, proposed),
        "left_out": proposed.left_out,
    }


def _warnings(test: StreamScores, proposed: Candidates) -> list[str]:
    of_selection = notices.of_folds(test, proposed.folds) + notices.of_left_out(proposed.left_out)
    return notices.warnings(test) + of_selection


def _predicted(streams: StreamScores, test: StreamScores, fused: Scores, divided: Folds | None) -> PredictedClasses:
    fold_of_video = divided.fold_of_video[streams.is_test] if divided else None
    return PredictedClasses.from_scores(test, fused, fold_of_video)


def stream_rows(test: StreamScores) -> list[StreamRow]:
    """Return a row for each stream alone; `best_epoch_on` in it unless that is unknown."""
    in_training = test.in_training
    counts = _training_counts(test)
    return [
        {
            "stream": name,
            "split": "test",
            "samples": samples.shape[1],
            **_accuracy(test, metrics.ranks(scores, test.labels)),
            **epoch_note([chosen_on], in_training.get(name)),
            **counts.get(name, {}),
        }
        for name, samples, scores, chosen_on in zip(test.names, test.samples, test.scores, test.chosen_on, strict=True)
    ]


def fusion_rows(test: StreamScores, rows: Sequence[Candidate]) -> list[FusionRow]:
    """Return a row for each candidate; `best_epoch_on` in it is that of its least trusted stream."""
    average = _average_right(test)
    masks = list(test.in_training.values())
    in_training = np.any(masks, axis=0) if masks else None
    return [
        {
            "strategy": candidate.strategy,
            "streams": list(test.names),
            "params": candidate.params,
            "selected_on": str(candidate.selected_on),
            **_accuracy(test, metrics.ranks(candidate.scores, test.labels)),
            **_over_average(candidate, test, average),
            **epoch_note(test.chosen_on, in_training),
        }
        for candidate in rows
    ]


def _training_counts(test: StreamScores) -> dict[str, TrainingCounts]:
    """Return on how many videos each stream's network was trained and selected, of the streams of which it is known."""
    names = TrainingCounts.__annotations__
    return {
        stream: cast(
            "TrainingCounts", {name: int(training.summary[name]) for name in names if name in training.summary}
        )
        for stream, training in zip(test.names, test.training, strict=bool(test.training))
        if training
    }


class OverAverage(TypedDict, total=False):
    """The part of a row that says what it gains over the plain average; empty in the row of that average."""

    over_average: Gain


def _over_average(candidate: Candidate, test: StreamScores, average: Right) -> OverAverage:
    if candidate.strategy == "average" and candidate.selected_on.is_fixed:
        return {}
    return {"over_average": certainty.gain(_is_right(candidate, test), average, test.recordings)}


def _accuracy(test: StreamScores, ranks: Ranks) -> Accuracy:
    low, high = certainty.interval(ranks == 0, test.recordings)
    return {
        "top1": round(metrics.top(ranks, 1), 4),
        "top5": round(metrics.top(ranks, 5), 4),
        "mean_class_accuracy": round(metrics.mean_class_accuracy(ranks, test.labels), 4),
        "ci95": [round(low, 4), round(high, 4)],
        "videos": len(test.labels),
        "recordings": len(np.unique(test.recordings)),
    }


def _selection_note(streams: StreamScores, divided: Folds | None) -> SelectionNote | None:
    if divided is None:
        return None
    is_in = streams.is_test if streams.is_test.all() else ~streams.is_test
    return {
        "videos": int(is_in.sum()),
        "per_class": float(np.median(np.bincount(streams.labels[is_in], minlength=len(streams.class_name)))),
        "groups": len(np.unique(streams.groups[is_in])),
        "folds": len(np.unique(divided.fold_of_video[is_in])),
    }


def _tests(predicted: PredictedClasses, rows: Sequence[Candidate]) -> list[TestRow]:
    """Test the reported row against the best stream, against the average and, where weights were fitted, against them.

    The best stream is picked with the labels of the test videos.
    """
    alone = predicted.streams_right
    best = max(alone, key=lambda name: alone[name].mean())
    test = predicted.test
    others = {f"best stream: {best}": alone[best], "average": _average_right(test)}
    others |= {row.strategy: _is_right(row, test) for row in rows if row.strategy == "scales"}
    return [
        {"against": name, **certainty.gain(predicted.fused_right, is_right, test.recordings)}
        for name, is_right in others.items()
    ]


def _average_right(test: StreamScores) -> Right:
    """Return which videos the plain average of the scores gets right, (videos,)."""
    is_right: Right = test.scores.mean(axis=0).argmax(axis=1) == test.labels
    return is_right


def _is_right(candidate: Candidate, test: StreamScores) -> Right:
    is_right: Right = candidate.scores.argmax(axis=1) == test.labels
    return is_right


def _calibrations(test: StreamScores, fused: Scores, divided: Folds | None, workers: int) -> dict[str, CalibrationRow]:
    """Return the calibration of each stream and of the `fused` scores, over folds of the test videos."""
    within = folds.divide(test.groups, test.is_test, divided.number if divided else CALIBRATION_FOLDS)
    fold_of_video = within.fold_of_video if within else None

    def calibration(scores: Scores) -> CalibrationRow:
        return _calibration(scores, test.labels, fold_of_video)

    rows = map_threads(calibration, [*test.scores, fused], "calibration", "row", workers)
    return dict(zip([*test.names, "fused"], rows, strict=True))


def _calibration(scores: Scores, labels: Labels, fold_of_video: Labels | None) -> CalibrationRow:
    """Return the ECE of the softmax as it is, and after a temperature that is fitted on the other folds."""
    before = metrics.calibration(normalisation.softmax(scores), labels)
    if fold_of_video is None:
        return {"before": before}
    scaled = np.empty_like(scores, dtype=np.float64)
    for fold in np.unique(fold_of_video):
        own = fold_of_video == fold
        scaled[own] = scores[own] / normalisation.temperature(scores[~own].astype(np.float64), labels[~own])
    return {"before": before, "after": metrics.calibration(normalisation.softmax(scaled), labels)}
