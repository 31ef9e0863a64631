"""Files in a data set's folder that are not used, counted by the reason."""

from collections.abc import Iterable
from dataclasses import dataclass

from twostream.text import printable

FIRST = 3
"""Files that are named of each reason."""

HIDDEN = "hidden: a name begins with a dot"
MACOS = "of macOS: `._` before another file's name"
SYSTEM = "in a folder that a system made, as @eaDir"
ALIAS = "a link to a class of the same folder, to the folder itself or to one above"
NO_FILE = "no file: a pipe, a socket, a device or a link to nothing"
LOOSE = "in no class folder"
DEEPER = "deeper than the class folder"
SHALLOWER = "less deep than the videos"
OTHER = "no video, by the suffix"
NO_VIDEO = "of an unknown suffix, and no video inside"
UNUSED = "in neither subset, as the lists say"
UNLISTED = "on none of the lists"
MISSING = "on the lists, and not in the folder"
UNTRAINED = "of a class without a training video in the folder"
OTHER_CLASS = "of a class that dataset.classes does not name"
BEYOND_LIMIT = "beyond dataset.limit"
BY_SETTINGS = frozenset({MISSING, UNTRAINED, OTHER_CLASS, BEYOND_LIMIT})
"""Reasons that dataset.missing, dataset.classes and dataset.limit give."""
INTENDED = BY_SETTINGS | {UNUSED}
"""Reasons that the lists or the settings give: nothing is wrong with these files."""


@dataclass(frozen=True)
class LeftOut:
    """How many files are left out for a reason, and the ids of the first few."""

    reason: str
    files: int
    first: tuple[str, ...]


def count(reasons: Iterable[tuple[str, str]]) -> tuple[LeftOut, ...]:
    """Return the files, given as their reason and their id, by the reason."""
    files: dict[str, int] = {}
    first: dict[str, list[str]] = {}
    for reason, id in reasons:
        files[reason] = files.get(reason, 0) + 1
        if files[reason] <= FIRST:
            first.setdefault(reason, []).append(printable(id))
    return tuple(LeftOut(reason, files[reason], tuple(first[reason])) for reason in sorted(files))


def described(rows: Iterable[LeftOut]) -> str:
    """Return the counts as one line."""
    return "; ".join(f"{row.files} {row.reason} ({_first(row)})" for row in rows)


def _first(row: LeftOut) -> str:
    return ", ".join(row.first) + (", ..." if row.files > len(row.first) else "")
