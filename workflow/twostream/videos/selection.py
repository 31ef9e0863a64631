"""Which part of a data set is used: some classes, some videos of each, and those of the lists that are there."""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from twostream.cache import keys
from twostream.errors import InputError
from twostream.text import printable
from twostream.videos import left_out, names, recordings, splits
from twostream.videos.formats import reading
from twostream.videos.formats.form import Form
from twostream.videos.splits import Split

EVERYTHING = MappingProxyType({"missing": "error", "classes": None, "limit": None})
"""The settings of `dataset` that select videos, as they are where all are used."""
SKIP = "skip"
"""The value of `dataset.missing` with which a run goes on without the listed videos that are not there."""


@dataclass(frozen=True)
class Selection:
    """The split of the lists, if there are any, but for the videos left out; and of these, by id, the reasons."""

    split: Split | None
    left_out: Mapping[str, str]


def effective(dataset: Mapping[str, Any]) -> dict[str, Any]:
    """Return those settings of the section `dataset` that leave videos out; without them an index has the same key."""
    part = {name: dataset[name] for name, default in EVERYTHING.items() if dataset[name] != default}
    return part | ({"classes": sorted(part["classes"])} if "classes" in part else {})


def of_data(folder: Path, ids: Sequence[str], form: Form, settings: Mapping[str, Any]) -> Selection:
    """Return which of the files `ids` in `folder` are used, by the lists of the data set's `form`, if it has any."""
    split = reading.read(form, folder, ids, settings["split"], settings["missing"] == SKIP)
    return select(ids, split, settings)


def select(ids: Sequence[str], split: Split | None, settings: Mapping[str, Any]) -> Selection:
    """Return which of the files `ids` are used by the settings `classes`, `limit` and `missing`; `split` is the lists'.

    Without lists, `limit` counts the videos of a class, else those of a class in a subset. InputError where there is
    no such class.
    """
    if not effective(settings):
        return Selection(split, {})
    class_of = _classes(ids, split)
    class_names = split.class_names if split else tuple(sorted(set(class_of.values())))
    wanted = _named_classes(class_names, settings["classes"])
    reasons = {id: left_out.OTHER_CLASS for id, name in class_of.items() if name not in wanted}
    if split and settings["missing"] == SKIP:
        reasons |= dict.fromkeys(split.missing, left_out.MISSING)
    if split and split.divides and settings["missing"] == SKIP:
        trained = {class_of[id] for id, subset in split.subset_of.items() if subset == "train"}
        wanted = [name for name in wanted if name in trained]
        reasons |= {id: left_out.UNTRAINED for id in class_of.keys() - reasons.keys() if class_of[id] not in trained}
    if settings["limit"] is not None:
        cells = {
            id: (name, split.subset_of.get(id, "") if split else "")
            for id, name in class_of.items()
            if id not in reasons
        }
        beyond = _beyond(cells, settings["limit"], settings["group_pattern"])
        reasons |= dict.fromkeys(beyond, left_out.BEYOND_LIMIT)
    part = splits.restrict(split, wanted, class_of.keys() - reasons.keys()) if split else None
    return Selection(part, reasons)


def _classes(ids: Iterable[str], split: Split | None) -> dict[str, str]:
    """Return the class of each video: as the lists have it, where there are lists, of those that they name."""
    if split:
        return {id: split.class_names[label] for id, label in split.label_of.items()}
    return {id: id.split("/")[0] for id in ids}


def _named_classes(class_names: Sequence[str], wanted: Sequence[str] | None) -> list[str]:
    """Return those of the data set's `class_names` that are `wanted`, in their own order."""
    if wanted is None:
        return list(class_names)
    composed = {names.composed(name): name for name in class_names}
    for name in wanted:
        if names.composed(name) not in composed:
            raise _unknown(name, class_names)
    return [name for form, name in composed.items() if form in set(map(names.composed, wanted))]


def _unknown(name: str, class_names: Sequence[str]) -> InputError:
    by_small = {each.casefold(): each for each in class_names}
    near = [by_small[small] for small in difflib.get_close_matches(name.casefold(), by_small, n=3)]
    offered = near or class_names[: left_out.FIRST]
    more = "" if near or len(class_names) <= left_out.FIRST else f" or {len(class_names) - left_out.FIRST} more"
    problem = f"the data set has no class `{printable(name)}`"
    return InputError("dataset.classes", problem, f"choose {' or '.join(map(printable, offered))}{more}")


def _beyond(cells: Mapping[str, tuple[str, str]], limit: int, pattern: str | None) -> Iterator[str]:
    """Yield the videos beyond the first `limit` of each cell, which are of as many recordings as can be.

    Hashes order the recordings and their videos: a higher limit keeps what a lower one has, and a video that is added
    moves hardly any other.
    """
    groups, _ = recordings.find(cells, pattern)
    members: dict[tuple[str, str], dict[str, list[str]]] = {}
    for id in sorted(cells, key=keys.digest):
        members.setdefault(cells[id], {}).setdefault(groups[id], []).append(id)
    for recordings_of_cell in members.values():
        turns = [
            # What may be no video comes last.
            (not names.is_video(id), turn, keys.digest(group), id)
            for group, ids in recordings_of_cell.items()
            for turn, id in enumerate(ids)
        ]
        yield from (id for *_, id in sorted(turns)[limit:])
