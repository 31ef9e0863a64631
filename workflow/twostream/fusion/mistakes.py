"""What the reported fusion and each stream take the test videos for: confusion, classes, examples, predictions."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from twostream import metrics
from twostream.fusion import normalisation
from twostream.fusion.contract import ClassRow, ExampleRow, Examples, Outcome, Predictions
from twostream.fusion.stream_scores import StreamScores
from twostream.metrics import Labels, Right, Scores

MOST_CLASSES = 256
"""Of a confusion matrix that is written out."""


@dataclass(frozen=True)
class PredictedClasses:
    """The classes (videos,) that the reported fusion, and each stream, predicts for the test videos.

    `logs` (videos, classes) are the fusion's log probabilities, and `margins` (videos,) those of the right class less
    those of the best other.
    """

    test: StreamScores
    fused: Labels
    streams: dict[str, Labels]
    logs: Scores

    @classmethod
    def from_scores(cls, test: StreamScores, fused: Scores, fold_of_video: Labels | None = None) -> "PredictedClasses":
        """Return the predictions of the streams and of the `fused` scores (videos, classes).

        Fused scores have no scale of their own, and each fold may have another: within a fold they are divided by their
        standard deviation over the classes, then all by a temperature that is fitted on all these videos.
        """
        streams = {name: scores.argmax(axis=1) for name, scores in zip(test.names, test.scores, strict=True)}
        scaled = fused.astype(np.float64)
        members = np.zeros(len(scaled), np.int64) if fold_of_video is None else fold_of_video
        for fold in np.unique(members):
            scaled[members == fold] /= scaled[members == fold].std(axis=1).mean() or 1.0
        scaled /= normalisation.temperature(scaled, test.labels)
        return cls(test, fused.argmax(axis=1), streams, normalisation.log_softmax(scaled))

    @cached_property
    def margins(self) -> NDArray[np.float64]:
        """How much more probable than the best other class the right one is, in logarithms; 0 of a single class."""
        labels = self.test.labels[:, None]
        others = self.logs.copy()
        np.put_along_axis(others, labels, -np.inf, axis=1)
        right = np.take_along_axis(self.logs, labels, axis=1)[:, 0]
        margins: NDArray[np.float64] = np.nan_to_num(right - others.max(axis=1), posinf=0.0)
        return margins

    @property
    def by_name(self) -> dict[str, Labels]:
        """The predictions of the fusion (`fused`) and of each stream."""
        return {"fused": self.fused, **self.streams}

    @property
    def fused_right(self) -> Right:
        """Which videos the fusion gets right, (videos,)."""
        is_right: Right = self.fused == self.test.labels
        return is_right

    @cached_property
    def streams_right(self) -> dict[str, Right]:
        """Which videos each stream gets right, (videos,)."""
        return {name: classes == self.test.labels for name, classes in self.streams.items()}


def confusion(predicted: PredictedClasses) -> dict[str, list[list[int]]]:
    """Return the videos by right class (rows) and predicted class (columns), for the fusion and each stream.

    Nothing with more classes than `MOST_CLASSES`: it would be larger than all else, and follows from the predictions.
    """
    labels, number = predicted.test.labels, len(predicted.test.class_name)
    if number > MOST_CLASSES:
        return {}
    return {name: metrics.confusion(of, labels, number).tolist() for name, of in predicted.by_name.items()}


def predictions(predicted: PredictedClasses) -> Predictions:
    """Return the class of each test video and its predictions."""
    test = predicted.test
    by_name = {name: of.tolist() for name, of in predicted.by_name.items()}
    recording = np.unique(test.recordings, return_inverse=True)[1].tolist()
    return {"video": list(test.video_id), "recording": recording, "label": test.labels.tolist(), "predicted": by_name}


def classes(predicted: PredictedClasses) -> list[ClassRow]:
    """Return for each class its videos, the fusion's accuracy and its gain over each stream; None without videos."""
    test = predicted.test
    number = len(test.class_name)
    fused = metrics.class_accuracy(predicted.fused_right, test.labels, number)
    gains = {
        name: fused - metrics.class_accuracy(right, test.labels, number)
        for name, right in predicted.streams_right.items()
    }
    videos = np.bincount(test.labels, minlength=number)
    return [
        {
            "class": test.class_name[c],
            "videos": int(videos[c]),
            "top1": _rounded(fused[c]),
            "gain": {name: _rounded(gain[c]) for name, gain in gains.items()},
        }
        for c in range(number)
    ]


def examples(predicted: PredictedClasses) -> Examples:
    """Return videos that the fusion gets right and no stream does, and that a stream gets right and it does not.

    Of each outcome all are there: first the video of each class of which the fusion is surest, then the second of each.
    """
    any_right = np.any(list(predicted.streams_right.values()), axis=0)
    fused_right = predicted.fused_right
    return {
        "rescued": _outcome(predicted, fused_right & ~any_right),
        "lost": _outcome(predicted, ~fused_right & any_right),
    }


def _outcome(predicted: PredictedClasses, is_in: NDArray[np.bool_]) -> Outcome:
    videos = np.flatnonzero(is_in)
    surest = videos[np.argsort(-np.abs(predicted.margins[videos]), kind="stable")]
    rows = [_example(predicted, v) for v in _classes_in_turn(surest, predicted.test.labels)]
    return {"videos": len(rows), "shown": rows}


def _classes_in_turn(videos: NDArray[np.int64], labels: Labels) -> list[int]:
    """Return the same videos, the first of each class before the second of any."""
    numbers: Counter[int] = Counter()
    turns = []
    for video in videos:
        numbers[labels[video]] += 1
        turns.append(numbers[labels[video]])
    return [int(videos[place]) for place in np.argsort(turns, kind="stable")]


def _example(predicted: PredictedClasses, v: int) -> ExampleRow:
    test = predicted.test
    return {
        "video": test.video_id[v],
        "class": test.class_name[test.labels[v]],
        "fused": test.class_name[predicted.fused[v]],
        "margin": round(float(predicted.margins[v]), 3),
        "streams": {name: test.class_name[of[v]] for name, of in predicted.streams.items()},
    }


def _rounded(accuracy: float) -> float | None:
    return None if np.isnan(accuracy) else round(float(accuracy), 4)
