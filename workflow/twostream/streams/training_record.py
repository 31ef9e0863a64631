"""What a network was trained on, kept with its weights, so that nobody tests it on the same videos unawares."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

from twostream.streams.pixels import Pixels

Digests = Mapping[str, str]
"""The content of each video by its id: the digest of its file and, of a part, the first frame and their number."""
Content = tuple[str, str]
"""The id of a video and its content."""


@dataclass(frozen=True, kw_only=True)
class InitialWeights:
    """What training began with: the setting `pretrained`, the digest of its file, and that network's own record."""

    pretrained: str
    digest: str = ""
    record: "TrainingRecord | None" = None


@dataclass(frozen=True, kw_only=True)
class TrainingRecord:
    """The videos that a network was trained on and that its epoch was chosen on, and under which settings.

    `settings` are those of the stream, with `validation`; `pixels` says how its frames or flow were made.
    """

    train: Digests
    validation: Digests
    initial: InitialWeights
    settings: Mapping[str, Any] = field(default_factory=dict)
    pixels: Pixels = field(default_factory=dict)

    @property
    def ancestors(self) -> "list[TrainingRecord]":
        """The records of the networks that this one descends from, itself the first."""
        before = self.initial.record
        return [self, *(before.ancestors if before else [])]

    def trained_on(self, videos: Iterable[Content]) -> list[bool]:
        """Return of each of `videos` whether this network, or one that it descends from, was trained on it.

        A video is known by its bytes under whatever name, by its name, since it may have been encoded anew, and by
        frames that it has in common with another part of its file.
        """
        return _are_in([record.train for record in self.ancestors], videos)

    def chosen_on(self, videos: Iterable[Content]) -> list[bool]:
        """Return of each of `videos` whether an epoch of this network, or of one before it, was chosen on it."""
        return _are_in([record.validation for record in self.ancestors], videos)

    def summary(self) -> dict[str, Any]:
        """Return all but the videos, of which there are how many, as plain values."""
        before = self.initial.record
        return {
            "training_videos": len(self.train),
            "validation_videos": len(self.validation),
            "settings": dict(self.settings),
            "pixels": dict(self.pixels),
            "initial": {
                "pretrained": self.initial.pretrained,
                "digest": self.initial.digest,
                "training": before.summary() if before else None,
            },
        }

    def to_plain(self) -> dict[str, Any]:
        """Return the record as plain values, for a file."""
        before = self.initial.record
        initial = {"pretrained": self.initial.pretrained, "digest": self.initial.digest}
        return {
            "train": dict(self.train),
            "validation": dict(self.validation),
            "initial": initial | {"record": before.to_plain() if before else None},
            "settings": dict(self.settings),
            "pixels": dict(self.pixels),
        }

    @classmethod
    def from_plain(cls, stored: Any) -> "TrainingRecord | None":
        """Return the record that `to_plain` gave; None for None. KeyError, TypeError or ValueError where it is none."""
        if stored is None:
            return None
        for digests in (stored["train"], stored["validation"]):
            if not all(isinstance(word, str) for item in digests.items() for word in item):
                raise TypeError("ids or digests of videos are no texts")
            for content in digests.values():
                _frames(content)
        initial = stored["initial"]
        return cls(
            train=dict(stored["train"]),
            validation=dict(stored["validation"]),
            initial=InitialWeights(
                pretrained=str(initial["pretrained"]),
                digest=str(initial["digest"]),
                record=cls.from_plain(initial["record"]),
            ),
            settings=dict(stored["settings"]),
            pixels=dict(stored["pixels"]),
        )


def _are_in(subsets: Iterable[Digests], videos: Iterable[Content]) -> list[bool]:
    """Return of each of `videos` whether its name, or some of its frames, are in one of `subsets`."""
    ids: set[str] = set()
    parts: dict[str, list[tuple[int, float]]] = {}
    for subset in subsets:
        ids.update(subset)
        for content in subset.values():
            digest, first, end = _frames(content)
            parts.setdefault(digest, []).append((first, end))
    parts.pop("", None)
    return [id in ids or _overlaps(parts, *_frames(content)) for id, content in videos]


def _overlaps(parts: Mapping[str, list[tuple[int, float]]], digest: str, first: int, end: float) -> bool:
    return any(first < other_end and other_first < end for other_first, other_end in parts.get(digest, ()))


def _frames(content: str) -> tuple[str, int, float]:
    """Return the digest of a file, the first frame of a part of it, and the frame after its last."""
    digest, *part = content.split(" ")
    if not part:
        return digest, 0, inf
    first, length = map(int, part)
    return digest, first, first + length
