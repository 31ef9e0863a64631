"""The index of a data set: its usable videos with class, subset and size, and the videos that cannot be used."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from twostream.errors import InputError
from twostream.files import atomic
from twostream.videos import splits
from twostream.videos.probe import Probe
from twostream.videos.splits import Split

JSON_NAMES = {"subset": "split"}
"""Fields of a video that index.json calls otherwise."""


@dataclass(frozen=True, kw_only=True)
class Video:
    """A usable video.

    `id` is its path within the data set, `class/video.avi`; `label` a position in the class names; `subset` "train" or
    "test"; `group` the recording it was cut from; `digest` that of its bytes.
    """

    id: str
    label: int
    subset: str
    group: str
    frames: int
    width: int
    height: int
    fps: float
    digest: str


@dataclass(frozen=True)
class BadVideo:
    """A video that is left out, and why."""

    id: str
    reason: str


@dataclass(frozen=True)
class Index:
    """Videos in the order of their ids; `unlisted` counts the files that no split list names."""

    class_names: tuple[str, ...]
    videos: tuple[Video, ...]
    bad: tuple[BadVideo, ...]
    unlisted: int = 0

    def subset(self, name: str) -> tuple[Video, ...]:
        """Return the videos of the subset `name`, "train" or "test"."""
        return tuple(video for video in self.videos if video.subset == name)


def assemble(
    folder: Path, probes: Mapping[str, Probe], split: Split | None, settings: Mapping[str, Any], unlisted: int = 0
) -> Index:
    """Return the index of the probed videos, each with its label, group and subset.

    `split` is that of the lists; without one, the usable videos are split by group. InputError where too many videos
    are bad, or a subset or a class is left without videos.
    """
    bad = tuple(BadVideo(video, probe.reason) for video, probe in sorted(probes.items()) if probe.reason)
    _check_bad(bad, len(probes), settings["max_bad"])
    usable = sorted(video for video, probe in probes.items() if not probe.reason)
    groups = {video: splits.group_of(video, settings["group_pattern"]) for video in usable}
    split = split or splits.by_group(groups, settings["test_fraction"], settings["seed"])
    videos = tuple(_video(video, probes[video], split, groups[video]) for video in usable)
    index = Index(split.class_names, videos, bad, unlisted)
    _check_subsets(index, folder)
    return index


def write(path: Path, index: Index) -> None:
    """Write the index as JSON, a line a video."""
    rows = {
        "videos": [
            json.dumps({JSON_NAMES.get(name, name): value for name, value in asdict(video).items()})
            for video in index.videos
        ],
        "bad": [json.dumps(asdict(video)) for video in index.bad],
    }
    parts = [f'"class_names": {json.dumps(index.class_names)}', f'"unlisted": {index.unlisted}']
    parts += [f'"{name}": [\n' + ",\n".join(lines) + "\n]" for name, lines in rows.items()]
    atomic.write_text(path, "{" + ",\n".join(parts) + "}\n")


def read(path: Path) -> Index:
    """Read the index at `path`."""
    stored = atomic.read_json(path)
    fields = {stored_as: name for name, stored_as in JSON_NAMES.items()}
    return Index(
        tuple(stored["class_names"]),
        tuple(Video(**{fields.get(name, name): value for name, value in video.items()}) for video in stored["videos"]),
        tuple(BadVideo(**video) for video in stored["bad"]),
        stored["unlisted"],
    )


def _video(id: str, probe: Probe, split: Split, group: str) -> Video:
    return Video(
        id=id,
        label=split.label_of[id],
        subset=split.subset_of[id],
        group=group,
        frames=probe.frames,
        width=probe.width,
        height=probe.height,
        fps=probe.fps,
        digest=probe.digest,
    )


def _check_bad(bad: Sequence[BadVideo], total: int, allowed: float) -> None:
    if len(bad) > allowed * total:
        raise InputError(
            "index.max_bad",
            f"{len(bad)} of {total} videos are bad, {allowed:.1%} are allowed; "
            f"the first is {bad[0].id} ({bad[0].reason})",
            "mend or delete the bad videos, or raise this limit",
        )


def _check_subsets(index: Index, folder: Path) -> None:
    for subset in ("train", "test"):
        if not index.subset(subset):
            raise InputError(
                folder,
                f"no video is left to {subset}",
                "add split lists that name some, or set index.group_pattern so that there are several groups",
            )
    untrained = set(range(len(index.class_names))) - {video.label for video in index.subset("train")}
    if untrained:
        raise InputError(folder, f"class `{index.class_names[min(untrained)]}` has no training video", "add one")
