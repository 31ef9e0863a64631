"""Which videos train and which test: UCF101's lists, or a split that keeps each recording whole."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from twostream.cache import keys
from twostream.errors import InputError


@dataclass(frozen=True)
class Split:
    """The subset, "train" or "test", and the label of each video id; a label is a position in `class_names`."""

    class_names: tuple[str, ...]
    subset_of: Mapping[str, str]
    label_of: Mapping[str, int]


def find_lists(folder: Path, configured: Path | None, number: int) -> Path | None:
    """Return the folder of the split lists: `configured`, else in or beside the data set, else None."""
    if configured is not None:
        if not configured.is_dir():
            raise InputError("dataset.splits", f"{configured} is not a folder", "choose one that holds classInd.txt")
        return configured
    candidates = (folder, folder / "splits", folder.parent / "splits")
    return next((lists for lists in candidates if list_files(lists, number)[0].is_file()), None)


def list_files(folder: Path, number: int) -> tuple[Path, Path, Path]:
    """Return the three files of split `number`: classInd.txt, trainlist0N.txt, testlist0N.txt."""
    return (
        folder / "classInd.txt",
        folder / f"trainlist{number:02d}.txt",
        folder / f"testlist{number:02d}.txt",
    )


def read_lists_for(folder: Path, files: Iterable[str], lists: Path, number: int) -> Split:
    """Read split `number` of `lists`; InputError where it names a video that is not one of the `files` of `folder`."""
    split = read_lists(lists, number)
    absent = sorted(split.subset_of.keys() - set(files))
    if absent:
        _, train_file, test_file = list_files(lists, number)
        more = f", nor are {len(absent) - 1} more that are listed" if len(absent) > 1 else ""
        raise InputError(
            train_file if split.subset_of[absent[0]] == "train" else test_file,
            f"{absent[0]} is not in {folder}{more}",
            "add the video or delete its line",
        )
    return split


def read_lists(folder: Path, number: int) -> Split:
    """Read split `number` of UCF101-like lists; their lines are `class/video.avi` and, to train, a number."""
    class_file, train_file, test_file = list_files(folder, number)
    names = _read_classes(class_file)
    subset_of: dict[str, str] = {}
    for file, subset in ((train_file, "train"), (test_file, "test")):
        lines = _lines(file)
        if not lines:
            raise InputError(file, "no video is listed", "add one `class/video` a line")
        for line in lines:
            video = _video(line, names, file)
            if subset_of.setdefault(video, subset) != subset:
                raise InputError(file, f"{video} stands in the training list too", "delete it from one of the lists")
    label_of = {video: _label(video, names, class_file) for video in subset_of}
    return Split(tuple(names), subset_of, label_of)


def by_group(groups: Mapping[str, str], test_fraction: float, seed: int) -> Split:
    """Divide the videos so that no group is in both subsets and every class, if it can, is in both.

    `groups` holds the group of each `class/video` id.
    Groups are moved to the test subset in the order of a hash of their names, so that a video added
    later moves hardly any other across.
    """
    class_of = {video: video.split("/")[0] for video in groups}
    names = sorted(set(class_of.values()))
    class_counts: dict[str, Counter[str]] = defaultdict(Counter)
    for video, group in groups.items():
        class_counts[group][class_of[video]] += 1
    test = _test_groups(class_counts, test_fraction, seed)
    subset_of = {video: "test" if group in test else "train" for video, group in groups.items()}
    return Split(tuple(names), subset_of, {video: names.index(name) for video, name in class_of.items()})


def group_of(video: str, pattern: str | None) -> str:
    """Return the recording a video was cut from: what `pattern` matches in its name, else the video itself."""
    match = re.search(pattern, Path(video).stem) if pattern else None
    return f"g{match.group(1)}" if match else video


def _test_groups(class_counts: Mapping[str, Counter[str]], test_fraction: float, seed: int) -> set[str]:
    """Return the groups to test on; `class_counts` holds how many videos of each class a group has."""
    totals: Counter[str] = Counter()
    for counts in class_counts.values():
        totals.update(counts)
    quotas = {name: test_fraction * total for name, total in totals.items()}
    groups_left = Counter(name for counts in class_counts.values() for name in counts)
    test_counts: Counter[str] = Counter()
    test: set[str] = set()
    for group in sorted(class_counts, key=lambda name: keys.digest(f"{seed} {name}")):
        classes = class_counts[group]
        # The last group of a class stays for training.
        if all(test_counts[name] < quotas[name] and groups_left[name] > 1 for name in classes):
            test.add(group)
            test_counts.update(classes)
        groups_left.subtract(classes.keys())
    return test


def _read_classes(file: Path) -> list[str]:
    names: list[str] = []
    for line in _lines(file):
        number, _, name = line.partition(" ")
        if number != str(len(names) + 1) or not name.strip():
            raise InputError(
                file, f"`{line}` is not `{len(names) + 1} NAME`", "mend the list: classes are numbered from 1"
            )
        names.append(name.strip())
    if len(names) != len(set(names)):
        raise InputError(file, "a class is named twice", "rename one of them")
    return names


def _lines(file: Path) -> list[str]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InputError(file, f"the list cannot be read ({error.strerror})", "add the file") from error
    except UnicodeDecodeError as error:
        raise InputError(file, "is not a text file in UTF-8", "make it one, a video a line") from error
    return [line.strip() for line in lines if line.strip()]


def _video(line: str, names: list[str], file: Path) -> str:
    """Return the id in a line, `class/video` or `class/video number`; the number must be that of the class."""
    match = re.fullmatch(r"(?P<id>.+\.\w+)( (?P<number>\d+))?", line)
    id = match["id"] if match else line
    if id.startswith("/") or ".." in id.split("/") or "\\" in id or "/" not in id:
        raise InputError(file, f"`{line}` is not `class/video.avi` within the data set's folder", "mend the line")
    label = _label(id, names, file.with_name("classInd.txt"))
    if match and match["number"] and int(match["number"]) != label + 1:
        raise InputError(
            file, f"`{line}`: class {names[label]} has the number {label + 1} in classInd.txt", "mend the line"
        )
    return id


def _label(video: str, names: list[str], class_file: Path) -> int:
    name = video.split("/")[0]
    if name not in names:
        raise InputError(class_file, f"class `{name}` of {video} is not in it", "add every class")
    return names.index(name)
