"""The index of a data set: its usable videos with class, subset and size, and the videos that cannot be used."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from twostream.cache import keys
from twostream.errors import RERUN_WORKFLOW, InputError
from twostream.files import atomic
from twostream.text import are, printable
from twostream.videos import copies, division, interval, left_out, names, parts, recordings
from twostream.videos.account import EMPTY, Account
from twostream.videos.copies import Copies, CopySets
from twostream.videos.interval import Part
from twostream.videos.parts import ProbedVideo
from twostream.videos.probe import Probe
from twostream.videos.recordings import Grouping
from twostream.videos.splits import Split

ADD_LISTS = "add split lists that name some, or set index.group_pattern so that there are several groups"
RAISE_LIMIT = "raise dataset.limit: a class needs videos of two recordings to be trained on and tested"

JSON_NAMES = {"subset": "split"}
"""Fields of a video that index.json calls otherwise."""


@dataclass(frozen=True, kw_only=True)
class Video:
    """A usable video.

    `id` is its path within the data set, `class/video.avi`, and its interval if it is one; `label` a position in the
    class names; `subset` "train" or "test"; `group` the recording it was cut from; `digest` that of its file's bytes;
    `part` which frames of the file it has, None where all; the rest is that of its probe.
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
    variable_rate: bool = False
    interlaced: int = 0
    damaged: int = 0
    promised: int = 0
    part: Part | None = None

    @property
    def file(self) -> str:
        """The path of its file within the data set."""
        return self.part.file if self.part else self.id

    @property
    def content(self) -> str:
        """What videos of the same frames have in common."""
        return interval.content(self.digest, self.part)


@dataclass(frozen=True)
class BadVideo:
    """A video that is left out, and why."""

    id: str
    reason: str


@dataclass(frozen=True)
class Index:
    """Videos in the order of their ids, and the `account` of the files that are none of them."""

    class_names: tuple[str, ...]
    videos: tuple[Video, ...]
    bad: tuple[BadVideo, ...]
    account: Account = EMPTY

    def subset(self, name: str) -> tuple[Video, ...]:
        """Return the videos of the subset `name`, "train" or "test"."""
        return tuple(video for video in self.videos if video.subset == name)

    def recordings(self, subset: str) -> int:
        """Return of how many recordings the videos of `subset` are: a class's own, whatever they are called."""
        return len({(video.label, video.group) for video in self.subset(subset)})

    def members_digest(self, subset: str) -> str:
        """Return a digest of who is in `subset`: the videos' contents, labels and groups, and the classes' order.

        What was trained or scored on other videos has another key by it.
        """
        lines = (f"{video.id} {video.digest} {video.label} {video.group}" for video in self.subset(subset))
        return keys.digest("\n".join([*self.class_names, *lines]))


def assemble(
    folder: Path,
    probes: Mapping[str, Probe],
    split: Split | None,
    settings: Mapping[str, Any],
    account: Account = EMPTY,
) -> Index:
    """Return the index of the probed videos, each with its label, group and subset.

    `split` is that of the lists; without one, or where it has labels alone, the usable videos are split by group, and
    files of unknown suffix that are none are left out. `account` has what was left out before. InputError where too
    many are bad, a subset or a class is left without videos, or files are left out and `strict` admits none.
    """
    strangers = {id for id in probes if (split is None or not split.kind) and _is_no_video(folder / id, probes[id])}
    account = account.with_left_out(left_out.count((left_out.NO_VIDEO, video) for video in sorted(strangers)))
    probes = {video: probes[video] for video in probes.keys() - strangers}
    candidates = parts.of_files(probes, split, settings.get("fps"))
    reasons = {id: _fault(video.probe, settings["damaged"]) for id, video in candidates.items()}
    bad = tuple(BadVideo(id, reason) for id, reason in reasons.items() if reason)
    _check_bad(bad, len(candidates), settings["max_bad"])
    usable = {id: candidates[id] for id, reason in reasons.items() if not reason}
    sets = copies.find({id: video.content for id, video in usable.items()})
    named, grouping = division.recordings_of(usable, split, settings["group_pattern"])
    groups = copies.merge(named, sets)
    whole = division.of_all(groups, split, settings)
    videos = tuple(_video(id, video, whole, groups[id]) for id, video in usable.items())
    split_by, equal = _split_by(split, settings, grouping, videos), _copies(sets, whole)
    account = replace(account, split_by=split_by, copies=equal, grouping=grouping)
    return _checked(Index(whole.class_names, videos, bad, account), folder, settings.get("strict", False))


def write(path: Path, index: Index) -> None:
    """Write the index as JSON, a line a video."""
    rows = {
        "videos": [
            json.dumps({JSON_NAMES.get(name, name): value for name, value in _fields(video).items()})
            for video in index.videos
        ],
        "bad": [json.dumps(asdict(video)) for video in index.bad],
        "left_out": [json.dumps(asdict(row)) for row in index.account.left_out],
        "copies": [json.dumps(asdict(row)) for row in index.account.copies],
    }
    heads = {
        "class_names": index.class_names,
        "form": index.account.form,
        "unlisted": index.account.unlisted,
        "split_by": index.account.split_by,
        "unread_lists": index.account.unread_lists,
        "grouping": asdict(index.account.grouping),
    }
    entries = [f'"{name}": {json.dumps(value)}' for name, value in heads.items()]
    entries += [f'"{name}": [\n' + ",\n".join(lines) + "\n]" for name, lines in rows.items()]
    atomic.write_text(path, "{" + ",\n".join(entries) + "}\n")


def read(path: Path) -> Index:
    """Read the index at `path`; InputError where it is none."""
    stored = atomic.read_json(path)
    try:
        return _from_json(stored)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        problem = f"is no index of videos ({type(error).__name__}: {error})"
        raise InputError(path, problem, f"delete it, then {RERUN_WORKFLOW}") from error


def _from_json(stored: Any) -> Index:
    fields = {stored_as: name for name, stored_as in JSON_NAMES.items()}
    return Index(
        tuple(stored["class_names"]),
        tuple(_from_fields({fields.get(name, name): value for name, value in row.items()}) for row in stored["videos"]),
        tuple(BadVideo(**video) for video in stored["bad"]),
        Account.from_json(stored),
    )


def _fields(video: Video) -> dict[str, Any]:
    """Return the fields of `video`, without the part where it is all of its file."""
    return {name: value for name, value in asdict(video).items() if name != "part" or value is not None}


def _from_fields(fields: dict[str, Any]) -> Video:
    return Video(**fields | ({"part": Part(**fields["part"])} if fields.get("part") else {}))


def _fault(probe: Probe, damaged: str) -> str:
    """Return why a video is left out, by the setting `damaged`, "refuse" or "keep", or an empty text."""
    if probe.reason or not probe.damaged or damaged == "keep":
        return probe.reason
    return f"damaged: {probe.damaged} of its frames {are(probe.damaged)} corrupt or lost, {probe.frames} can be decoded"


def _video(id: str, video: ProbedVideo, split: Split, group: str) -> Video:
    probe = video.probe
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
        variable_rate=probe.variable_rate,
        interlaced=probe.interlaced,
        damaged=probe.damaged,
        promised=probe.promised,
        part=video.part,
    )


def _check_bad(bad: Sequence[BadVideo], total: int, allowed: float) -> None:
    if len(bad) > allowed * total:
        raise InputError(
            "index.max_bad",
            f"{len(bad)} of {total} videos {are(len(bad))} bad, {allowed:.1%} are allowed; "
            f"the first is {bad[0].id} ({bad[0].reason})",
            "mend or delete the bad videos, or raise this limit",
        )


def _is_no_video(path: Path, probe: Probe) -> bool:
    """Return whether a file whose suffix is not known is none: a picture of one frame is none either."""
    return not names.is_video(path.name) and bool(probe.reason) and probe.frames < 2 and not path.is_dir()


def _split_by(split: Split | None, settings: Mapping[str, Any], grouping: Grouping, videos: Sequence[Video]) -> str:
    """Return in words whose split it is; of our own, which part of the `videos` is tested."""
    if split and split.divides:
        return split.words or f"split {settings['split']} of lists in {split.kind}'s form"
    by = "by video" if grouping.rule == recordings.ALONE_WORDS else f"by recording, {grouping.rule}"
    tested = f"{sum(video.subset == 'test' for video in videos) / max(1, len(videos)):.0%}"
    asked = f"{settings['test_fraction']:.0%}"
    of_asked = "" if tested == asked else f" (of {asked} asked for, whole recordings)"
    return f"a split of our own {by}, {tested} to test{of_asked}, seed {settings['seed']}"


def _copies(sets: CopySets, split: Split) -> tuple[Copies, ...]:
    return tuple(
        Copies(ids, len({split.label_of[id] for id in ids}), len({split.subset_of[id] for id in ids})) for ids in sets
    )


def _checked(index: Index, folder: Path, is_strict: bool) -> Index:
    """Return `index`; InputError where nothing is left to train or test on or, if `is_strict`, a file is not used."""
    _check_classes(index, folder)
    if is_strict:
        check_strict(index)
    return index


def _check_classes(index: Index, folder: Path) -> None:
    """Raise InputError where there is nothing to tell apart, to train or to test on."""
    if len(index.class_names) == 1:
        problem = f"has one class, `{index.class_names[0]}`, so that there is nothing to tell apart"
        raise InputError(folder, problem, "add the videos of another class, in a folder of its own")
    copied = index.account.copied
    equal = ""
    if copied:
        first = " = ".join(printable(id) for id in index.account.copies[0].ids[:2])
        equal = f" ({copied} of {len(index.videos)} are copies, as {first}, and copies are one recording)"
    for subset in ("train", "test"):
        if not index.subset(subset):
            is_limited = any(row.reason == left_out.BEYOND_LIMIT for row in index.account.left_out)
            remedy = RAISE_LIMIT if is_limited else ADD_LISTS
            raise InputError(folder, f"no video is left to {subset}{equal}", remedy)
    untrained = classes_without(index, "train")
    if untrained:
        more = f", nor have {len(untrained) - 1} more" if len(untrained) > 1 else ""
        raise InputError(
            folder,
            f"class `{untrained[0]}` has no training video{more}",
            "add one, or name the others in dataset.classes",
        )


def classes_without(index: Index, subset: str) -> list[str]:
    """Return the names of the classes that have no video in `subset`."""
    labels = {video.label for video in index.subset(subset)}
    return [name for label, name in enumerate(index.class_names) if label not in labels]


def check_strict(index: Index) -> None:
    """Raise InputError where a file is not used, or used twice: only what the lists say so may be left out."""
    faults = [row for row in index.account.left_out if row.reason not in left_out.INTENDED]
    faults += left_out.count(("bad", video.id) for video in index.bad)
    faults += left_out.count(("a copy of another", id) for row in index.account.copies for id in row.ids[1:])
    faults += left_out.count(("a folder of lists that are not read", name) for name in index.account.unread_lists)
    if faults:
        raise InputError("index.strict", left_out.described(faults), "delete these, or set index.strict to false")
