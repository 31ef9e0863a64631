"""What the videos of an index are like, in sentences: how many of which classes, how long, how large, how fast."""

from collections import Counter
from collections.abc import Callable, Iterable
from statistics import median

from twostream.text import counted, printable
from twostream.videos import recordings
from twostream.videos.index import Index, Video

EXAMPLES = 3
"""Sizes, rates and classes that a sentence names."""


def lines(catalogue: Index) -> list[str]:
    """Return what the usable videos of `catalogue` are like."""
    videos = catalogue.videos
    frames = [video.frames for video in videos]
    seconds = [video.frames / video.fps for video in videos if video.fps]
    lasting = f", {min(seconds):.3g} to {max(seconds):.3g} s" if seconds else ""
    return [
        f"classes: {_classes(catalogue)}",
        f"lengths: {min(frames)} to {max(frames)} frames, half of them up to {median(frames):g}{lasting}",
        f"sizes: {_counts(videos, lambda video: f'{video.width} x {video.height}')}",
        f"frames a second: {_counts(videos, lambda video: f'{video.fps:.4g}')}",
    ]


def alone(catalogue: Index) -> list[str]:
    """Return the names of the classes whose videos are all of one recording, which cannot stand in both subsets."""
    groups: dict[int, set[str]] = {}
    for video in catalogue.videos:
        groups.setdefault(video.label, set()).add(video.group)
    return [catalogue.class_names[label] for label in sorted(groups) if len(groups[label]) == 1]


def leaking(catalogue: Index) -> list[tuple[str, str]]:
    """Return a training and a test video of each recording that has both, where recordings are known."""
    if not catalogue.account.grouping.is_known or catalogue.account.grouping.rule == recordings.ALONE_WORDS:
        return []
    members: dict[tuple[int, str], dict[str, str]] = {}
    for video in catalogue.videos:
        members.setdefault((video.label, video.group), {}).setdefault(video.subset, video.id)
    return [(ids["train"], ids["test"]) for ids in members.values() if len(ids) > 1]


def _classes(catalogue: Index) -> str:
    sizes = Counter(video.label for video in catalogue.videos)
    label, fewest = min(sizes.items(), key=lambda item: item[1])
    most = max(sizes.values())
    smallest = f", the fewest in {printable(catalogue.class_names[label])}" if fewest < most else ""
    span = f"{fewest} to {most} videos" if fewest < most else counted(most, "video")
    return f"{len(catalogue.class_names)} of {span} each{smallest}"


def _counts(videos: Iterable[Video], what: Callable[[Video], str]) -> str:
    """Return what the videos are, the commonest first, with how many are so where they differ."""
    counts = Counter(map(what, videos)).most_common()
    if len(counts) == 1:
        return counts[0][0]
    more = f" and {len(counts) - EXAMPLES} more" if len(counts) > EXAMPLES else ""
    return ", ".join(f"{name} ({number})" for name, number in counts[:EXAMPLES]) + more
