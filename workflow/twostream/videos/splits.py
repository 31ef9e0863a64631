"""Who trains and who tests: UCF101's lists read, or a split made that keeps recordings whole."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from twostream.cache import keys
from twostream.errors import InputError


@dataclass(frozen=True)
class Split:
    """`part` maps a video id to "train" or "test"; a label is a place in `class_names`."""

    class_names: tuple[str, ...]
    part: Mapping[str, str]
    label: Mapping[str, int]


def list_files(folder: Path, number: int) -> tuple[Path, Path, Path]:
    """The three files of split `number`: classInd.txt, trainlist0N.txt, testlist0N.txt."""
    return (
        folder / "classInd.txt",
        folder / f"trainlist{number:02d}.txt",
        folder / f"testlist{number:02d}.txt",
    )


def read_lists(folder: Path, number: int) -> Split:
    """Split `number` of UCF101-like lists; their lines are `class/video.avi` and, to train, a number."""
    class_file, train_file, test_file = list_files(folder, number)
    names = _read_classes(class_file)
    part: dict[str, str] = {}
    for file, word in ((train_file, "train"), (test_file, "test")):
        lines = _lines(file)
        if not lines:
            raise InputError(f"{file}: no video is listed: one `class/video` a line is expected")
        for line in lines:
            video = _video(line, names, file)
            if part.setdefault(video, word) != word:
                raise InputError(f"{file}: {video} stands in the training list too: a video is on one side only")
    label = {video: _label(video, names, class_file) for video in part}
    return Split(tuple(names), part, label)


def by_group(videos: Sequence[str], group: Mapping[str, str], test_fraction: float, seed: int) -> Split:
    """Divide `class/video` ids so that no group stands on both sides and every class, if it can, on both.

    Groups are taken to the test side in the order of a hash of their names, so that a video added
    later moves hardly any other across.
    """
    label_of = {video: video.split("/")[0] for video in videos}
    names = sorted(set(label_of.values()))
    members: dict[str, list[str]] = defaultdict(list)
    for video in videos:
        members[group[video]].append(video)
    sizes = {name: Counter(label_of[video] for video in videos) for name, videos in members.items()}
    wanted = {name: test_fraction * total for name, total in Counter(label_of.values()).items()}
    groups_left = Counter(name for counts in sizes.values() for name in counts)
    taken: Counter[str] = Counter()
    test: set[str] = set()
    for candidate in sorted(members, key=lambda name: keys.digest(f"{seed} {name}")):
        classes = sizes[candidate]
        if all(taken[name] < wanted[name] and groups_left[name] > 1 for name in classes):
            test.add(candidate)
            taken.update(classes)
        groups_left.subtract(classes.keys())
    part = {video: "test" if group[video] in test else "train" for video in videos}
    return Split(tuple(names), part, {video: names.index(label_of[video]) for video in videos})


def group_of(video: str, pattern: str | None) -> str:
    """The recording a video was cut from: what `pattern` finds in its name, else the video itself."""
    found = re.search(pattern, Path(video).stem) if pattern else None
    return f"g{found.group(1)}" if found else video


def _read_classes(file: Path) -> list[str]:
    names: list[str] = []
    for line in _lines(file):
        number, _, name = line.partition(" ")
        if number != str(len(names) + 1) or not name.strip():
            raise InputError(f"{file}: `{line}` is not `{len(names) + 1} NAME`: classes are numbered from 1")
        names.append(name.strip())
    if len(names) != len(set(names)):
        raise InputError(f"{file}: a class is named twice: names must differ")
    return names


def _lines(file: Path) -> list[str]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InputError(f"{file}: the list cannot be read ({error.strerror}): put it there") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{file}: not a text file in UTF-8: one video a line is expected") from error
    return [line.strip() for line in lines if line.strip()]


def _video(line: str, names: list[str], file: Path) -> str:
    """The id in a line, `class/video` or `class/video number`; the number must be that of the class."""
    found = re.fullmatch(r"(?P<id>.+\.\w+)( (?P<number>\d+))?", line)
    id = found["id"] if found else line
    if id.startswith("/") or ".." in id.split("/") or "\\" in id or "/" not in id:
        raise InputError(f"{file}: `{line}` is not `class/video.avi` within the data set's folder: mend the line")
    label = _label(id, names, file.with_name("classInd.txt"))
    if found and found["number"] and int(found["number"]) != label + 1:
        raise InputError(f"{file}: `{line}`: class {names[label]} has the number {label + 1} in classInd.txt")
    return id


def _label(video: str, names: list[str], class_file: Path) -> int:
    name = video.split("/")[0]
    if name not in names:
        raise InputError(f"{class_file}: class `{name}` of {video} is not in it: list every class")
    return names.index(name)
