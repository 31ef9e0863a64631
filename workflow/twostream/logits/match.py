"""Scores of other systems, matched to the test videos of a split: by name where the file has names."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from twostream.errors import InputError
from twostream.files import user_text
from twostream.logits import score_file
from twostream.logits.logits_file import Logits
from twostream.logits.score_file import Scores
from twostream.videos import list_lines, splits
from twostream.videos import names as file_names
from twostream.videos.splits import Split

NAMES_IN_MESSAGES = 5
SUFFIXES = file_names.VIDEO_SUFFIXES | {".npy", ".jpg"}
"""Suffixes that a video's name may have in a score file: of the video, of features or of frames."""
GIVE_NAMES = "give a file that has names, or a list of them"
GIVE_LISTS = "give the split lists that the scores were made with"


def match_videos(
    path: Path, split: Split, group_pattern: str | None, names: Path | None = None
) -> tuple[Logits, list[str]]:
    """Return the scores in `path` of all test videos of `split`, in its order, and the names that are none of theirs.

    `names` is a list of the videos in the order of a file that has none. InputError where a video is missing,
    stands twice or has scores that are not finite.
    """
    scores = score_file.read(path)
    if names:
        scores = _with_names(scores, path, names, split.subset_of)
    videos = tuple(video for video, subset in split.subset_of.items() if subset == "test")
    columns = _class_order(path, scores, split.class_names)
    rows, extra = _rows(path, scores, videos)
    _check_labels(path, scores, rows, split, videos)
    values = scores.scores[rows][:, :, columns]
    _refuse(path, "not finite", [videos[v] for v in np.flatnonzero(~np.isfinite(values).all(axis=(1, 2)))])
    logits = Logits(
        logits=values,
        video_id=videos,
        label=np.array([split.label_of[video] for video in videos], np.int64),
        frame_index=np.full(values.shape[:2], -1, np.int64),
        class_name=split.class_names,
        split=("test",) * len(videos),
        group=tuple(splits.group_of(video, group_pattern) for video in videos),
        chosen_on=scores.chosen_on,
        modality=scores.modality,
    )
    return logits, extra


def _rows(path: Path, scores: Scores, videos: Sequence[str]) -> tuple[list[int], list[str]]:
    """Return the row of each video in the file, and the names in it that are of no video."""
    if scores.names:
        return _rows_by_name(path, scores.names, videos)
    return _rows_by_order(path, scores, videos), []


def _rows_by_name(path: Path, names: Sequence[str], videos: Sequence[str]) -> tuple[list[int], list[str]]:
    """Return the position of each video among `names`, and the names that are of no video."""
    distinct = [form for form in FORMS if len({form(video) for video in videos}) == len(videos)]
    readings = [_positions(form, names, videos) for form in distinct]
    whole = (positions for positions in readings if all(len(rows) == 1 for rows in positions))
    positions = next(whole, readings[0])
    _refuse(path, "missing", [video for video, rows in zip(videos, positions, strict=True) if not rows])
    _refuse(path, "doubled", [names[rows[1]] for rows in positions if len(rows) > 1])
    used = {rows[0] for rows in positions}
    return [rows[0] for rows in positions], [name for row, name in enumerate(names) if row not in used]


def _positions(form: Callable[[str], str], names: Sequence[str], videos: Sequence[str]) -> list[list[int]]:
    """Return the positions among `names` of each video, as `form` writes both."""
    rows: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        rows.setdefault(form(name), []).append(row)
    return [rows.get(form(video), []) for video in videos]


def _rows_by_order(path: Path, scores: Scores, videos: Sequence[str]) -> list[int]:
    """Return the position of each video in a file without names: that in the list, if the file's labels can show it."""
    if len(scores.scores) != len(videos):
        problem = f"{len(scores.scores)} videos without names, and the list has {len(videos)}"
        raise InputError(path, problem, GIVE_NAMES)
    if scores.labels is None:
        raise InputError(path, "neither names nor labels say which video a row is of", GIVE_NAMES)
    return list(range(len(videos)))


def _check_labels(path: Path, scores: Scores, rows: Sequence[int], split: Split, videos: Sequence[str]) -> None:
    """Raise InputError where the file's own labels show that its videos or classes are in another order."""
    if scores.labels is None or scores.class_name is not None:
        return
    wrong = [video for video, row in zip(videos, rows, strict=True) if scores.labels[row] != split.label_of[video]]
    if wrong:
        order = "classes" if scores.names else "videos"
        problem = f"its labels are not those of the list in {len(wrong)} videos, first {wrong[0]}, so that its {order}"
        raise InputError(path, f"{problem} are in another order", GIVE_LISTS)


def _with_names(scores: Scores, path: Path, names: Path, videos: Collection[str]) -> Scores:
    """Return `scores` with the names that stand first in the lines of the file `names`.

    A name may have blanks. Numbers may follow it, such as a label; which do, those of the `videos` tell.
    """
    try:
        lines = list_lines.lines(user_text.read(names))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(names, "not a list of names that can be read", "give a text of one video a line") from error
    if len(lines) != len(scores.scores):
        problem = f"{len(lines)} names for the {len(scores.scores)} videos of {path}"
        raise InputError(names, problem, "give one for each")
    forms = {form(video) for video in videos for form in FORMS}
    return replace(scores, names=tuple(_name_in(line, forms) for line in lines))


def _name_in(line: str, forms: Collection[str]) -> str:
    """Return the name in `line`: the longest that has one of the `forms`, else all before the last numbers."""
    ways = [name for name, _ in list_lines.readings(line)]
    return next((name for name in ways if any(form(name) in forms for form in FORMS)), ways[-1])


def _class_order(path: Path, scores: Scores, class_names: tuple[str, ...]) -> list[int]:
    """Return the column of each of our classes, which a file may name in another order."""
    classes = scores.scores.shape[2]
    if classes != len(class_names):
        raise InputError(path, f"scores of {classes} classes, and classInd.txt names {len(class_names)}", GIVE_LISTS)
    if scores.class_name is None:
        return list(range(len(class_names)))
    columns = {name.casefold(): column for column, name in enumerate(scores.class_name)}
    _refuse(path, "missing", [name for name in class_names if name.casefold() not in columns], "classes")
    return [columns[name.casefold()] for name in class_names]


def _refuse(path: Path, fault: str, names: Sequence[str], kind: str = "videos") -> None:
    if names:
        problem = f"{len(names)} {kind} of the list are {fault}: {first_few(names)}"
        raise InputError(path, problem, "mend the file or the list")


def first_few(names: Sequence[str]) -> str:
    """Return the first few of `names`, and how many more there are."""
    more = f" and {len(names) - NAMES_IN_MESSAGES} more" if len(names) > NAMES_IN_MESSAGES else ""
    return ", ".join(names[:NAMES_IN_MESSAGES]) + more


def _key(name: str, folders: int = 0, has_suffix: bool = False) -> str:
    """Return what all names of a video have in common, with some of the folders that it lies in, or with its suffix.

    It is one for v_Jump_g01_c01.avi and Jump/Jump_g01_c01, and for HandStand and Handstand.
    """
    parts = re.split(r"[/\\]", name)[-1 - folders :]
    stem, dot, suffix = parts[-1].rpartition(".")
    if dot + suffix.lower() in SUFFIXES and not has_suffix:
        parts[-1] = stem
    return file_names.composed("/".join(part.removeprefix("v_") for part in parts).casefold())


FORMS: tuple[Callable[[str], str], ...] = (
    _key,
    partial(_key, folders=1),
    partial(_key, has_suffix=True),
    partial(_key, folders=1, has_suffix=True),
    file_names.composed,
)
"""How names are compared: by the first form that tells all videos apart and finds each once in a file."""
