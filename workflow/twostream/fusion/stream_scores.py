"""The input of fusion: the streams' scores of the same videos, with labels and groups."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twostream.errors import InputError
from twostream.fusion import copies
from twostream.fusion.copies import NearCopy
from twostream.fusion.folds import Groups, Mask
from twostream.logits.logits_file import Logits
from twostream.logits.training import Training
from twostream.metrics import Labels, Scores
from twostream.videos.recordings import FROM_FILE, Grouping

SPATIAL_FIRST = {"rgb": 0, "flow": 2}
"""Sort keys of modalities where weights are given as spatial to temporal; any other is between these."""
VALIDATION_SUBSETS = ("validation", "val")
MAKE_BOTH = "make both files again, from the same index or split lists"


@dataclass(frozen=True, kw_only=True)
class StreamScores:
    """Scores of S streams for the same V videos: an array (videos, samples, classes) each; samples may differ.

    `modalities` says what each stream's network sees, `chosen_on` on which videos its epoch was selected, both in the
    words of `Logits`. `train_counts` (classes,) is how many videos of each class were trained on. `grouping` says how
    `groups` were told; those that share one of the `near_copies` are joined. `training` has what is known of the
    training of each stream's network; it is empty where nothing is known of any.
    """

    names: tuple[str, ...]
    modalities: tuple[str, ...]
    samples: tuple[NDArray[np.float32], ...]
    labels: Labels
    groups: Groups
    is_test: Mask
    video_id: tuple[str, ...]
    class_name: tuple[str, ...]
    chosen_on: tuple[str, ...]
    train_counts: Labels | None = None
    grouping: Grouping = FROM_FILE
    near_copies: tuple[NearCopy, ...] = ()
    training: tuple[Training | None, ...] = ()

    @cached_property
    def scores(self) -> Scores:
        """The mean over the samples, (streams, videos, classes)."""
        return np.stack([stream.mean(axis=1, dtype=np.float64) for stream in self.samples])

    @property
    def recordings(self) -> Groups:
        """The recording of each video: UCF101's g01 of one class is not the g01 of another."""
        return np.char.add(np.char.add(self.groups, "/"), self.labels.astype(str))

    @property
    def spatial_first(self) -> list[int]:
        """The streams' indices, RGB first and flow last; streams of equal or unknown modality keep their order."""
        return sorted(range(len(self.names)), key=lambda stream: SPATIAL_FIRST.get(self.modalities[stream], 1))

    @property
    def in_training(self) -> dict[str, Mask]:
        """The videos that each stream's network was trained on, of the streams of which that is known."""
        pairs = zip(self.names, self.training, strict=True) if self.training else ()
        return {name: training.in_training for name, training in pairs if training}

    def without(self, names: Collection[str]) -> "StreamScores":
        """Return the scores of the streams that are none of `names`."""
        rest = [stream for stream, name in enumerate(self.names) if name not in names]
        return replace(
            self,
            names=tuple(self.names[stream] for stream in rest),
            modalities=tuple(self.modalities[stream] for stream in rest),
            samples=tuple(self.samples[stream] for stream in rest),
            chosen_on=tuple(self.chosen_on[stream] for stream in rest),
            training=tuple(self.training[stream] for stream in rest if self.training),
        )

    def select(self, videos: Mask) -> "StreamScores":
        """Return the scores of some of the videos."""
        return replace(
            self,
            samples=tuple(stream[videos] for stream in self.samples),
            labels=self.labels[videos],
            groups=self.groups[videos],
            is_test=self.is_test[videos],
            training=tuple(training and training.select(videos) for training in self.training),
            video_id=tuple(id for id, is_in in zip(self.video_id, videos, strict=True) if is_in),
        )


def gather(
    streams: Mapping[str, Logits],
    files: Mapping[str, Path],
    train_counts: Labels | None = None,
    grouping: Grouping = FROM_FILE,
) -> StreamScores:
    """Return the scores of the test videos of `streams`, and of their validation videos if there are any.

    Recordings that share a near copy are joined. A validation video that is a near copy of a test video is left out.
    Raise InputError where the streams differ in classes, videos or their labels, or have no test video.
    """
    names = tuple(streams)
    first = streams[names[0]]
    for name in names[1:]:
        _check_alike(first, streams[name], files[names[0]], files[name])
    if "test" not in first.split:
        raise InputError(files[names[0]], "has no test video", "give split lists that name some")
    scores = _combine(streams, first, train_counts, _grouping_of(grouping, first))
    is_used = np.isin(first.split, ("test", *VALIDATION_SUBSETS))
    return _with_copies_merged(scores if is_used.all() else scores.select(is_used))


def _combine(
    streams: Mapping[str, Logits], first: Logits, train_counts: Labels | None, grouping: Grouping
) -> StreamScores:
    """Return the scores of all videos of `streams`, whose other parts are those of the `first`."""
    return StreamScores(
        names=tuple(streams),
        modalities=tuple(stream.modality for stream in streams.values()),
        samples=tuple(stream.logits for stream in streams.values()),
        labels=first.label,
        groups=np.array(first.group),
        is_test=np.array(first.split) == "test",
        video_id=first.video_id,
        class_name=first.class_name,
        chosen_on=tuple(stream.chosen_on for stream in streams.values()),
        training=tuple(stream.training for stream in streams.values()),
        train_counts=train_counts,
        grouping=grouping,
    )


def _grouping_of(grouping: Grouping, scores: Logits) -> Grouping:
    """Return the grouping; where nobody says it and the file has a group for each video, recordings are unknown.

    But a file of the workflow's names the video as its own group where its recording is unknown: another name is told.
    """
    is_alone = grouping == FROM_FILE and len(set(scores.group)) == len(scores.group)
    is_named = scores.training is not None and not set(scores.group) & set(scores.video_id)
    return replace(grouping, is_known=False) if is_alone and not is_named else grouping


def _with_copies_merged(streams: StreamScores) -> StreamScores:
    pairs = copies.find(streams.scores, streams.samples, streams.labels, streams.groups, streams.video_id)
    if not pairs:
        return streams
    groups = copies.join(streams.groups, streams.labels, streams.video_id, pairs)
    merged = replace(streams, groups=groups, near_copies=tuple(pairs))
    tested = dict(zip(streams.video_id, streams.is_test, strict=True))
    across = {
        video for pair in pairs for video in (pair.first, pair.second) if tested[pair.first] != tested[pair.second]
    }
    return merged.select(merged.is_test | ~np.isin(merged.video_id, sorted(across)))


def _check_alike(first: Logits, other: Logits, first_file: Path, other_file: Path) -> None:
    for what in ("class_name", "video_id"):
        ours, theirs = getattr(first, what), getattr(other, what)
        if ours != theirs:
            odd = sorted(set(ours) ^ set(theirs))
            difference = f"`{odd[0]}` is in one only, of {len(odd)} such" if odd else "the order differs"
            raise InputError(other_file, f"its {what} is not that of {first_file}, {difference}", MAKE_BOTH)
    for what in ("label", "split", "group"):
        if not np.array_equal(getattr(first, what), getattr(other, what)):
            raise InputError(other_file, f"its {what}s are not those of {first_file}", MAKE_BOTH)
