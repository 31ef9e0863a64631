"""The index: every video of the data set, what is in it, whose class it is and which side it is on."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from twostream.cache import keys
from twostream.errors import InputError
from twostream.videos import splits
from twostream.videos.probe import Probe
from twostream.videos.splits import Split


@dataclass(frozen=True)
class Video:
    """A usable video. `id` is its path within the data set; `digest` is of its bytes."""

    id: str
    label: int
    split: str
    group: str
    frames: int
    width: int
    height: int
    fps: float
    digest: str


@dataclass(frozen=True)
class BadVideo:
    id: str
    reason: str


@dataclass(frozen=True)
class Index:
    """Videos in the order of their ids; labels are places in `class_names`."""

    class_names: tuple[str, ...]
    videos: tuple[Video, ...]
    bad: tuple[BadVideo, ...]
    unlisted: int = 0

    def side(self, split: str) -> tuple[Video, ...]:
        return tuple(video for video in self.videos if video.split == split)


def find_lists(folder: Path, given: Path | None, number: int) -> Path | None:
    """Where the split lists are: as configured, else in or beside the data set, else nowhere."""
    if given is not None:
        if not given.is_dir():
            raise InputError(f"dataset.splits: {given} is not a folder: give one that holds classInd.txt")
        return given
    places = (folder, folder / "splits", folder.parent / "splits")
    return next((place for place in places if splits.list_files(place, number)[0].is_file()), None)


def assemble(
    folder: Path,
    ids: Iterable[str],
    probe: Callable[[Sequence[str]], Sequence[Probe]],
    lists: Path | None,
    settings: dict[str, Any],
) -> Index:
    """Probe the videos `ids` and give each its label, group and side.

    With `lists`, the videos that they name make the index; without, all of them, split by group.
    """
    present = sorted(ids)
    split = read_lists(folder, present, lists, settings["split"]) if lists else None
    chosen = [video for video in present if split is None or video in split.part]
    probes = dict(zip(chosen, probe(chosen), strict=True))
    bad = tuple(BadVideo(video, seen.reason) for video, seen in probes.items() if seen.reason)
    _check_bad(bad, len(chosen), settings["max_bad"])
    good = [video for video in chosen if not probes[video].reason]
    group = {video: splits.group_of(video, settings["group_pattern"]) for video in good}
    split = split or splits.by_group(good, group, settings["test_fraction"], settings["seed"])
    videos = tuple(_video(video, probes[video], split.label[video], split.part[video], group[video]) for video in good)
    index = Index(split.class_names, videos, bad, len(present) - len(chosen))
    _check_sides(index, folder)
    return index


def read_lists(folder: Path, present: Iterable[str], lists: Path, number: int) -> Split:
    """Split `number` of `lists`; InputError where it names a video that is not `present` in `folder`."""
    split = splits.read_lists(lists, number)
    absent = sorted(split.part.keys() - set(present))
    if absent:
        _, train_file, test_file = splits.list_files(lists, number)
        more = f", nor are {len(absent) - 1} more that are listed" if len(absent) > 1 else ""
        raise InputError(
            f"{train_file if split.part[absent[0]] == 'train' else test_file}: {absent[0]} is not in {folder}{more}: "
            "add the video or take its line out"
        )
    return split


def from_counts(lists: Path, frames: Mapping[str, int], settings: dict[str, Any]) -> Index:
    """An index of listed videos that are not here, by the recorded number of `frames` of each name.

    Names are matched whatever their case: UCF101 has HandstandPushups and HandStandPushups for one class.
    """
    split = splits.read_lists(lists, settings["split"])
    counts = {name.casefold(): count for name, count in frames.items()}

    def recorded(video: str) -> Probe:
        count = counts.get(Path(video).stem.casefold(), 0)
        return Probe(digest=keys.digest(video, 16), frames=count, reason="" if count else "its length is not recorded")

    return assemble(lists, split.part, lambda ids: [recorded(video) for video in ids], lists, settings)


def write(index: Index) -> str:
    """The index as JSON, a line a video."""
    head = {"class_names": index.class_names, "unlisted": index.unlisted}
    rows = {name: [json.dumps(asdict(item)) for item in getattr(index, name)] for name in ("videos", "bad")}
    parts = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in head.items()]
    parts += [f'"{name}": [\n' + ",\n".join(lines) + "\n]" for name, lines in rows.items()]
    return "{" + ",\n".join(parts) + "}\n"


def read(path: Path) -> Index:
    """The index at `path`."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    return Index(
        tuple(stored["class_names"]),
        tuple(Video(**video) for video in stored["videos"]),
        tuple(BadVideo(**video) for video in stored["bad"]),
        stored["unlisted"],
    )


def shards(videos: Iterable[Video], count: int) -> dict[str, list[Video]]:
    """The videos spread over `count` shards by a hash of their ids.

    A shard's name, `0003-5f1d0c7e2a9b`, carries a digest of what it holds, so that adding a video
    makes one name new and leaves the others.
    """
    spread: dict[int, list[Video]] = {}
    for video in videos:
        spread.setdefault(int(keys.digest(video.id, 8), 16) % count, []).append(video)
    return {f"{number:04d}-{manifest_digest(spread[number])}": spread[number] for number in sorted(spread)}


def manifest_digest(videos: Iterable[Video]) -> str:
    return keys.digest("\n".join(f"{video.id} {video.digest}" for video in videos))


def _video(video: str, probe: Probe, label: int, side: str, group: str) -> Video:
    return Video(video, label, side, group, probe.frames, probe.width, probe.height, probe.fps, probe.digest)


def _check_bad(bad: Sequence[BadVideo], total: int, allowed: float) -> None:
    if len(bad) > allowed * total:
        raise InputError(
            f"index.max_bad: {len(bad)} of {total} videos are bad, {allowed:.1%} are allowed; "
            f"the first is {bad[0].id}: {bad[0].reason}"
        )


def _check_sides(index: Index, folder: Path) -> None:
    for side in ("train", "test"):
        if not index.side(side):
            raise InputError(
                f"{folder}: no video is left to {side}: give split lists that name some, or set "
                "index.group_pattern so that more than one group is found"
            )
    untrained = set(range(len(index.class_names))) - {video.label for video in index.side("train")}
    if untrained:
        raise InputError(f"{folder}: class `{index.class_names[min(untrained)]}` has no training video: add one")
