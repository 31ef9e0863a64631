"""Videos of the same bytes: they are one recording, under however many names."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

CopySets = Sequence[tuple[str, ...]]


@dataclass(frozen=True)
class Copies:
    """Videos that are equal to the byte, by their ids, and in how many classes and subsets they stand."""

    ids: tuple[str, ...]
    classes: int
    subsets: int


def find(digests: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Return the ids of each set of several videos that have one digest."""
    ids_of: dict[str, list[str]] = {}
    for id, digest in digests.items():
        ids_of.setdefault(digest, []).append(id)
    return sorted(tuple(sorted(ids)) for ids in ids_of.values() if len(ids) > 1)


def merge(groups: Mapping[str, str], sets: Collection[tuple[str, ...]]) -> dict[str, str]:
    """Return the group of each video, groups that share a copy being one, by the name that is first of theirs."""
    parent: dict[str, str] = {}

    def root(group: str) -> str:
        while parent.get(group, group) != group:
            group = parent[group]
        return group

    for ids in sets:
        first, *others = sorted({root(groups[id]) for id in ids})
        parent |= dict.fromkeys(others, first)
    return {id: root(group) for id, group in groups.items()}
