"""The split lists of UCF101 and HMDB51: where they lie, which of them are read, and what they say.

UCF101's are classInd.txt, `1 NAME` a line, and trainlist01.txt and testlist01.txt, `class/video.avi` a line with or
without numbers behind it. HMDB51's are CLASS_test_split1.txt, a file a class, with `video.avi` and 1 to train, 2 to
test or 0 for neither.
"""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from twostream.errors import InputError
from twostream.videos import list_lines, names, splits
from twostream.videos.list_lines import Line
from twostream.videos.splits import Split
from twostream.videos.video_names import VideoNames

UCF101 = "UCF101"
HMDB51 = "HMDB51"
PUBLISHED_FOLDER = re.compile(r"train_?test|test_?train|split", re.IGNORECASE)
"""Is in the names of the folders in which lists are published, beside or in the data set."""
POSSIBLE_FOLDER = re.compile(r"train|test|split|list|annot", re.IGNORECASE)
"""Is in the names of folders in and beside the data set that may hold lists: those that are not read are reported."""
SUBSETS = {"1": "train", "2": "test"}
"""What a number of HMDB51's lists means; 0 is neither."""


def find(folder: Path, setting: Path | None, number: int) -> Path | None:
    """Return the folder of the split lists: that of the `setting`, else in or beside the data set, else None.

    Lists that nobody named are read if they name a class of the data set, or are UCF101's in a usual place. Whether
    they can be read, and are of split `number`, is not asked: those of the data set that cannot be are an error. Of
    several folders, those that name the most of its classes come first, and of these, one with that split.
    """
    if setting is not None:
        if not setting.is_dir():
            remedy = "choose one that holds classInd.txt, or set dataset.annotations to a table"
            raise InputError("dataset.splits", f"{setting} is not a folder", remedy)
        return setting
    usual = (folder, folder / "splits", folder.parent / "splits")
    fits = {lists: _fit(lists, folder) for lists in (*usual, *_beside(folder, PUBLISHED_FOLDER))}
    best = max(fits.values())
    folders = [lists for lists, fit in fits.items() if fit == best and (any(fit) or _is_usual_ucf101(lists, usual))]
    complete = (lists for lists in folders if number in _numbers(lists))
    return next(complete, folders[0] if folders else None)


def unread(folder: Path) -> tuple[str, ...]:
    """Return the folders in and beside the data set that hold lists, as paths from the folder it lies in."""
    places = dict.fromkeys([folder, folder / "splits", folder.parent, *_beside(folder, POSSIBLE_FOLDER)])
    return tuple(sorted(os.path.relpath(place, folder.parent) for place in places if _holds_lists(place)))


def kind(lists: Path) -> str:
    """Return whose lists the folder holds, "UCF101" or "HMDB51", empty where there are none."""
    if (lists / "classInd.txt").is_file():
        return UCF101
    return HMDB51 if any(names.is_list(name) for name in _names(lists, "_test_split")) else ""


def files(lists: Path, number: int) -> tuple[Path, ...]:
    """Return the files of split `number` in the folder `lists`, whether they are there or not."""
    if kind(lists) == HMDB51:
        return tuple(lists / name for name in sorted(_names(lists, f"_test_split{number}.txt")))
    train, test = _ucf101_files(lists, number)
    return (lists / "classInd.txt", train, test)


def read_for(folder: Path, ids: Iterable[str], lists: Path, number: int, skip_missing: bool = False) -> Split:
    """Read split `number` of `lists`, with the `ids` of the files in `folder` for the names that the lists have.

    InputError where they name a video that is none of the files or, with `skip_missing`, none that is one.
    """
    videos = VideoNames(folder, ids)
    split = _read(lists, number, videos)
    if not skip_missing:
        videos.check()
        return split
    there = split.subset_of.keys() - videos.absent
    if not there:
        problem = f"holds none of the {len(split.subset_of)} videos on the lists in {lists}"
        raise InputError(folder, problem, "choose the folder of these videos, or other lists")
    return replace(splits.restrict(split, split.class_names, there), missing=videos.absent)


def read(lists: Path, number: int) -> Split:
    """Read split `number` of the folder `lists`, whatever videos there are."""
    return _read(lists, number, None)


def _read(lists: Path, number: int, videos: VideoNames | None) -> Split:
    _check_number(lists, number)
    return (_read_hmdb51 if kind(lists) == HMDB51 else _read_ucf101)(lists, number, videos)


def _read_ucf101(lists: Path, number: int, videos: VideoNames | None) -> Split:
    class_file = lists / "classInd.txt"
    labels = list_lines.read_classes(class_file)
    subset_of: dict[str, str] = {}
    label_of: dict[str, int] = {}
    for file, subset in zip(_ucf101_files(lists, number), ("train", "test"), strict=True):
        rows = list_lines.read_videos(file, labels, videos)
        if not rows:
            raise InputError(file, "no video is listed", "add one `class/video` a line")
        for row in rows:
            _assign(subset_of, row, subset, file)
            label_of[row.id] = row.label
    return Split(class_names=tuple(labels), subset_of=subset_of, label_of=label_of, kind=UCF101)


def _read_hmdb51(lists: Path, number: int, videos: VideoNames | None) -> Split:
    list_files = files(lists, number)
    class_names = tuple(names.composed(file.name.removesuffix(f"_test_split{number}.txt")) for file in list_files)
    subset_of: dict[str, str] = {}
    label_of: dict[str, int] = {}
    unused: set[str] = set()
    for label, file in enumerate(list_files):
        for row in list_lines.read_class(file, class_names[label], label, videos):
            if row.numbers[0] == "0":
                unused.add(row.id)
            else:
                _assign(subset_of, row, SUBSETS[row.numbers[0]], file)
                label_of[row.id] = label
    for subset in SUBSETS.values():
        if subset not in subset_of.values():
            raise InputError(lists, f"split {number} lists no video to {subset}", "add one with its number")
    return Split(class_names=class_names, subset_of=subset_of, label_of=label_of, kind=HMDB51, unused=frozenset(unused))


def _assign(subset_of: dict[str, str], row: Line, subset: str, file: Path) -> None:
    if subset_of.setdefault(row.id, subset) != subset:
        raise InputError(file, f"{row.id} stands in the training list too", "delete it from one of the lists")


def _ucf101_files(lists: Path, number: int) -> tuple[Path, Path]:
    return lists / f"trainlist{number:02d}.txt", lists / f"testlist{number:02d}.txt"


def _check_number(lists: Path, number: int) -> None:
    """Raise InputError where there are lists of other splits only."""
    numbers = _numbers(lists)
    if numbers and number not in numbers:
        others = ", ".join(map(str, numbers))
        problem = f"holds no list of split {number}, but of {others}"
        one = others if len(numbers) == 1 else "one of these"
        raise InputError(lists, problem, f"set dataset.split, or --split of a command, to {one}")


def _numbers(lists: Path) -> list[int]:
    """Return the numbers of the splits of which the folder `lists` has a list."""
    pattern = r".+_test_split(\d+)\.txt" if kind(lists) == HMDB51 else r"(?:train|test)list(\d\d)\.txt"
    matches = (re.fullmatch(pattern, name) for name in _names(lists, ".txt"))
    return sorted({int(match[1]) for match in matches if match})


def _is_usual_ucf101(lists: Path, usual: Iterable[Path]) -> bool:
    return lists in usual and kind(lists) == UCF101


def _fit(lists: Path, folder: Path) -> tuple[int, int]:
    """Return how many classes of `folder` the lists name, in any case and in the same: they may be damaged.

    UCF101 and HMDB51 share classes, as `Punch` and `punch`.
    """
    if kind(lists) == HMDB51:
        list_names = filter(names.is_list, _names(lists, "_test_split"))
        class_names = [name.rpartition("_test_split")[0] for name in list_names]
    elif kind(lists) == UCF101:
        class_names = list_lines.class_names(lists / "classInd.txt")
    else:
        return 0, 0
    in_lists, in_folder = set(map(names.composed, class_names)), set(map(names.composed, _names(folder, "")))
    in_any_case = set(map(str.casefold, in_lists)) & set(map(str.casefold, in_folder))
    return len(in_any_case), len(in_lists & in_folder)


def _holds_lists(folder: Path) -> bool:
    return any(names.is_list(name) for name in _names(folder, ".txt"))


def _beside(folder: Path, pattern: re.Pattern[str]) -> Iterator[Path]:
    """Yield the folders in and beside `folder` whose names have `pattern`, and such folders in them."""
    for place in (folder, folder.parent):
        for outer in _subfolders(place, pattern):
            yield outer
            yield from _subfolders(outer, pattern)


def _subfolders(folder: Path, pattern: re.Pattern[str]) -> list[Path]:
    with suppress(OSError):
        return [
            folder / name for name in sorted(os.listdir(folder)) if pattern.search(name) and (folder / name).is_dir()
        ]
    return []


def _names(folder: Path, part: str) -> list[str]:
    """Return the names in `folder` that have `part`, and no others that begin with a dot."""
    with suppress(OSError):
        return [name for name in os.listdir(folder) if part in name and not name.startswith(".")]
    return []
