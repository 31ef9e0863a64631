"""Which videos were cut from one recording, by their names: one rule for the index and for score files.

A recording is kept whole: its clips stand in one subset, and in one fold of whatever is selected.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from twostream.errors import InputError

AUTO = "auto"
"""The setting that reads the names of UCF101, HMDB51 and Kinetics, and else compares stems."""
KNOWN_SHARE = 0.95
"""The part of the videos whose names have to say a recording for recordings to count as known."""

UCF101 = re.compile(r"_(g\d+)(?![A-Za-z0-9])")
HMDB51 = re.compile(r"(.+)_[a-z]_[cn]m_np\d+_[a-z]{2}_[a-z]{3}_\d+", re.IGNORECASE)
"""FILM_CLASS, then body part, camera, people, direction, quality and number (Kuehne et al., 2011)."""
KINETICS = re.compile(r"([\w-]{11})_\d{6}_\d{6}")
COPY = re.compile(r"[\s_.-]*(?:\(\d+\)|copy|kopie)$", re.IGNORECASE)
NUMBER = re.compile(r"[\s_.-]*\d+$")

FILM_WORDS = "the film in HMDB51's names"
GROUP_WORDS = "gNN in UCF101's names"
SOURCE_WORDS = "the source's id in Kinetics' names"
STEM_WORDS = "names that are equal up to a number"
ALONE_WORDS = "nothing: each video counts as a recording of its own"


@dataclass(frozen=True)
class Grouping:
    """By which rule the recordings of videos were told, in words, and whether their names do tell them."""

    rule: str
    is_known: bool


FROM_FILE = Grouping("the groups of the score files", True)
"""The grouping where no names were looked at."""


def find(videos: Iterable[str], pattern: str | None) -> tuple[dict[str, str], Grouping]:
    """Return the recording of each video, a path `class/name`, and how it was told.

    By a regular expression, `pattern`, it is the first group that takes part or, without groups, the whole match. By
    `AUTO` it is the first that a name has of HMDB51's film, UCF101's gNN and Kinetics' id; else what videos of a class
    that differ in a trailing number have in common, unless that is all of the class or hardly ever more than one video.
    A video of none is alone. InputError where `pattern` matches and names no recording.
    """
    videos = list(videos)
    if pattern == AUTO:
        recording_of = _by_known_names(videos)
        recording_of |= _by_stems([video for video in videos if video not in recording_of])
    else:
        recording_of = _by_pattern(videos, pattern) if pattern else {}
    groups = {video: recording_of[video][0] if video in recording_of else video for video in videos}
    return groups, Grouping(
        _words(videos, recording_of), bool(videos) and len(recording_of) >= KNOWN_SHARE * len(videos)
    )


def stem(video: str) -> str:
    """Return the name of `video` in small letters without its suffix, a mark of a copy and a number at its end."""
    name = COPY.sub("", PurePosixPath(video).stem)
    return NUMBER.sub("", name).casefold()


def _by_pattern(videos: Sequence[str], pattern: str) -> dict[str, tuple[str, str]]:
    """Return the recording, and the rule in words, of each video in whose name `pattern` is."""
    recording_of: dict[str, tuple[str, str]] = {}
    nameless = []
    for video in videos:
        match = re.search(pattern, PurePosixPath(video).stem)
        if match:
            name = next((group for group in match.groups() if group), "") if match.re.groups else match[0]
            recording_of[video] = f"g{name}" if match.re.groups else name, f"{pattern} in the names"
            if not name:
                nameless.append(video)
    if nameless:
        more = f" and in {len(nameless) - 1} more" if len(nameless) > 1 else ""
        problem = f"{pattern!r} matches in {min(nameless)}{more}, and its group is empty there"
        raise InputError("index.group_pattern", problem, "make a group in ( ) take part in every match")
    return recording_of


def _by_known_names(videos: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return the recording, and the rule in words, of each video that is named as a published data set's are."""
    recording_of: dict[str, tuple[str, str]] = {}
    for video in videos:
        path = PurePosixPath(video)
        if film := HMDB51.fullmatch(path.stem):
            recording_of[video] = _film(film[1], path.parent.name), FILM_WORDS
        elif group := UCF101.search(path.stem):
            recording_of[video] = group[1], GROUP_WORDS
        elif source := KINETICS.fullmatch(path.stem):
            recording_of[video] = source[1], SOURCE_WORDS
    return recording_of


def _film(name: str, class_name: str) -> str:
    """Return the film in FILM_CLASS, as small words without a number at the end, which counts the film's parts."""
    letters = (letter for letter in class_name if letter.isalnum())
    pattern = r"[\W_]*".join(["", *map(re.escape, letters)])
    film = re.sub(rf"{pattern}$", "", name, flags=re.IGNORECASE) if class_name else name.rpartition("_")[0]
    words = re.sub(r"[\W_]+", " ", film).casefold().strip()
    return re.sub(r" \d+$", "", words) or words or name


def _by_stems(videos: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return the stem, and the rule in words, of the videos of each class in which stems tell recordings apart."""
    by_class: dict[str, list[str]] = {}
    for video in videos:
        by_class.setdefault(video.rpartition("/")[0], []).append(video)
    recording_of: dict[str, tuple[str, str]] = {}
    for members in by_class.values():
        sizes = Counter(map(stem, members))
        alone = sum(size == 1 for size in sizes.values())
        if 2 * max(sizes.values()) <= len(members) and 2 * alone <= len(members) and "" not in sizes:
            recording_of |= {video: (stem(video), STEM_WORDS) for video in members}
    return recording_of


def _words(videos: Sequence[str], recording_of: dict[str, tuple[str, str]]) -> str:
    """Return in words by which rules the recordings of the videos were told, and of how many where several apply."""
    counts = Counter(recording_of[video][1] if video in recording_of else ALONE_WORDS for video in videos)
    if len(counts) == 1:
        return next(iter(counts))
    alone = counts.pop(ALONE_WORDS, 0)
    rules = [f"{words} ({count} of {len(videos)} videos)" for words, count in counts.most_common()]
    which = "which counts as a recording of its own" if alone == 1 else "each of which counts as a recording of its own"
    return ", ".join(rules) + (f", and by nothing for {alone}, {which}" if alone else "")
