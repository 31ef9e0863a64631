"""Foreign scores matched to the videos of a split, by name where there are names."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from twostream.errors import InputError
from twostream.logits import score_file
from twostream.logits.logits_file import Logits
from twostream.logits.score_file import Scores
from twostream.videos import splits
from twostream.videos.splits import Split

SHOWN = 5


def match(path: Path, split: Split, group_pattern: str | None, names: Path | None = None) -> tuple[Logits, list[str]]:
    """The scores in `path` of all test videos of `split`, in its order, and the names of no test video.

    `names` is a list of the videos in the order of a file that has none. InputError where a video is missing,
    stands twice or has scores that are not finite.
    """
    found = score_file.read(path)
    if names:
        found = _named(found, path, names)
    videos = tuple(video for video, side in split.subset_of.items() if side == "test")
    if found.scores.shape[2] != len(split.class_names):
        raise InputError(
            f"{path}: scores of {found.scores.shape[2]} classes, and classInd.txt names {len(split.class_names)}: "
            "give the split lists of the data set that it was made from"
        )
    places, extra = _by_name(path, found.names, videos) if found.names else (_by_place(path, found, split, videos), [])
    _check_labels(path, found, places, split, videos)
    scores = found.scores[places][:, :, _class_order(path, found, split.class_names)]
    _refuse(path, "not finite", [videos[v] for v in np.flatnonzero(~np.isfinite(scores).all(axis=(1, 2)))])
    logits = Logits(
        logits=scores,
        video_id=videos,
        label=np.array([split.label_of[video] for video in videos], np.int64),
        frame_index=np.full(scores.shape[:2], -1, np.int64),
        class_name=split.class_names,
        split=("test",) * len(videos),
        group=tuple(splits.group_of(video, group_pattern) for video in videos),
        chosen_on=found.chosen_on,
        modality=found.modality,
    )
    return logits, extra


def _by_name(path: Path, names: Sequence[str], videos: Sequence[str]) -> tuple[list[int], list[str]]:
    """The place of each video among `names`, and the names of no video."""
    keys = [_key(video) for video in videos]
    with_class = len(set(keys)) < len(keys)
    if with_class:
        keys = [_key(video, folders=1) for video in videos]
    wanted = set(keys)
    places: dict[str, list[int]] = defaultdict(list)
    extra = []
    for place, name in enumerate(names):
        key = _key(name, folders=int(with_class))
        if key in wanted:
            places[key].append(place)
        else:
            extra.append(name)
    _refuse(path, "missing", [video for video, key in zip(videos, keys, strict=True) if key not in places])
    _refuse(path, "doubled", [names[found[1]] for found in places.values() if len(found) > 1])
    return [places[key][0] for key in keys], extra


def _by_place(path: Path, found: Scores, split: Split, videos: Sequence[str]) -> list[int]:
    """Without names only the order of the list is left, and the labels must bear it out."""
    if len(found.scores) != len(videos):
        raise InputError(
            f"{path}: {len(found.scores)} videos without names, and the list has {len(videos)}: give names"
        )
    if found.labels is None:
        raise InputError(f"{path}: neither names nor labels tell whose the scores are: give a file that has names")
    return list(range(len(videos)))


def _check_labels(path: Path, found: Scores, places: Sequence[int], split: Split, videos: Sequence[str]) -> None:
    """A file's own labels tell of another order of videos or of classes."""
    if found.labels is None or found.class_name is not None:
        return
    wrong = [video for video, place in zip(videos, places, strict=True) if found.labels[place] != split.label_of[video]]
    if wrong:
        order = "classes" if found.names else "videos"
        raise InputError(
            f"{path}: its labels are not those of the list in {len(wrong)} videos, first {wrong[0]}: its {order} are "
            "in another order: give the lists that it was made from"
        )


def _named(found: Scores, path: Path, names: Path) -> Scores:
    try:
        lines = [line.split()[0] for line in names.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{names}: not a list of names that can be read: one video a line is expected") from error
    if len(lines) != len(found.scores):
        raise InputError(f"{names}: {len(lines)} names for the {len(found.scores)} videos of {path}: one for each")
    return replace(found, names=tuple(lines))


def _class_order(path: Path, found: Scores, class_names: tuple[str, ...]) -> list[int]:
    """Where the file names its classes, the place of each of ours among them."""
    if found.class_name is None:
        return list(range(len(class_names)))
    theirs = {name.casefold(): place for place, name in enumerate(found.class_name)}
    _refuse(path, "missing", [name for name in class_names if name.casefold() not in theirs], "classes")
    return [theirs[name.casefold()] for name in class_names]


def _refuse(path: Path, what: str, who: Sequence[str], kind: str = "videos") -> None:
    if who:
        raise InputError(f"{path}: {len(who)} {kind} of the list are {what}: {listed(who)}: mend the file or the list")


def listed(names: Sequence[str]) -> str:
    """The first few of `names`, and how many more there are."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _key(name: str, folders: int = 0) -> str:
    """What names of a video have in common: v_Jump_g01_c01.avi, Jump/Jump_g01_c01; HandStand and Handstand."""
    parts = re.split(r"[/\\]", name)[-1 - folders :]
    parts[-1] = re.sub(r"\.(avi|mp4|mkv|webm|mov|m4v|mpe?g|wmv|flv|3gp|ts|ogv|npy|jpg)$", "", parts[-1], flags=re.I)
    return "/".join(part.removeprefix("v_") for part in parts).casefold()
