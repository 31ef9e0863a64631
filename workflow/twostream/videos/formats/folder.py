"""A folder of videos, of which folders are the classes, and perhaps the subsets: train/class/video."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from twostream.errors import InputError
from twostream.text import printable
from twostream.videos import listing, names
from twostream.videos.formats.form import FIRST, FOLDER, PARENT, Form
from twostream.videos.formats.rows import SUBSETS, TRAIN, Row


def detect(
    folder: Path, depth: int | None, labels: str | None, cache_root: Path | None, pictures: bool = False
) -> Form:
    """Return how the videos lie in `folder`; InputError where two folders may be their class.

    `depth` and `labels` are those of the settings, None where they are to be found out.
    """
    if depth is None and (labels is None or labels == PARENT) and _has_class_folders(folder):
        return Form(reason="its folders hold videos: class/video")
    paths = _videos(folder, cache_root, pictures)
    depths = Counter(path.count("/") for path in paths)
    deep = depth or max(depths, key=lambda each: (depths[each], -each), default=1) or 1
    if deep == 1:
        if pictures:
            return Form(reason="its videos lie 1 folder deep")
        return Form(reason="class/video is what is looked for" if depth else "nothing says otherwise: class/video")
    outer = [path.split("/")[0] for path in paths if path.count("/") == deep]
    if not outer:
        deepest = max([1, *depths])
        raise InputError("dataset.depth", f"is {deep}, and no video lies so deep", f"set it to {deepest}")
    has_subsets = labels is None and _are_subsets(outer)
    if labels is None and not has_subsets:
        labels = _only_way([path for path in paths if path.count("/") == deep], deep)
    where = "the first folder" if labels == FIRST else "the folder that holds it"
    subsets = ", and the first folder its subset" if has_subsets else ""
    reason = f"its videos lie {deep} folders deep: {where} is the class of a video{subsets}"
    return Form(name=FOLDER, reason=reason, depth=deep, labels=labels or PARENT, has_subsets=has_subsets)


def read(ids: Iterable[str], form: Form) -> Iterator[Row]:
    """Yield a row for each of the files `ids`, whose folders say its class."""
    for id in ids:
        folders = id.split("/")[:-1]
        subset = folders[0] if form.has_subsets else ""
        yield Row(where=id, path=id, label=folders[0 if form.labels == FIRST else -1], subset=subset)


def _has_class_folders(folder: Path) -> bool:
    with os.scandir(folder) as entries:
        inner = [entry.path for entry in entries if entry.is_dir() and not entry.name.startswith(".")]
    return any(names.is_video(name) for path in inner for name in _names(path))


def _names(path: str) -> list[str]:
    try:
        return os.listdir(path)
    except OSError:
        return []


def _videos(folder: Path, cache_root: Path | None, pictures: bool) -> list[str]:
    """Return the ids of the files whose suffix is a video's, or of folders of `pictures`, however deep they lie."""
    return [file.id for file in listing.walk(folder, cache_root, pictures) if pictures or names.is_video(file.id)]


def _are_subsets(outer: Sequence[str]) -> bool:
    subsets = {SUBSETS.get(name.casefold(), "") for name in outer}
    return len(subsets) > 1 and TRAIN in subsets and "" not in subsets


def _only_way(paths: Sequence[str], depth: int) -> str:
    """Return which folder is the class where only one of them can be; InputError where it may be either."""
    first = sorted({path.split("/")[0] for path in paths})
    last = sorted({path.split("/")[-2] for path in paths})
    if len(first) == 1:
        return PARENT
    if len(last) == 1:
        return FIRST
    problem = (
        f"its videos lie {depth} folders deep, and their class may be the first folder "
        f"({len(first)}, as {printable(first[0])}) or the last ({len(last)}, as {printable(last[0])})"
    )
    raise InputError("dataset.folder", problem, "set dataset.labels to first or to parent")
