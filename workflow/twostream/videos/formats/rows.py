"""The videos of a data set as its own files list them, and the split that follows from these rows."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from twostream.errors import InputError
from twostream.text import printable
from twostream.videos import names
from twostream.videos.formats.table import quote
from twostream.videos.interval import SECONDS, Bounds
from twostream.videos.splits import Split
from twostream.videos.video_names import VideoNames

TRAIN, TEST, VALIDATION = "train", "test", "validation"
SUBSETS = {
    **dict.fromkeys(("train", "training"), TRAIN),
    **dict.fromkeys(("test", "testing"), TEST),
    **dict.fromkeys(("val", "valid", "validate", "validation", "dev"), VALIDATION),
}
"""What the names of subsets mean, in small letters."""
SEVERAL = re.compile(r"[|;]|^\[.*\]$")
"""Is in a label that is several."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A video: its `path` in the data set's folder, the name of its class, its subset and recording where known.

    `start` and `end` are an interval of the file, in `unit`. `where` says for messages which line it is of.
    """

    where: str
    path: str
    label: str
    subset: str = ""
    recording: str = ""
    start: float | None = None
    end: float | None = None
    unit: str = SECONDS


@dataclass
class _Division:
    """What the rows so far say of each video."""

    label_of: dict[str, str] = field(default_factory=dict)
    subset_of: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    bounds: dict[str, Bounds] = field(default_factory=dict)

    def add(self, row: Row, file: str) -> None:
        """Add the `row` of `file`; InputError where another one says otherwise of the same video."""
        bounds = Bounds(file=file, start=row.start, end=row.end, unit=row.unit, where=row.where)
        label, subset = _label(row), _subset(row)
        if self.label_of.setdefault(bounds.id, label) != label:
            before = quote(self.label_of[bounds.id])
            problem = f"{printable(bounds.id)} has the label `{quote(label)}`, and `{before}` before"
            raise InputError(row.where, problem, "delete one of the lines: a video has one label")
        if self.subset_of.setdefault(bounds.id, subset) != subset:
            problem = f"{printable(bounds.id)} is of two subsets, {self.subset_of[bounds.id]} and {subset}"
            raise InputError(row.where, problem, "delete one of the lines")
        if row.recording:
            self.groups[bounds.id] = row.recording
        self.bounds[bounds.id] = bounds


def to_split(
    rows: Iterable[Row],
    videos: VideoNames,
    *,
    kind: str,
    words: str,
    class_names: Sequence[str] = (),
    source: Path | None = None,
) -> Split:
    """Return the split of `rows`, with the ids of the files that `videos` knows; the others are noted as absent.

    `words` say by what it divides. Classes are in the order of `class_names` or, without, of their names. Validation
    videos are tested on where no others are, and else in neither subset. Where no row has a subset, the split divides
    nothing.
    """
    division = _divide(rows, videos)
    if division is None:
        raise InputError(source or kind, "lists no video", "add one a line")
    order = _labels(class_names or sorted(set(division.label_of.values()), key=_class_order))
    subsets, unused = _subsets(division)
    return Split(
        class_names=tuple(order),
        subset_of=subsets,
        label_of={id: order[name] for id, name in division.label_of.items() if id not in unused},
        kind=kind,
        words=words if subsets else "",
        unused=unused,
        groups=division.groups,
        bounds={id: bounds for id, bounds in division.bounds.items() if not bounds.is_whole},
    )


def _divide(rows: Iterable[Row], videos: VideoNames) -> _Division | None:
    """Return what the `rows` say of the files that `videos` knows; None without a row."""
    division, is_empty = _Division(), True
    for row in rows:
        is_empty = False
        file = videos.find(row.path, Path(row.where))
        if file is None:
            videos.note_absence(row.path, Path(row.where))
        else:
            division.add(row, file)
    return None if is_empty else division


def check_path(path: str, where: str) -> str:
    """Return `path` with slashes alone; InputError where it is not one within the data set's folder."""
    name = path if "/" in path else path.replace("\\", "/")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or ".." in parts or not parts or re.match(r"[A-Za-z]:", name):
        problem = f"`{quote(path)}` is no path within the data set's folder"
        raise InputError(where, problem, "set it to the path from that folder on")
    return "/".join(parts)


def _labels(class_names: Iterable[str]) -> dict[str, int]:
    """Return the label of each class."""
    return {name: label for label, name in enumerate(class_names)}


def _class_order(name: str) -> tuple[float, str]:
    """Return the key by which classes are sorted: numbers as numbers, before names."""
    return (int(name) if name.isascii() and name.isdigit() and len(name) < 10 else float("inf")), name


def _label(row: Row) -> str:
    label = names.composed(row.label.strip())
    if not label:
        raise InputError(row.where, f"{quote(row.path)} has no label", "add it")
    if SEVERAL.search(label):
        problem = f"{quote(row.path)} has several labels, `{quote(label)}`"
        raise InputError(row.where, problem, "choose one: a video has one label here")
    return label


def _subset(row: Row) -> str:
    name = row.subset.strip().casefold()
    if name and name not in SUBSETS:
        problem = f"{quote(row.path)} is of the subset `{quote(row.subset)}`"
        raise InputError(row.where, problem, "set it to train, validation or test")
    return SUBSETS[name] if name else ""


def _subsets(division: _Division) -> tuple[dict[str, str], frozenset[str]]:
    """Return the subset of each video, none where no row has any, and the videos that are of neither."""
    subsets = division.subset_of
    if not any(subsets.values()):
        return {}, frozenset()
    for id, subset in subsets.items():
        if not subset:
            problem = f"{printable(id)} has no subset, and others have"
            raise InputError(division.bounds[id].where, problem, "set it to train, validation or test")
    spare = VALIDATION if TEST in subsets.values() else ""
    unused = frozenset(id for id, subset in subsets.items() if subset == spare)
    return {id: TRAIN if subset == TRAIN else TEST for id, subset in subsets.items() if id not in unused}, unused
