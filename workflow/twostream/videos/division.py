"""The recording and the subset of each video, of the data set's own files or, where these do not say, our own."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from twostream.videos import recordings, splits
from twostream.videos.recordings import Grouping
from twostream.videos.splits import Split


def recordings_of(videos: Iterable[str], split: Split | None, pattern: str | None) -> tuple[dict[str, str], Grouping]:
    """Return the recording of each video, and how it was told: as the lists say it, else by the name of its file.

    Intervals of a file are one recording.
    """
    videos = list(videos)
    listed = split.groups if split else {}
    file_of = {id: split.file_of(id) if split else id for id in videos}
    of_file, grouping = recordings.find(sorted({file_of[id] for id in videos if id not in listed}), pattern)
    groups = {id: listed[id] if id in listed else of_file[file_of[id]] for id in videos}
    intervals = len(file_of) - len(set(file_of.values()))
    if split and listed.keys() >= set(videos):
        return groups, Grouping("the recordings that the data set's own files name", True)
    if intervals and not grouping.is_known:
        return groups, Grouping(f"{grouping.rule}; intervals of a file are one recording", False)
    return groups, grouping


def of_all(groups: Mapping[str, str], split: Split | None, settings: Mapping[str, Any]) -> Split:
    """Return the split of the lists, or one of our own where these do not divide."""
    if split and split.divides:
        return split
    class_of = {id: split.class_names[split.label_of[id]] for id in groups} if split else None
    own = splits.by_group(groups, settings["test_fraction"], settings["seed"], class_of)
    return own if split is None else replace(split, subset_of=own.subset_of)
