"""What is put to the test: the streams' scores of the same videos, whose labels and groups are known."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twostream.errors import InputError
from twostream.logits.logits_file import Logits
from twostream.metrics import Labels, Scores

VALIDATION = ("validation", "val")


@dataclass(frozen=True)
class Trial:
    """S streams' scores of the same V videos: an array (videos, samples, classes) each, samples as they may be.

    `chosen_on` says what the epoch of each stream was chosen on.
    """

    streams: tuple[str, ...]
    samples: tuple[NDArray[np.float32], ...]
    labels: Labels
    groups: NDArray[np.str_]
    tested: NDArray[np.bool_]
    video_id: tuple[str, ...]
    class_name: tuple[str, ...]
    chosen_on: tuple[str, ...]
    train_counts: Labels | None = None

    @cached_property
    def scores(self) -> Scores:
        """The mean over the samples, (streams, videos, classes)."""
        return np.stack([stream.mean(axis=1, dtype=np.float64) for stream in self.samples])

    @property
    def recordings(self) -> NDArray[np.str_]:
        """What videos are alike by: UCF101's g01 of one class is not the g01 of another."""
        return np.char.add(np.char.add(self.groups, "/"), self.labels.astype(str))

    def only(self, videos: NDArray[np.bool_]) -> "Trial":
        return replace(
            self,
            samples=tuple(stream[videos] for stream in self.samples),
            labels=self.labels[videos],
            groups=self.groups[videos],
            tested=self.tested[videos],
            video_id=tuple(id for id, is_in in zip(self.video_id, videos, strict=True) if is_in),
        )


def gather(streams: Mapping[str, Logits], files: Mapping[str, Path], train_counts: Labels | None = None) -> Trial:
    """The test videos of `streams`, and those to validate on if there are any; InputError where streams differ.

    `train_counts` (classes,) says how many videos of each class were trained on.
    """
    names = tuple(streams)
    first = streams[names[0]]
    for name in names[1:]:
        _check_alike(first, streams[name], files[names[0]], files[name])
    split = np.array(first.split)
    tested = split == "test"
    if not tested.any():
        raise InputError(f"{files[names[0]]}: it has no test video: give split lists that name some")
    whole = Trial(
        names,
        tuple(streams[name].logits for name in names),
        first.label,
        np.array(first.group),
        tested,
        first.video_id,
        first.class_name,
        tuple(streams[name].chosen_on for name in names),
        train_counts,
    )
    used = tested | np.isin(split, VALIDATION)
    return whole if used.all() else whole.only(used)


def _check_alike(first: Logits, other: Logits, first_file: Path, other_file: Path) -> None:
    for what in ("class_name", "video_id"):
        ours, theirs = getattr(first, what), getattr(other, what)
        if ours != theirs:
            odd = sorted(set(ours) ^ set(theirs))
            told = f"`{odd[0]}` is in one only, {len(odd)} are" if odd else "the order differs"
            raise InputError(f"{other_file}: its {what} is not that of {first_file}: {told}; make both again")
    for what in ("label", "split", "group"):
        if not np.array_equal(getattr(first, what), getattr(other, what)):
            raise InputError(f"{other_file}: its {what}s are not those of {first_file}: make both again")
