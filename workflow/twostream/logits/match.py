"""Scores of other systems, matched to the test videos of a split: by name where the file has names."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twostream.errors import InputError
from twostream.files import user_text
from twostream.logits import class_order, score_file, video_rows
from twostream.logits.logits_file import Logits
from twostream.logits.score_file import Scores
from twostream.logits.video_rows import VideoRows
from twostream.text import counted, printable
from twostream.videos import list_lines, recordings
from twostream.videos.recordings import Grouping
from twostream.videos.splits import Split

GIVE_LISTS = "give the split lists that the scores were made with, or a list of the classes in the file's order"
GIVE_NAMES = "give a file that has names, or a list of them"


@dataclass(frozen=True)
class Match:
    """Scores of all test videos of a split, in its order, and what is worth telling of the file.

    `columns` (classes,) says where in the file each class was, `extra` are the names that are of none of these videos,
    `remarks` say in what the file and the lists differ, `grouping` how the recordings were told.
    """

    logits: Logits
    columns: list[int]
    extra: list[str]
    remarks: list[str]
    grouping: Grouping


def match_videos(
    path: Path, split: Split, group_pattern: str | None, names: Path | None = None, classes: Path | None = None
) -> Match:
    """Return the scores in `path` of the test videos of `split`, in its order.

    `names` is a list of the videos in the order of a file that has none, `classes` one of the classes in the order
    of its columns. InputError where a video is missing, stands twice or has scores that are not finite.
    """
    scores = score_file.read(path)
    if names:
        scores = _with_names(scores, path, names, split.subset_of)
    if classes:
        scores = replace(scores, class_name=class_order.read_names(classes, split.class_names))
    videos = tuple(video for video, subset in split.subset_of.items() if subset == "test")
    labels = np.array([split.label_of[video] for video in videos], np.int64)
    rows = _rows(path, scores, videos, split)
    columns, moved = _columns(path, scores, rows, split, labels)
    _check_labels(path, scores, rows, columns, labels, videos)
    values = scores.scores[rows.order][:, :, columns]
    infinite = np.flatnonzero(~np.isfinite(values).all(axis=(1, 2)))
    video_rows.refuse(path, "not finite", [videos[v] for v in infinite])
    group_of, grouping = recordings.find(videos, group_pattern)
    groups = tuple(group_of[video] for video in videos)
    logits = _logits(scores, values, labels, split, groups, videos)
    if scores.training:
        logits = replace(logits, training=scores.training.select(rows.order))
    return Match(logits, columns, rows.extra, [*_respelled(rows), *moved], grouping)


def _logits(
    scores: Scores,
    values: NDArray[np.float32],
    labels: NDArray[np.int64],
    split: Split,
    groups: tuple[str, ...],
    videos: tuple[str, ...],
) -> Logits:
    """Return the `values` of the file with all that is known of the `videos`."""
    return Logits(
        logits=values,
        video_id=videos,
        label=labels,
        frame_index=np.full(values.shape[:2], -1, np.int64),
        class_name=split.class_names,
        split=("test",) * len(videos),
        group=groups,
        chosen_on=scores.chosen_on,
        modality=scores.modality,
    )


def _rows(path: Path, scores: Scores, videos: Sequence[str], split: Split) -> VideoRows:
    """Return the row of each video in the file, and the names in it that are of no video."""
    if scores.names:
        return video_rows.find(path, scores.names, videos, {*split.subset_of, *split.unused})
    if len(scores.scores) != len(videos):
        problem = f"{counted(len(scores.scores), 'video')} without names, and the list has {len(videos)}"
        raise InputError(path, problem, GIVE_NAMES)
    if scores.labels is None:
        raise InputError(path, "neither names nor labels say which video a row is of", GIVE_NAMES)
    return VideoRows(list(range(len(videos))), [], [])


def _respelled(rows: VideoRows) -> list[str]:
    """Return what is to tell of names with other punctuation; nothing where there are none."""
    if not rows.respelled:
        return []
    video, name = rows.respelled[0]
    count = len(rows.respelled)
    verbs = ("differs", "agrees") if count == 1 else ("differ", "agree")
    differ = f"{counted(count, 'name')} {verbs[0]} from the list's in punctuation, and {verbs[1]} in letters and digits"
    return [printable(f"{differ}: {name} is {video}" + (f", and so on for {count - 1} more" if count > 1 else ""))]


def _columns(
    path: Path, scores: Scores, rows: VideoRows, split: Split, labels: NDArray[np.int64]
) -> tuple[list[int], list[str]]:
    """Return the column of each of our classes, and what to tell where its videos show another order.

    Columns are matched by the names of the classes. Where the file has none but has names of videos and labels,
    the videos of a class show which label it has there.
    """
    classes = len(split.class_names)
    if scores.scores.shape[2] != classes:
        problem = f"scores of {counted(scores.scores.shape[2], 'class')}, and the lists have {classes}"
        raise InputError(path, problem, GIVE_LISTS)
    in_order = list(range(classes))
    if scores.class_name is not None:
        return class_order.by_name(path, split.class_names, scores.class_name), []
    if scores.labels is None or scores.names is None:
        return in_order, []
    theirs = class_order.from_zero(scores.labels, classes)[rows.order]
    columns = class_order.by_labels(theirs, labels, classes) or in_order
    if columns == in_order:
        return in_order, []
    moved = sum(column != label for label, column in enumerate(columns))
    first = split.class_names[columns.index(0)]
    remark = (
        f"{moved} of {classes} classes have other numbers than in the lists (0 is {first}); they are matched by name"
    )
    return columns, [remark]


def _check_labels(
    path: Path,
    scores: Scores,
    rows: VideoRows,
    columns: Sequence[int],
    labels: NDArray[np.int64],
    videos: Sequence[str],
) -> None:
    """Raise InputError where the file's own labels show that its videos or classes are in another order."""
    if scores.labels is None:
        return
    theirs = class_order.from_zero(scores.labels, len(columns))[rows.order]
    # Columns that are named may be in another order than the file's labels, if these fit one.
    numbered = class_order.by_labels(theirs, labels, len(columns)) if scores.class_name else None
    wrong = np.flatnonzero(theirs != np.array(numbered or columns)[labels])
    if len(wrong):
        order = "classes" if scores.names else "videos"
        of = f"its labels are not those of the list in {counted(len(wrong), 'video')}, first {videos[wrong[0]]}"
        raise InputError(path, f"{of}; its {order} may be in another order", GIVE_LISTS)


def _with_names(scores: Scores, path: Path, names: Path, videos: Collection[str]) -> Scores:
    """Return `scores` with the names that stand first in the lines of the file `names`.

    A name may have blanks. Numbers may follow it, such as a label; which do, those of the `videos` tell.
    """
    try:
        lines = list_lines.lines(user_text.read(names))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(names, "not a list of names that can be read", "give a text of one video a line") from error
    if len(lines) != len(scores.scores):
        problem = f"{counted(len(lines), 'name')} for the {counted(len(scores.scores), 'video')} of {path}"
        raise InputError(names, problem, "give one for each")
    forms = {form for video in videos for form in video_rows.forms(video)}
    return replace(scores, names=tuple(_name_in(line, forms) for line in lines))


def _name_in(line: str, forms: set[str]) -> str:
    """Return the name in `line`: the longest that has one of the `forms`, else all before the last numbers."""
    ways = [name for name, _ in list_lines.readings(line)]
    return next((name for name in ways if video_rows.forms(name) & forms), ways[-1])
