"""Which row of a score file is which video of a list, by their names."""

import difflib
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from twostream.errors import InputError
from twostream.text import are, counted, printable
from twostream.videos import names as file_names

NAMES_IN_MESSAGES = 5
NEAR_NAMES = 2
"""Missing videos for which an error shows the nearest name of the file."""
LONGEST_NAME = 300
"""Letters of a name that is compared with others: how near two are takes the product of their lengths."""
SUFFIXES = file_names.VIDEO_SUFFIXES | {".npy", ".jpg"}
"""Suffixes that a video's name may have in a score file: of the video, of features or of frames."""


@dataclass(frozen=True)
class VideoRows:
    """The row of each video in order, names in the file that are of no video, and pairs of video and name that differ.

    The names of a pair have the same letters and digits, and other punctuation.
    """

    order: list[int]
    extra: list[str]
    respelled: list[tuple[str, str]]


def find(path: Path, names: Sequence[str], videos: Sequence[str], listed: Collection[str]) -> VideoRows:
    """Return the row of each of `videos` among `names`; `listed` are these and the other videos of the lists.

    InputError where a video is missing or stands twice.
    """
    form, rows = _by_form(names, videos)
    missing = [video for video, positions in zip(videos, rows, strict=True) if not positions]
    used = {positions[0] for positions in rows if positions}
    unused = [row for row in range(len(names)) if row not in used]
    classes = {letters(_folder(video)) for video in listed}
    by_letters = _by_letters(names, _of_no_other(form, names, unused, videos, listed), missing, classes)
    absent = [video for video in missing if video not in by_letters]
    refuse(path, "missing", absent, hint=_near(absent, [names[row] for row in unused]))
    refuse(path, "doubled", [names[positions[1]] for positions in rows if len(positions) > 1])
    order = [positions[0] if positions else by_letters[video] for video, positions in zip(videos, rows, strict=True)]
    used |= set(by_letters.values())
    return VideoRows(
        order,
        [name for row, name in enumerate(names) if row not in used],
        [(video, names[row]) for video, row in by_letters.items()],
    )


def forms(name: str) -> set[str]:
    """Return `name` in all the forms in which names are compared."""
    return {form(name) for form in FORMS}


def refuse(path: Path, fault: str, names: Sequence[str], hint: str = "") -> None:
    """Raise InputError, with the first of `names`, where there are any."""
    if names:
        problem = f"{counted(len(names), 'video')} of the list {are(len(names))} {fault}: {first_few(names)}{hint}"
        raise InputError(path, problem, "mend the file or the list")


def first_few(names: Sequence[str]) -> str:
    """Return the first few of `names`, and how many more there are."""
    more = f" and {len(names) - NAMES_IN_MESSAGES} more" if len(names) > NAMES_IN_MESSAGES else ""
    return ", ".join(names[:NAMES_IN_MESSAGES]) + more


def letters(name: str, folders: int = 1) -> str:
    """Return the letters and digits of `name`, small, without its suffix, with some of the folders it lies in."""
    return "".join(letter for letter in _key(name, folders) if letter.isalnum())


def _by_form(names: Sequence[str], videos: Sequence[str]) -> tuple[Callable[[str], str], list[list[int]]]:
    """Return the positions of each video by the first form that finds each once, else by the first of all."""
    readings = []
    for form in FORMS:
        if len({form(video) for video in videos}) == len(videos):
            readings.append((form, _positions(form, names, videos)))
            if all(len(rows) == 1 for rows in readings[-1][1]):
                return readings[-1]
    return readings[0]


def _positions(form: Callable[[str], str], names: Sequence[str], videos: Sequence[str]) -> list[list[int]]:
    """Return the positions among `names` of each video, as `form` writes both."""
    rows: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        rows.setdefault(form(name), []).append(row)
    return [rows.get(form(video), []) for video in videos]


def _of_no_other(
    form: Callable[[str], str],
    names: Sequence[str],
    unused: list[int],
    videos: Sequence[str],
    listed: Collection[str],
) -> list[int]:
    """Return the rows of `unused` that may be of a missing video: in a file of more videos, of no other listed one."""
    if len(names) == len(videos):
        return unused
    others = {form(video) for video in set(listed) - set(videos)}
    return [row for row in unused if form(names[row]) not in others]


def _by_letters(
    names: Sequence[str], unused: Sequence[int], missing: Sequence[str], classes: Collection[str]
) -> dict[str, int]:
    """Return the rows of those of `missing` whose letters and digits are those of one row that is not used.

    HMDB51's names have been written with `_` for every other sign: `UPDATED!!!!` is `UPDATED____` there. Folders may
    differ unless they are `classes`, in letters and digits.
    """
    pairs: dict[str, int] = {}
    for folders in (1, 0):
        rows_of: dict[str, list[int]] = {}
        videos_of: dict[str, list[str]] = {}
        for row in set(unused) - set(pairs.values()):
            if folders or letters(_folder(names[row])) not in classes:
                rows_of.setdefault(letters(names[row], folders), []).append(row)
        for video in missing:
            if video not in pairs:
                videos_of.setdefault(letters(video, folders), []).append(video)
        for key, videos in videos_of.items():
            rows = rows_of.get(key, [])
            if key and len(videos) == len(rows) == 1:
                pairs[videos[0]] = rows[0]
    return pairs


def _folder(name: str) -> str:
    """Return the name of the folder that `name` lies in; empty where it names none."""
    return "/".join(re.split(r"[/\\]", name)[-2:-1])


def _near(missing: Sequence[str], names: Sequence[str]) -> str:
    """Return which of `names` is nearest to the first of `missing`, in words; empty where none is near."""
    folders = int(any(map(_folder, names)))
    name_of = {_key(name, folders)[:LONGEST_NAME]: name for name in names}
    pairs = []
    for video in missing[:NEAR_NAMES]:
        nearest = difflib.get_close_matches(_key(video, folders)[:LONGEST_NAME], name_of, n=1, cutoff=0.8)
        pairs += [f"near {video} is {printable(name_of[key])}" for key in nearest]
    return f" ({', '.join(pairs)})" if pairs else ""


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
