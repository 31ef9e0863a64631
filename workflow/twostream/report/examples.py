"""Test videos that tell what fusion does: those it rescued and those it lost, and what each stream made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from twostream.fusion import normalisation
from twostream.logits.logits_file import Logits

TOP = 5


@dataclass(frozen=True)
class Guess:
    """A class, and how sure of it a stream is, in percent."""

    class_name: str
    percent: float
    is_right: bool


@dataclass(frozen=True)
class Example:
    """A test video, what it was taken for, and what each stream takes it for, the surest guess first."""

    video: str
    class_name: str
    outcome: str
    taken_for: str
    guesses: dict[str, tuple[Guess, ...]]


def choose(found: Mapping[str, Any], streams: Mapping[str, Logits], count: int) -> list[Example]:
    """At most `count` videos of each outcome that fusion has `found`, of different classes as far as there are some."""
    return [
        Example(video["video"], video["class"], outcome, video["fused"], _guesses(streams, video["video"]))
        for outcome, videos in found.items()
        for video in _spread(videos["shown"])[:count]
    ]


def _spread(videos: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """The same videos, the first of each class before the second of any."""
    seen: dict[str, int] = {}
    turns = []
    for video in videos:
        seen[video["class"]] = seen.get(video["class"], 0) + 1
        turns.append(seen[video["class"]])
    return [videos[place] for place in np.argsort(turns, kind="stable")]


def _guesses(streams: Mapping[str, Logits], video: str) -> dict[str, tuple[Guess, ...]]:
    """The surest guesses of each stream, by the softmax of its mean scores."""
    made = {}
    for name, stream in streams.items():
        row = stream.video_id.index(video)
        chances = normalisation.softmax(stream.logits[row].mean(axis=0, dtype=np.float64))
        surest = np.argsort(-chances, kind="stable")[:TOP]
        right = int(stream.label[row])
        made[name] = tuple(Guess(stream.class_name[c], 100 * float(chances[c]), int(c) == right) for c in surest)
    return made
