"""Scores of streams that are made up, and settings to fuse them by."""

from typing import Any

import numpy as np

from twostream.config import check, section
from twostream.fusion.features import Features
from twostream.fusion.folds import Folds
from twostream.fusion.settings import FusionSettings
from twostream.fusion.stream_scores import StreamScores
from twostream.metrics import Labels, Scores
from twostream.selected_on import Selection

CHEAP = {"resamples": 100, "step": 0.25, "normalisations": ["none", "temperature"], "poolings": ["mean"]}


def fusion_settings(**changed: Any) -> FusionSettings:
    """Return the default settings of the section `fusion`, some of them `changed`."""
    return section.pick(FusionSettings, check.check({"fusion": changed})["fusion"])


def labelled_scores(videos: int = 400, classes: int = 4) -> tuple[Scores, Labels]:
    """Return scores (streams, videos, classes) of two streams, on average highest for the right class, and labels."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, classes, videos)
    return rng.normal(size=(2, videos, classes)) + np.eye(classes)[labels], labels


def stream_scores(scores, labels, **parts) -> StreamScores:
    """Return `scores` (streams, videos, samples, classes), of four groups and unknown modality."""
    videos = range(len(labels))
    return StreamScores(
        **{
            "names": tuple(f"s{s}" for s in range(len(scores))),
            "modalities": ("unknown",) * len(scores),
            "samples": tuple(np.asarray(stream, np.float32) for stream in scores),
            "labels": np.asarray(labels),
            "groups": np.array([f"g{v % 4}" for v in videos]),
            "is_test": np.ones(len(labels), bool),
            "video_id": tuple(f"v{v}" for v in videos),
            "class_name": tuple(f"c{c}" for c in range(np.shape(scores[0])[-1])),
            "chosen_on": ("unknown",) * len(scores),
            **parts,
        }
    )


def noisy(videos=200, classes=5, samples=3, noise=(1.5, 1.0), **parts) -> StreamScores:
    """Return streams whose scores are the truth and some noise."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, classes, videos)
    truth = 2 * np.eye(classes)[labels][:, None]
    return stream_scores([truth + rng.normal(0, n, (videos, samples, classes)) for n in noise], labels, **parts)


def features(scores, labels, number=4) -> Features:
    """Return the features of `scores` (streams, videos, classes); video v is in fold v modulo `number`."""
    return Features(np.asarray(scores, float), np.asarray(labels), turns(len(labels), number))


def turns(videos: int, number: int = 4) -> Folds:
    """Return folds of test videos that take turns."""
    return Folds(np.arange(videos) % number, tuple(range(number)), Selection("leave-one-group-out"))
