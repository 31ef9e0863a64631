"""Near copies: test videos of different recordings whose scores are too alike to be of different films.

A copy in another fold trains the fusion that it is scored by. UCF101 has some: clips of one golf swing are both in its
g05 and its g07. Recordings that share one are one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from twostream.fusion.folds import Groups
from twostream.metrics import Labels, Scores
from twostream.videos import copies, recordings

SIMILARITY = 0.95
"""The cosine from which on two videos of a class are near copies.

Between different films of HMDB51 it is 0.75 at most, with one stream alone 0.89; UCF101's split 1 has four pairs above
it, and these are copies.
"""
SIMILARITY_OF_STEMS = 0.8
"""The cosine from which on they are near copies if their names are equal up to a number."""
FEWEST_SCORES = 40
"""Scores of a video, over all streams, below which a cosine says little: those of three classes lie on a circle."""
FEWEST_DISTINCT = 3
"""Different numbers that a stream's scores of a video need, for equal scores to mean equal videos: `1 0 0 0` do not."""


@dataclass(frozen=True)
class NearCopy:
    """Two videos of different recordings, by their ids, the cosine of their scores, and whether these are equal."""

    first: str
    second: str
    similarity: float
    is_equal: bool


def find(
    scores: Scores, samples: Sequence[NDArray[np.float32]], labels: Labels, groups: Groups, video_id: Sequence[str]
) -> list[NearCopy]:
    """Return the near copies among videos with `scores` (streams, videos, classes), the most alike first.

    Equal are those of which all streams have equal `samples`, whatever their classes. Of the others, those of one
    class are compared: by the cosine of their standardised scores, all streams side by side, less the class's mean.
    """
    pairs = {(a, b): 1.0 for a, b in _equal(scores, samples) if groups[a] != groups[b]}
    equal = set(pairs)
    if scores.shape[0] * scores.shape[2] >= FEWEST_SCORES:
        stems = np.array([recordings.stem(video) for video in video_id])
        for label in np.unique(labels):
            members = np.flatnonzero(labels == label)
            for a, b, cosine in _alike(_features(scores[:, members]), groups[members], stems[members]):
                pairs.setdefault((int(members[a]), int(members[b])), cosine)
    ordered = sorted(pairs, key=lambda pair: (-pairs[pair], pair))
    return [NearCopy(video_id[a], video_id[b], pairs[a, b], (a, b) in equal) for a, b in ordered]


def join(groups: Groups, labels: Labels, video_id: Sequence[str], pairs: Sequence[NearCopy]) -> Groups:
    """Return the group of each video where recordings that share a near copy are one, by the name that is first."""
    recording = {
        video: f"{group}/{label}" for video, group, label in zip(video_id, groups, labels.tolist(), strict=True)
    }
    merged = copies.merge(recording, [(pair.first, pair.second) for pair in pairs])
    return np.array([merged[video].rpartition("/")[0] for video in video_id])


def _equal(scores: Scores, samples: Sequence[NDArray[np.float32]]) -> list[tuple[int, int]]:
    """Return neighbours among the videos that have the same scores, sample by sample, in all streams."""
    needed = max(FEWEST_DISTINCT, scores.shape[2] // 2)
    ordered = np.sort(scores, axis=2)
    distinct = 1 + (np.diff(ordered, axis=2) > 0).sum(axis=2).max(axis=0)
    by_scores: dict[bytes, list[int]] = {}
    for video in np.flatnonzero(distinct >= needed):
        key = b"".join(stream[video].tobytes() for stream in samples)
        by_scores.setdefault(key, []).append(int(video))
    return [pair for videos in by_scores.values() for pair in pairwise(videos)]


def _features(scores: Scores) -> NDArray[np.float64]:
    """Return what the videos of a class are compared by, (videos, streams x classes), of length 1 or 0."""
    deviations = scores - scores.mean(axis=2, keepdims=True)
    scale = deviations.std(axis=2, keepdims=True)
    standardised = deviations / np.where(scale > 0, scale, 1)
    features = np.concatenate(list(standardised), axis=1)
    features = features - features.mean(axis=0)
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    unit: NDArray[np.float64] = features / np.where(lengths > 1e-9, lengths, np.inf)
    return unit


def _alike(features: NDArray[np.float64], groups: Groups, stems: NDArray[np.str_]) -> list[tuple[int, int, float]]:
    """Return pairs of videos of different groups that are near copies, and the cosine of each."""
    cosines = features @ features.T
    needed = np.where(stems[:, None] == stems, SIMILARITY_OF_STEMS, SIMILARITY)
    first, second = np.nonzero(np.triu((cosines >= needed) & (groups[:, None] != groups), 1))
    return [(int(a), int(b), float(cosines[a, b])) for a, b in zip(first, second, strict=True)]
